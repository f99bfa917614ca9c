#include "deidentify/text_names.h"

#include <algorithm>

#include "deidentify/tables.h"
#include "identity/fold.h"
#include "identity/terms.h"

namespace deidentify {
namespace {

using identity::Identifier;
using identity::Kind;

constexpr std::size_t kShortest = 5;      // alphanumerics that identify wherever they stand
constexpr std::size_t kShortestName = 3;  // letters of a name that do
constexpr std::size_t kMostParts = 8;     // of one identifier
constexpr std::size_t kLongestJoined = 64;
constexpr std::size_t kLongestIdeographs = 12;

std::string join(const std::vector<Token>& parts, std::size_t first, std::size_t last) {
  std::string text;
  for (auto i = first; i < last; ++i) text += parts[i].folded;
  return text;
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_homonym(std::string_view folded) {
  const auto* word = tables::find_allowed(folded);
  return word && (word->kind == tables::WordKind::Anatomy || identity::is_term(folded));
}

TextNames::TextNames(const identity::Identifiers& study, const std::vector<std::string>& site) {
  for (const auto& identifier : study.reveal()) add(identifier);
  for (const auto& name : site) add_site_name(name);
}

void TextNames::add(const Identifier& identifier) {
  if (identifier.kind == Kind::Date || identifier.kind == Kind::BirthDate) return;  // patterns
  const auto parts = tokenise(identifier.text).list;
  if (parts.empty()) return;
  switch (identifier.kind) {
    case Kind::Name:
      return add_name(parts, identifier.text.find('^') != std::string::npos);
    case Kind::Word:
    case Kind::Institution:
      for (const auto& part : parts) add_word(part.folded, Match::Term);
      return;
    default:
      return add_number(parts);
  }
}

// Parts that are short, or particles, identify in the name's context alone.
void TextNames::add_name(const std::vector<Token>& parts, bool whole_name) {
  for (const auto& part : parts) {
    const bool particle = identity::is_stop_word(part.folded);
    const auto letters = part.end - part.begin;
    if (part.ideographic && letters >= 2) ideographs_.insert(identity::decode_utf8(part.folded));
    const bool strong = !particle && letters >= (part.ideographic ? 2 : kShortestName);
    add_word(part.folded, strong ? Match::Homonym : Match::Weak);
  }
  if (parts.size() < 2 || parts.size() > kMostParts) return;
  add_joined(join(parts, 0, parts.size()));
  if (whole_name) add_joined(join(parts, 1, parts.size()) + parts.front().folded);
}

// `match` is what the word is when it is a homonym, or weak; any other identifies.
void TextNames::add_word(const std::string& word, Match match) {
  if (match != Match::Weak && !is_homonym(word)) match = Match::Whole;
  auto& known = words_[word];
  known = std::max(known, match);
}

void TextNames::add_number(const std::vector<Token>& parts) {
  const auto all = join(parts, 0, parts.size());
  if (all.size() < kShortest) {
    whole_values_.insert(all);
    return;
  }
  if (parts.size() == 1) return add_word(all, Match::Term);
  const auto count = std::min(parts.size(), kMostParts);
  for (std::size_t first = 0; first < count; ++first)
    for (auto last = first + 1; last <= count; ++last) {
      const auto piece = join(parts, first, last);
      const bool tells = has_digit(piece) || (first == 0 && last == parts.size());
      if (piece.size() < kShortest || !tells) continue;
      if (last == first + 1) add_word(piece, Match::Term);
      add_joined(piece);
    }
  add_joined(all);
}

void TextNames::add_joined(std::string text) {
  if (text.size() >= kShortest && text.size() <= kLongestJoined) joined_.insert(std::move(text));
}

// Every word that is no particle and no term; a name of one word as it is.
void TextNames::add_site_name(const std::string& name) {
  const auto parts = tokenise(name).list;
  for (const auto& part : parts) {
    if (parts.size() > 1 && tables::find_allowed(part.folded)) continue;
    const bool particle = identity::is_stop_word(part.folded);
    const bool strong = part.end - part.begin >= (part.ideographic ? 2 : kShortestName);
    if (parts.size() == 1 || (strong && !particle)) words_[part.folded] = Match::Whole;
    if (part.ideographic) ideographs_.insert(identity::decode_utf8(part.folded));
  }
  if (parts.size() > 1) add_joined(join(parts, 0, parts.size()));
}

TextNames::Match TextNames::match(const std::string& folded) const {
  if (const auto found = words_.find(folded); found != words_.end()) return found->second;
  return joined_.contains(folded) ? Match::Whole : Match::None;
}

std::size_t TextNames::joined(const std::vector<Token>& tokens, std::size_t first) const {
  std::string text;
  std::size_t longest = 0;
  const auto end = std::min(tokens.size(), first + kMostParts);
  for (auto i = first; i < end && text.size() <= kLongestJoined; ++i) {
    text += tokens[i].folded;
    if (joined_.contains(text)) longest = i + 1 - first;
  }
  return longest;
}

bool TextNames::is_whole_value(const std::vector<Token>& tokens) const {
  if (tokens.empty() || tokens.size() > kShortest) return false;
  return whole_values_.contains(join(tokens, 0, tokens.size()));
}

std::size_t TextNames::name_within(std::u32string_view ideographs, std::size_t first) const {
  const auto rest = ideographs.substr(first, kLongestIdeographs);
  for (auto length = rest.size(); length >= 2; --length)
    if (ideographs_.contains(std::u32string(rest.substr(0, length)))) return length;
  return 0;
}

}  // namespace deidentify
