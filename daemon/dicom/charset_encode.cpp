#include <iconv.h>

#include <algorithm>
#include <map>

#include "base/handle.h"
#include "dicom/charset.h"
#include "dicom/charset_table.h"

namespace dicom {
namespace {

using charset::by_registration;
using charset::by_term;
using charset::CharacterSet;
using charset::kEscape;

using Encoder = base::Handle<void, &iconv_close>;

void* encoder_of(const std::string& name) {
  thread_local std::map<std::string, Encoder> open;
  auto& encoder = open[name];
  if (!encoder) {
    iconv_t made = iconv_open(name.c_str(), "UTF-8");
    if (made == reinterpret_cast<iconv_t>(-1)) return nullptr;
    encoder.reset(made);
  }
  return encoder.get();
}

std::optional<std::string> encode(const char* name, std::string_view utf8) {
  auto* encoder = encoder_of(name);
  if (!encoder) return std::nullopt;
  iconv(encoder, nullptr, nullptr, nullptr, nullptr);
  std::string copy(utf8);
  std::string out(copy.size() * 4 + 16, '\0');
  char *in = copy.data(), *end = out.data();
  std::size_t left = copy.size(), room = out.size();
  if (iconv(encoder, &in, &left, &end, &room) != 0 || left != 0) return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

// One character in a set of kSets, as it stands behind that set's escape.
std::optional<std::string> in_set(const CharacterSet& set, std::string_view character) {
  if (set.registration == 6 || set.registration == 14) return std::nullopt;  // ASCII goes its way
  auto bytes = encode(set.converter, character);
  if (!bytes) return std::nullopt;
  const bool shifted = set.registration == 13 || set.registration == 159;
  const char shift = set.registration == 13 ? '\x8E' : '\x8F';
  if (shifted && (bytes->empty() || bytes->front() != shift)) return std::nullopt;
  if (shifted) bytes->erase(0, 1);
  if (bytes->size() != set.width) return std::nullopt;
  for (char& c : *bytes) {
    if (static_cast<unsigned char>(c) < 0xA0) return std::nullopt;
    if (!set.high) c = static_cast<char>(c & 0x7F);
  }
  return bytes;
}

bool ends_value(char c) { return c == '\\' || c == '\n' || c == '\r' || c == '\f'; }

std::size_t character_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Text with code extensions: an escape before the first character that needs another set, and the
// first sets again where a value or a line ends.
class Extender {
 public:
  Extender(const CharacterSet* low, const CharacterSet* high, std::vector<const CharacterSet*> sets)
      : first_low_(low), first_high_(high), low_(low), high_(high), sets_(std::move(sets)) {}

  std::optional<std::string> encode(std::string_view utf8) {
    while (!utf8.empty()) {
      const auto length = std::min(character_length(utf8.front()), utf8.size());
      if (!put(utf8.substr(0, length))) return std::nullopt;
      utf8.remove_prefix(length);
    }
    use_low(*first_low_);
    return std::move(out_);
  }

 private:
  bool put(std::string_view character) {
    if (static_cast<unsigned char>(character.front()) >= 0x80) return put_extended(character);
    use_low(*first_low_);
    if (ends_value(character.front())) high_ = first_high_;
    out_ += character;
    return true;
  }

  bool put_extended(std::string_view character) {
    for (const auto* set : {high_, low_})
      if (set != nullptr && append(*set, character)) return true;
    for (const auto* set : sets_) {
      const auto bytes = in_set(*set, character);
      if (!bytes) continue;
      if (set->high)
        designate(high_, *set);
      else
        use_low(*set);
      out_ += *bytes;
      return true;
    }
    return false;
  }

  bool append(const CharacterSet& set, std::string_view character) {
    const auto bytes = in_set(set, character);
    if (bytes) out_ += *bytes;
    return bytes.has_value();
  }

  void use_low(const CharacterSet& set) {
    if (low_ != &set) designate(low_, set);
  }
  void designate(const CharacterSet*& place, const CharacterSet& set) {
    out_ += kEscape;
    out_ += set.escape;
    place = &set;
  }

  const CharacterSet *first_low_, *first_high_, *low_, *high_;
  std::vector<const CharacterSet*> sets_;
  std::string out_;
};

std::optional<std::string> extended(std::string_view utf8, const std::vector<std::string>& terms) {
  std::vector<const CharacterSet*> sets;
  for (const auto& term : terms) {
    const auto* set = by_term(charset::plain_term(term));
    if (!set) return std::nullopt;
    sets.push_back(set);
  }
  const auto* low = by_registration(6);
  const auto* high = sets.empty() ? low : sets.front();
  if (high->registration == 13) low = by_registration(14);
  return Extender(low, high->high ? high : nullptr, std::move(sets)).encode(utf8);
}

}  // namespace

std::optional<std::string> from_utf8(std::string_view utf8,
                                     const std::vector<std::string>& character_set) {
  const auto first = character_set.empty() ? "" : charset::plain_term(character_set.front());
  const auto plain = [](char c) { return c >= 0 && c != kEscape; };
  if (std::ranges::all_of(utf8, plain)) return std::string(utf8);
  const auto* whole = charset::whole_converter(first);
  auto bytes = whole ? encode(whole, utf8) : extended(utf8, character_set);
  if (!bytes || to_utf8(*bytes, character_set) != utf8) return std::nullopt;
  return bytes;
}

}  // namespace dicom
