// The mail, with names that somebody chose: as many lines of header as the same mail has with tame
// names, no line that a mail server would break, and the link whole on a line of its own.
#include <set>

#include "announce/header_text.h"
#include "announce/letter.h"
#include "fuzz.h"

namespace {

using announce::Letter;
constexpr std::string_view kLink =
    "https://share.example.org/s/"
    "AAECAwQFBgcICQoLDA0ODw#ESAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_s5jd";

Letter letter_of(fuzz::Input& input) {
  Letter letter;
  letter.code = static_cast<announce::CodeBy>(input.byte() % 3);
  letter.recipient.language = input.byte() % 2 ? "de" : "en";
  letter.bytes = static_cast<std::uint64_t>(input.number()) << input.byte() % 32;
  letter.instances = input.word();
  letter.expires = {static_cast<std::int64_t>(input.number()) << input.byte() % 22,
                    static_cast<std::int16_t>(input.word()), "CET"};
  letter.date = input.number();
  letter.sender.name = input.text('\0');
  letter.sender.department = input.text('\0');
  letter.sender.telephone = input.text('\0');
  letter.recipient.name = input.text('\0');
  letter.reference = input.text('\0');
  letter.sender.address = input.text('\0');
  letter.recipient.email = input.text('\0');
  letter.message_id = input.text('\0');
  if (letter.sender.address.empty()) letter.sender.address = "imaging@example.org";
  if (letter.recipient.email.empty()) letter.recipient.email = "okafor@clinic.example";
  if (letter.message_id.empty()) letter.message_id = "0a1b2c.1@share.example.org";
  letter.link = kLink;
  return letter;
}

// CRLF and nothing else ends a line; the lines without it.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    HOLDS(end != std::string_view::npos && end > 0 && text[end - 1] == '\r');
    lines.emplace_back(text.substr(0, end - 1));
    HOLDS(lines.back().find('\r') == std::string::npos);
    text.remove_prefix(end + 1);
  }
  return lines;
}

void check_headers(const std::vector<std::string>& lines, std::size_t end) {
  static const std::set<std::string> kAll = {"From",
                                             "To",
                                             "Subject",
                                             "Date",
                                             "Message-ID",
                                             "Auto-Submitted",
                                             "X-Auto-Response-Suppress",
                                             "Content-Language",
                                             "MIME-Version",
                                             "Content-Type"};
  std::set<std::string> names;
  for (std::size_t i = 0; i < end; ++i) {
    if (lines[i].starts_with(' ')) {
      HOLDS(i > 0 && lines[i].find_first_not_of(' ') != std::string::npos);
      continue;
    }
    const auto name = lines[i].substr(0, lines[i].find(':'));
    HOLDS(name.size() < lines[i].size() && names.insert(name).second);
  }
  HOLDS(names == kAll);
}

// What quoted-printable says.
std::string decoded(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    if (line.starts_with("--=_") || line.starts_with("Content-")) continue;  // of the parts
    std::size_t i = 0;
    for (; i < line.size() && line.substr(i) != "="; ++i) {
      if (line[i] != '=') {
        text += line[i];
        continue;
      }
      const auto byte = base::from_hex(line.substr(i + 1, 2));
      HOLDS(byte && byte->size() == 1);
      text += static_cast<char>((*byte)[0]);
      i += 2;
    }
    if (i == line.size()) text += '\n';
  }
  return text;
}

void check_mail(const std::string& mail, const Letter& letter) {
  const auto lines = lines_of(mail);
  const auto longest =
      std::max<std::size_t>({76, letter.sender.address.size() + 3,
                             letter.recipient.email.size() + 3, letter.message_id.size() + 15});
  int boundaries = 0;
  for (const auto& line : lines) {
    HOLDS(line.size() <= longest);
    HOLDS(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    boundaries += line.starts_with("--=_dcmcourier_alternative");
  }
  HOLDS(boundaries == 3);
  const auto blank = std::find(lines.begin(), lines.end(), "");
  check_headers(lines, static_cast<std::size_t>(blank - lines.begin()));
  const auto text = decoded({blank, lines.end()});
  HOLDS(text.find("\n" + std::string(kLink) + "\n") != std::string::npos);
  // Names bring no tag: the HTML has those of the letter alone.
  const auto html = text.substr(text.find("<!DOCTYPE"));
  HOLDS(std::count(html.begin(), html.end(), '<') < 120);
  HOLDS(html.find("<script") == std::string::npos && html.find("<img") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const Letter letter = letter_of(input);
  const auto mail = announce::render(letter);
  const bool plain = announce::is_plain_address(letter.sender.address) &&
                     announce::is_plain_address(letter.recipient.email) &&
                     announce::is_plain_address(letter.message_id);
  HOLDS(mail.ok() == plain);
  if (!mail.ok()) return 0;
  check_mail(mail.value(), letter);
  HOLDS(announce::render(letter).value() == mail.value());
  const auto line = announce::one_line(letter.sender.name);
  HOLDS(line.size() <= 200 && announce::one_line(line) == line);
  HOLDS(announce::render_test(letter).ok());
  return 0;
}
