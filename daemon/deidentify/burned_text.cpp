#include "deidentify/burned_text.h"

#include <re2/re2.h>

#include <algorithm>
#include <numeric>

namespace deidentify {
namespace {

using identity::Identifier;
using identity::Kind;

constexpr std::size_t kShortest = 4;  // letters and digits, below which noise would match
constexpr std::size_t kLongest = 40;  // UIDs are never burned in

constexpr std::string_view kConfusedFrom = "OQILSBZG";
constexpr std::string_view kConfusedTo = "00115826";

constexpr const char* kDates[] = {
    R"(\b\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(\d{4}|\d{2})\b)",
    R"(\b(19|20)\d\d\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,2}\b)",
    R"((?i)\b\d{1,2}[ .-]*(JAN|FEB|MA[RYI]|APR|JUN|JUL|AUG|SEP|O[CK]T|NOV|DE[CZ])[A-Z]*[ .,-]*\d{2,4}\b)",
    R"((?i)\b(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*[ .-]*\d{1,2}[ .,-]+\d{2,4}\b)",
    R"(\b(19|20)\d{6}\b)"};
constexpr const char* kOthers[] = {
    R"(\d{6,})",
    R"((?i)\b(DOB|D\.O\.B|MRN|PATIENT|PATIENTEN|PAT\.? ?(ID|NAME|NR)|BIRTH|GEB|ACCESSION|ACC ?(NO|#))\b)",
    R"(\w@\w+\.\w)"};

std::size_t room_for_errors(std::size_t length) { return length < 5 ? 0 : length / 5; }

struct Word {
  std::string letters;
  std::size_t errors;
};

void add_words(std::string_view text, std::vector<Word>& words) {
  auto letters = confusable(text);
  if (letters.size() < kShortest || letters.size() > kLongest) return;
  words.push_back({letters, room_for_errors(letters.size())});
}

// A name of several words is burned in by its parts, in any order.
void add_name(const std::string& text, std::vector<Word>& words) {
  constexpr std::string_view kBetween = "^= ,.";
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(kBetween, at), text.size());
    add_words(std::string_view(text).substr(at, end - at), words);
    at = end + 1;
  }
}

}  // namespace

struct BurnedText::State {
  std::vector<Word> words;
  std::vector<std::unique_ptr<RE2>> patterns;

  base::Status add_pattern(const std::string& pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_unique<RE2>(pattern, options);
    if (!compiled->ok())
      return base::reject("deidentify.burned_text", "a pattern that cannot be compiled");
    patterns.push_back(std::move(compiled));
    return base::Done{};
  }
};

BurnedText::BurnedText(std::unique_ptr<State> state) : state_(std::move(state)) {}
BurnedText::BurnedText(BurnedText&&) noexcept = default;
BurnedText::~BurnedText() = default;

base::Result<BurnedText> BurnedText::create(const identity::Identifiers& forbidden,
                                            const Choices& choices) {
  auto state = std::make_unique<State>();
  for (const auto& one : forbidden.reveal()) {
    if (one.kind == Kind::Name)
      add_name(one.text, state->words);
    else if (one.kind != Kind::Uid)
      add_words(one.text, state->words);
  }
  for (const auto& name : choices.site.names) add_name(name, state->words);
  if (!choices.options.contains(Option::RetainFullDates))
    for (const char* pattern : kDates) TRY(state->add_pattern(pattern));
  for (const char* pattern : kOthers) TRY(state->add_pattern(pattern));
  for (const auto& pattern : choices.site.number_patterns)
    TRY(state->add_pattern("\\b(?:" + pattern + ")\\b"));
  return BurnedText(std::move(state));
}

bool BurnedText::is_identifying(const std::vector<std::string>& lines) const {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return is_identifying(line); });
}

bool BurnedText::is_identifying(std::string_view line) const {
  const re2::StringPiece piece(line.data(), line.size());
  for (const auto& pattern : state_->patterns)
    if (RE2::PartialMatch(piece, *pattern)) return true;
  const auto letters = confusable(line);
  return std::any_of(state_->words.begin(), state_->words.end(), [&](const Word& word) {
    return letters.size() + word.errors >= word.letters.size() &&
           distance_within(word.letters, letters) <= word.errors;
  });
}

std::string confusable(std::string_view text) {
  std::string letters;
  for (auto c : text) {
    if (c == '|' || c == '!') c = '1';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    const bool other = (c < 'A' || c > 'Z') && (c < '0' || c > '9') && (c & 0x80) == 0;
    if (other) continue;
    const auto at = kConfusedFrom.find(c);
    letters.push_back(at == std::string_view::npos ? c : kConfusedTo[at]);
  }
  return letters;
}

std::size_t distance_within(std::string_view word, std::string_view text) {
  std::vector<std::size_t> column(word.size() + 1);
  std::iota(column.begin(), column.end(), std::size_t{0});
  auto best = column.back();
  for (const auto c : text) {
    auto diagonal = column[0];  // a match may begin anywhere
    for (std::size_t i = 1; i <= word.size(); ++i) {
      const auto changed = diagonal + (word[i - 1] == c ? 0 : 1);
      diagonal = column[i];
      column[i] = std::min({changed, column[i] + 1, column[i - 1] + 1});
    }
    best = std::min(best, column.back());
  }
  return best;
}

}  // namespace deidentify
