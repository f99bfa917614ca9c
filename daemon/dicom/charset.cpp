#include "dicom/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/handle.h"
#include "dicom/charset_table.h"

namespace dicom {
namespace {

using charset::by_registration;
using charset::by_term;
using charset::CharacterSet;
using charset::kEscape;
using charset::kSets;
using charset::kWhole;
using charset::plain_term;
using charset::whole_converter;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0 && c != kEscape; });
}

using Converter = base::Handle<void, &iconv_close>;

void* converter_of(const std::string& name) {
  thread_local std::map<std::string, Converter> open;
  auto& converter = open[name];
  if (!converter) {
    iconv_t made = iconv_open("UTF-8", name.c_str());
    if (made == reinterpret_cast<iconv_t>(-1)) return nullptr;
    converter.reset(made);
  }
  return converter.get();
}

bool convert(const char* converter_name, std::string_view bytes, std::string& to) {
  auto* converter = converter_of(converter_name);
  if (!converter) return false;
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  std::string copy(bytes);
  char* in = copy.data();
  std::size_t left = copy.size();
  std::string out(copy.size() * 4 + 16, '\0');
  char* end = out.data();
  std::size_t room = out.size();
  if (iconv(converter, &in, &left, &end, &room) != 0 || left != 0) return false;
  to.append(out.data(), out.size() - room);
  return true;
}

// Text with code extensions (PS3.5 section 6.1.2.5), one run of one character set after another.
class Extended {
 public:
  Extended(std::string_view text, const CharacterSet* low, const CharacterSet* high)
      : text_(text), first_low_(low), first_high_(high), low_(low), high_(high) {}

  std::optional<std::string> decode() {
    while (at_ < text_.size()) {
      if (text_[at_] == kEscape ? !designate() : !run()) return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  bool designate();
  bool run();
  void single(char c);
  static bool is_control(char c) { return c >= 0 && c < ' '; }

  std::string_view text_;
  const CharacterSet *first_low_, *first_high_, *low_, *high_;
  std::size_t at_ = 0;
  std::string out_;
};

bool Extended::designate() {
  const auto rest = text_.substr(at_ + 1);
  for (const auto& set : kSets) {
    if (!rest.starts_with(set.escape)) continue;
    (set.high ? high_ : low_) = &set;
    at_ += 1 + set.escape.size();
    return true;
  }
  return false;
}

// A byte of the lower half where that is ASCII or its Japanese variant, and controls. A backslash,
// the end of a line or of a page brings the first character sets back.
void Extended::single(char c) {
  if (c == '\\' || c == '\n' || c == '\r' || c == '\f') {
    low_ = first_low_;
    high_ = first_high_;
  }
  if (low_->registration == 14 && c == '~')
    out_ += "\u203E";
  else
    out_ += c;
}

bool Extended::run() {
  const char first = text_[at_];
  const bool high = first < 0;
  const CharacterSet* set = high ? high_ : low_;
  if (!high && (set->width == 1 || is_control(first) || first == ' ')) {
    single(first);
    ++at_;
    return true;
  }
  if (!set) return false;
  std::string bytes;
  for (; at_ < text_.size(); at_ += set->width) {
    const auto character = text_.substr(at_, set->width);
    const char lead = character.front();
    if ((lead < 0) != high || is_control(lead) || (!high && lead == ' ')) break;
    if (character.size() < set->width || (character.back() < 0) != high) return false;
    if (set->registration == 13) bytes += '\x8E';   // EUC-JP: half-width katakana
    if (set->registration == 159) bytes += '\x8F';  // EUC-JP: JIS X 0212
    for (const char c : character) bytes += static_cast<char>(c | '\x80');
  }
  return convert(set->converter, bytes, out_);
}

}  // namespace

std::optional<std::string> to_utf8(std::string_view text,
                                   const std::vector<std::string>& character_set) {
  if (is_ascii(text)) return std::string(text);
  const auto first = character_set.empty() ? "" : plain_term(character_set.front());
  if (const auto* converter = whole_converter(first)) {
    std::string decoded;
    return convert(converter, text, decoded) ? std::optional(decoded) : std::nullopt;
  }
  const auto* low = by_registration(6);
  const auto* high = by_term(first);
  if (!high) return std::nullopt;
  // Alone or first, a set of two-byte characters of the lower half begins with an escape too.
  if (high->registration == 13) low = by_registration(14);
  if (!high->high) high = nullptr;
  for (const auto& term : character_set)
    if (!by_term(plain_term(term))) return std::nullopt;
  return Extended(text, low, high).decode();
}

std::vector<std::string> character_set_terms(std::string_view value) {
  std::vector<std::string> terms;
  while (true) {
    const auto end = value.find('\\');
    const auto term = value.substr(0, end);
    const auto first = term.find_first_not_of(" ");
    const auto last = term.find_last_not_of(std::string_view(" \0", 2));
    const bool blank = first == std::string_view::npos || last == std::string_view::npos;
    terms.emplace_back(blank ? "" : term.substr(first, last + 1 - first));
    if (end == std::string_view::npos) break;
    value.remove_prefix(end + 1);
  }
  if (terms.size() == 1 && terms.front().empty()) terms.clear();
  return terms;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      text += c;
    else
      text += {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
  }
  return text;
}

}  // namespace dicom
