#include "announce/letter.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "announce/header_text.h"
#include "announce/wording.h"

namespace announce {
namespace {

// The body once, as blocks, so that text and HTML cannot say different things.
struct Block {
  enum class Kind : std::uint8_t { Paragraph, Heading, Link, Facts, Signature } kind;
  std::string text;                                             // Paragraph, Heading, Link
  std::vector<std::pair<std::string, std::string>> lines = {};  // Facts, Signature: label, value
};
using Kind = Block::Kind;

constexpr std::size_t kTextWidth = 72;
// Quoted-printable writes every '=' as "=3D", so "=_" cannot occur in a part.
constexpr std::string_view kBoundary = "=_dcmcourier_alternative";

std::string fill(const char* sentence, const Letter& letter) {
  const std::string sender = one_line(letter.sender.name);
  const std::string department = one_line(letter.sender.department);
  return fmt::format(
      fmt::runtime(sentence), fmt::arg("sender", sender),
      fmt::arg("sender_in_full",
               department.empty() ? sender : fmt::format("{} ({})", sender, department)),
      fmt::arg("recipient", one_line(letter.recipient.name)),
      fmt::arg("telephone", one_line(letter.sender.telephone)));
}

const char* code_sentence(const Wording& wording, CodeBy code) {
  switch (code) {
    case CodeBy::None:
      return wording.code_none;
    case CodeBy::Agreed:
      return wording.code_agreed;
    case CodeBy::Operator:
      return wording.code_operator;
  }
  return wording.code_agreed;
}

Block facts(const Wording& wording, const Letter& letter) {
  std::string size = size_text(wording, letter.bytes);
  if (letter.instances > 0)
    size = fmt::format(fmt::runtime(wording.instances), fmt::arg("size", size),
                       fmt::arg("count", letter.instances));
  Block block{Kind::Facts, "", {{wording.size, size}}};
  block.lines.emplace_back(wording.expires, moment_text(wording, letter.expires));
  if (!letter.reference.empty())
    block.lines.emplace_back(wording.reference, one_line(letter.reference));
  return block;
}

Block signature(const Wording& wording, const Sender& sender) {
  Block block{Kind::Signature, "", {{"", one_line(sender.name)}}};
  if (!sender.department.empty()) block.lines.emplace_back("", one_line(sender.department));
  block.lines.emplace_back(wording.telephone, one_line(sender.telephone));
  return block;
}

std::vector<Block> blocks_of(const Wording& wording, const Letter& letter) {
  std::vector<Block> blocks;
  blocks.push_back({Kind::Paragraph, fill(wording.greeting, letter)});
  blocks.push_back({Kind::Paragraph, fill(wording.introduction, letter)});
  blocks.push_back({Kind::Paragraph, fill(wording.why, letter)});
  blocks.push_back({Kind::Paragraph, fill(wording.link, letter)});
  blocks.push_back({Kind::Link, letter.link});
  blocks.push_back(facts(wording, letter));
  if (letter.code != CodeBy::None)
    blocks.push_back({Kind::Heading, fill(wording.code_heading, letter)});
  blocks.push_back({Kind::Paragraph, fill(code_sentence(wording, letter.code), letter)});
  blocks.push_back({Kind::Heading, fill(wording.stranger_heading, letter)});
  blocks.push_back({Kind::Paragraph, fill(wording.stranger, letter)});
  blocks.push_back(signature(wording, letter.sender));
  blocks.push_back({Kind::Paragraph, fill(wording.automatic, letter)});
  return blocks;
}

// Greedy, at spaces; a word longer than a line stands alone.
std::string wrap(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (column > 0 && column + 1 + word.size() > kTextWidth) {
      out += '\n';
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string text_of(const std::vector<Block>& blocks) {
  std::string out;
  for (const auto& block : blocks) {
    if (!out.empty()) out += '\n';
    if (block.kind == Kind::Link)
      out += block.text + '\n';
    else if (!block.text.empty())
      out += wrap(block.text) + '\n';
    for (const auto& [label, value] : block.lines)
      out += label.empty() ? value + '\n' : label + ' ' + value + '\n';
    if (block.kind == Kind::Heading) out.back() = ':';
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string html_of(const Block& block) {
  const std::string text = escaped(block.text);
  switch (block.kind) {
    case Kind::Paragraph:
      return fmt::format("<p>{}</p>\n", text);
    case Kind::Heading:
      return fmt::format("<p><strong>{}</strong></p>\n", text);
    case Kind::Link:
      return fmt::format("<p>\n<a href=\"{0}\">{0}</a>\n</p>\n", text);
    case Kind::Facts:
    case Kind::Signature:
      break;
  }
  std::string out = "<p>";
  for (const auto& [label, value] : block.lines)
    out += (label.empty() ? "" : escaped(label) + ' ') + escaped(value) + "<br>\n";
  return out + "</p>\n";
}

std::string html_of(const Wording& wording, const std::vector<Block>& blocks) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"></head>\n"
      "<body style=\"font-family: sans-serif; max-width: 40em\">\n",
      wording.language);
  for (const auto& block : blocks) out += html_of(block);
  return out + "</body>\n</html>\n";
}

std::string part(std::string_view type, std::string_view content) {
  return fmt::format(
      "--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
      "\r\n{}\r\n",
      kBoundary, type, quoted_printable(content));
}

std::string headers(const Wording& wording, const Letter& letter, const char* subject) {
  return address_header("From", letter.sender.name, letter.sender.address) +
         address_header("To", letter.recipient.name, letter.recipient.email) +
         unstructured_header("Subject", fill(subject, letter)) +
         fmt::format(
             "Date: {}\r\nMessage-ID: <{}>\r\nAuto-Submitted: auto-generated\r\n"
             "X-Auto-Response-Suppress: All\r\nContent-Language: {}\r\nMIME-Version: 1.0\r\n"
             "Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n",
             date_text(letter.date), letter.message_id, wording.language, kBoundary);
}

std::string message(const Wording& wording, const Letter& letter, const char* subject,
                    const std::vector<Block>& blocks) {
  return headers(wording, letter, subject) + part("text/plain", text_of(blocks)) +
         part("text/html", html_of(wording, blocks)) + fmt::format("--{}--\r\n", kBoundary);
}

bool is_plain_link(std::string_view link) {
  if (!link.starts_with("https://") && !link.starts_with("http://")) return false;
  for (const char c : link)
    if (c <= 0x20 || c > 0x7E || c == '"' || c == '<' || c == '>' || c == '\\') return false;
  return true;
}

base::Status check_addresses(const Letter& letter) {
  if (!is_plain_address(letter.recipient.email))
    return base::reject("announce.render", "the recipient's mail address cannot be used");
  if (!is_plain_address(letter.sender.address))
    return base::ask_administrator("announce.render", "the mail address of mail.from is wrong");
  if (!is_plain_address(letter.message_id))
    return base::reject("announce.render", "the Message-ID cannot be used");
  return base::Done{};
}

}  // namespace

base::Result<std::string> render(const Letter& letter) {
  TRY(check_addresses(letter));
  if (!is_plain_link(letter.link))
    return base::reject("announce.render", "the link cannot stand in a mail");
  const Wording& wording = wording_of(letter.recipient.language);
  return message(wording, letter, wording.subject, blocks_of(wording, letter));
}

base::Result<std::string> render_test(const Letter& letter) {
  TRY(check_addresses(letter));
  const Wording& wording = wording_of(letter.recipient.language);
  const std::vector<Block> blocks = {{Kind::Paragraph, fill(wording.test_body, letter)},
                                     signature(wording, letter.sender),
                                     {Kind::Paragraph, fill(wording.automatic, letter)}};
  return message(wording, letter, wording.test_subject, blocks);
}

}  // namespace announce
