#include "share/link.h"

#include <string.h>

#include <algorithm>
#include <bit>

namespace share {
namespace {

constexpr std::size_t kIdText = 22;
constexpr std::size_t kFragmentText = 48;
constexpr std::size_t kSecretSize = 32;
constexpr std::size_t kSumSize = 3;
constexpr std::uint8_t kVersion = 0x10;
constexpr std::string_view kSymbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCodeSymbols = 12;
constexpr std::ptrdiff_t kLeastWords = 6;

base::Fault bad_link(const char* hint) { return base::reject("share.link", hint); }

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

base::Bytes sum_of(const Id& id, std::uint8_t version, base::ByteView secret, const Hash& hash) {
  base::Bytes message = base::to_bytes(base::as_bytes("dcmcourier/1 link"));
  message.push_back(0);
  base::append(message, id);
  message.push_back(version);
  base::append(message, secret);
  const auto digest = hash(message);
  explicit_bzero(message.data(), message.size());
  return {digest.begin(), digest.begin() + kSumSize};
}

std::string fragment(const Id& id, Mode mode, const base::SecretBytes& secret, const Hash& hash) {
  const auto version = static_cast<std::uint8_t>(kVersion + static_cast<std::uint8_t>(mode));
  base::Bytes bytes{version};
  bytes.reserve(1 + kSecretSize + kSumSize);
  base::append(bytes, secret.view());
  base::append(bytes, sum_of(id, version, secret.view(), hash));
  auto text = base::to_base64url(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  return text;
}

// Mail programs wrap, quote and bracket links; none of these characters can be part of one's ends.
std::string tidy(std::string_view text) {
  std::string tidied;
  for (char c : text)
    if (!is_space(c)) tidied += c;
  const auto first = tidied.find_first_not_of("<\"'(");
  const auto last = tidied.find_last_not_of(">\"').,;");
  return first == std::string::npos || last == std::string::npos || last < first
             ? std::string()
             : tidied.substr(first, last - first + 1);
}

bool loopback(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool digits(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// scheme://host[:port], https, or http on this machine. Nothing that a URL parser could read in two
// ways passes.
bool good_origin(std::string_view origin) {
  const bool plain = origin.starts_with("http://");
  if (!plain && !origin.starts_with("https://")) return false;
  auto host = origin.substr(plain ? 7 : 8);
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) {
    if (!digits(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const auto name = bracketed ? host.substr(1, host.size() - 2) : host;
  const auto allowed = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == (bracketed ? ':' : '-');
  };
  return !name.empty() && std::ranges::all_of(name, allowed) && (!plain || loopback(host));
}

struct Parts {
  std::string_view address, fragment;
  bool repaired;
};
std::optional<Parts> split(std::string_view link) {
  for (const std::string_view mark : {"#", "%2523", "%23"}) {
    const auto at = link.find(mark);
    if (at != std::string_view::npos)
      return Parts{link.substr(0, at), link.substr(at + mark.size()), mark != "#"};
  }
  return std::nullopt;
}

base::Status read_address(std::string_view address, Link& link) {
  const auto path = address.rfind("/s/");
  if (path == std::string_view::npos) return bad_link("this is not a link to a share");
  auto id_part = address.substr(path + 3);
  if (id_part.ends_with('/')) id_part.remove_suffix(1);
  const auto id = parse_id(id_part);
  if (!id) return bad_link("the link is cut or mistyped: copy all of it, to its last character");
  link.id = *id;
  link.origin = address.substr(0, path);
  const auto scheme = link.origin.find("://");
  if (scheme != std::string::npos) std::ranges::transform(link.origin, link.origin.begin(), lower);
  if (!good_origin(link.origin)) return bad_link("the link must begin with https:// and a host");
  return base::Done{};
}

base::Status read_fragment(std::string_view text, Link& link, const Hash& hash) {
  const char* cut = "the link is cut or mistyped: copy all of it, to its last character";
  auto decoded = base::from_base64url(text);
  if (!decoded || decoded->empty()) return bad_link(cut);
  const base::SecretBytes bytes(std::move(*decoded));
  const auto version = bytes.view()[0];
  if (text.size() != kFragmentText) return bad_link(cut);
  if ((version & 0xf0) != kVersion || (version & 0x0f) > 2)
    return bad_link("the link was made by another version: update this program");
  const auto secret = bytes.view().subspan(1, kSecretSize);
  if (!base::equal_in_constant_time(bytes.view().last(kSumSize),
                                    sum_of(link.id, version, secret, hash)))
    return bad_link(cut);
  link.mode = static_cast<Mode>(version & 0x0f);
  link.secret = base::SecretBytes(secret);
  return base::Done{};
}

std::optional<std::string> normal_symbols(std::string_view typed) {
  std::string code;
  for (char c : typed) {
    if (c == ' ' || c == '-') continue;
    char symbol = upper(c);
    if (symbol == 'O') symbol = '0';
    if (symbol == 'I' || symbol == 'L') symbol = '1';
    if (kSymbols.find(symbol) == std::string_view::npos) return std::nullopt;
    code += symbol;
  }
  if (code.size() != kCodeSymbols) return std::nullopt;
  return code;
}

std::optional<std::string> normal_phrase(std::string_view typed) {
  std::string phrase;
  bool between = false;
  for (char c : typed) {
    if (!is_letter(c)) {
      between = true;
      continue;
    }
    if (between && !phrase.empty()) phrase += ' ';
    between = false;
    phrase += lower(c);
  }
  if (std::ranges::count(phrase, ' ') + 1 < kLeastWords) return std::nullopt;
  return phrase;
}

}  // namespace

std::string write_link(std::string_view origin, const Id& id, Mode mode,
                       const base::SecretBytes& secret, const Hash& hash) {
  return std::string(origin) + "/s/" + id_text(id) + "#" + fragment(id, mode, secret, hash);
}

bool good_secret(const Id& id, Mode mode, const base::SecretBytes& secret, const Hash& hash) {
  const char last = fragment(id, mode, secret, hash).back();
  return last != '-' && last != '_';
}

base::Result<Link> parse_link(std::string_view text, const Hash& hash) {
  const auto whole = tidy(text);
  const auto parts = split(whole);
  if (!parts)
    return bad_link("the link has no part behind #: copy all of it, to its last character");
  Link link;
  link.repaired = parts->repaired;
  TRY(read_address(parts->address, link));
  TRY(read_fragment(parts->fragment, link, hash));
  return link;
}

std::string id_text(const Id& id) { return base::to_base64url(id); }

std::optional<Id> parse_id(std::string_view text) {
  if (text.size() != kIdText) return std::nullopt;
  const auto bytes = base::from_base64url(text);
  Id id{};
  if (!bytes || bytes->size() != id.size()) return std::nullopt;
  std::ranges::copy(*bytes, id.begin());
  return id;
}

std::string make_code(base::ByteView random) {
  std::string code;
  for (auto byte : random.first(kCodeSymbols)) code += kSymbols[byte & 31];  // 32 symbols: uniform
  return code;
}

std::string code_for_people(std::string_view code) {
  if (code.size() != kCodeSymbols) return std::string(code);  // a phrase
  return std::string(code.substr(0, 4)) + '-' + std::string(code.substr(4, 4)) + '-' +
         std::string(code.substr(8));
}

std::optional<std::string> normal_code(Mode mode, std::string_view typed) {
  switch (mode) {
    case Mode::LinkOnly:
      return std::string();
    case Mode::Code:
      return normal_symbols(typed);
    case Mode::Phrase:
      return normal_phrase(typed);
  }
  return std::nullopt;
}

std::uint64_t padded_size(std::uint64_t n) {
  if (n == 0) n = 1;
  const int exponent = static_cast<int>(std::bit_width(n)) - 1 - 5;
  const std::uint64_t step =
      std::max<std::uint64_t>(4096, exponent > 0 ? std::uint64_t{1} << exponent : 1);
  return (n + step - 1) / step * step;
}

}  // namespace share
