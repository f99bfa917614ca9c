#include "deidentify/text_patterns.h"

#include <re2/re2.h>

#include <algorithm>

namespace deidentify {
namespace {

using Span = std::pair<std::size_t, std::size_t>;
using Spans = std::vector<Span>;

constexpr std::size_t kLongestPattern = 512;
constexpr std::size_t kMostSitePatterns = 256;
constexpr std::size_t kShortestNumber = 6;  // digits

#define MONTH                                                                                       \
  "(?:jan(?:uary|uar|vier|eiro)?|jänner|enero|feb(?:ruary|ruar|rero|rer)?|févr?(?:ier)?|"         \
  "mar(?:ch|s|zo|z)?|märz|mrz|maart|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|maggio|mei|" \
  "jun(?:e|i|io)?|juin|giugno|jul(?:y|i|io)?|juil(?:let)?|luglio|aug(?:ust|ustus)?|août|aout|"     \
  "ago(?:sto)?|sep(?:t|tember|tembre|tiembre)?|set(?:tembre)?|oct(?:ober|obre|ubre)?|"              \
  "okt(?:ober)?|ottobre|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|déc(?:embre)?|"     \
  "decembre|dic(?:iembre|embre)?)"

constexpr const char* kPatterns[] = {
    // Days: all numbers, by the month's name, of Japan and China; a year alone, a time.
    R"(\b\d{1,4}[-./]\d{1,2}[-./]\d{2,4}\b)",
    R"(\b\d{1,2}[-./]\d{1,2}[-./]\d{1,2}\b)",
    R"(\b\d{1,2}(?:st|nd|rd|th|er)?[ ./-]*(?:of |de )?)" MONTH
    R"(\b[ .,/-]*(?:de )?(?:'?\d{2,4}\b)?)",
    R"(\b)" MONTH R"([ .,/-]*\d{1,2}(?:st|nd|rd|th)?\b(?:[ .,/-]*\d{2,4}\b)?)",
    R"(\b)" MONTH R"([ .,/-]*'?\d{2,4}\b)",
    R"(\b\d{2,4}[ ./-]*)" MONTH R"([ ./-]*\d{1,2}\b)",
    R"((?:明治|大正|昭和|平成|令和|[MTSHR])?\d{1,4}[年년]\s*(?:\d{1,2}[月월]\s*(?:\d{1,2}[日일])?)?)",
    R"((?:明治|大正|昭和|平成|令和)[元\d]{0,2}[年./-]?[\d./-]*)",
    R"(\d{1,2}[月월]\s*\d{1,2}[日일])",
    R"(\b(?:1[89]|20)\d\d\b)",
    R"(\b\d{1,2}:\d{2}(?::\d{2})?\b)",
    // UIDs, mail, web, network.
    R"(\b\d+(?:\.\d+){4,})",
    R"([^\s@]+@[^\s@]+)",
    R"((?:https?|ftps?|sftp|file|ldap|dicom|smb)://\S+|\bwww\.\S+|\\\\\S+)",
    R"(\b\d{1,3}(?:\.\d{1,3}){3}\b)",
    R"(\b(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:]{1,40}|[0-9a-f]{0,4}::[0-9a-f:]{1,40})",
    // Telephones, and numbers behind a word that says what they are.
    R"((?:\+|\b00)\d[\d ()/.-]{5,}\d)",
    R"(\(\d{2,6}\)[ /-]*\d[\d /-]{3,}\d)",
    R"(\b(?:mrn|pid|ssn|dob|id|nr|acc|accession|tel|phone|fax|geb)\b[ .:#=-]*[a-z]{0,6}-?\d[a-z0-9/-]*)",
};
// Counted by their digits: 123-45-6789, 0123 456 78, 1234567.
constexpr const char* kGroups = R"(\d+(?:[-/. ]\d+)*)";
constexpr const char* kShortNumbers =
    R"(\d{1,3}(?:x\d{1,4}){0,3}(?:mm|cm|m|um|ml|cc|mg|g|kg|ug|mgi|mgy|gy|cgy|usv|msv|mbq|mci|kev|mev|)"
    R"(kv|kvp|v|ma|mas|s|sec|ms|min|h|hr|hz|mhz|t|deg|hu|d|x|st|nd|rd|th)?)"
    R"(|\d{4}(?:ms|mm|ml|hu)|\d{3,4}x\d{3,4}|x\d{1,2})"
    R"(|(?:c|t|th|d|l|s|lwk|bwk|hwk|te|tr|ti|tb|ph|fa)\d{1,2})"
    R"(|b\d{1,4}|t[12]r?(?:w|wi|fs|ce|map)?|[bdhiuqt][rfv]?\d{2}[fhsn]?)";

re2::RE2::Options options(bool any_case) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!any_case);
  options.set_max_mem(4 << 20);
  return options;
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

Spans united(Spans spans) {
  std::sort(spans.begin(), spans.end());
  Spans apart;
  for (const auto& span : spans) {
    if (!apart.empty() && span.first <= apart.back().second)
      apart.back().second = std::max(apart.back().second, span.second);
    else
      apart.push_back(span);
  }
  return apart;
}

void find_all(const re2::RE2& pattern, std::string_view text, Spans& spans, bool counted) {
  const re2::StringPiece subject(text.data(), text.size());
  re2::StringPiece found;
  for (std::size_t at = 0; at < text.size();) {
    if (!pattern.Match(subject, at, text.size(), re2::RE2::UNANCHORED, &found, 1)) return;
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    const auto end = begin + found.size();
    if (!counted || count_digits(text.substr(begin, found.size())) >= kShortestNumber)
      spans.emplace_back(begin, end);
    at = std::max(end, at + 1);
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }
bool is_border(char c) {
  return std::string_view("()[]{}<>\"',;:.!?").find(c) != std::string::npos;
}

// Words between blanks, without the punctuation around them.
Spans words_of(std::string_view text) {
  Spans words;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_blank(text[at])) continue;
    auto begin = at;
    while (at < text.size() && !is_blank(text[at])) ++at;
    auto end = at;
    while (begin < end && is_border(text[begin])) ++begin;
    while (end > begin && is_border(text[end - 1])) --end;
    if (begin < end) words.emplace_back(begin, end);
  }
  return words;
}

}  // namespace

struct TextPatterns::Compiled {
  Compiled() : groups(kGroups, options(true)), short_numbers(kShortNumbers, options(true)) {
    for (const auto* pattern : kPatterns)
      own.push_back(std::make_unique<re2::RE2>(pattern, options(true)));
  }
  std::vector<std::unique_ptr<re2::RE2>> own;
  std::vector<std::unique_ptr<re2::RE2>> site;
  re2::RE2 groups;
  re2::RE2 short_numbers;
};

TextPatterns::TextPatterns(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
TextPatterns::TextPatterns(TextPatterns&&) noexcept = default;
TextPatterns::~TextPatterns() = default;

base::Result<TextPatterns> TextPatterns::create(const std::vector<std::string>& site) {
  if (site.size() > kMostSitePatterns)
    return base::reject("deidentify.site", "more than 256 number patterns");
  auto compiled = std::make_unique<Compiled>();
  for (const auto& pattern : compiled->own)
    if (!pattern->ok()) return base::reject("deidentify.text", "a pattern that does not compile");
  for (const auto& text : site) {
    auto pattern = std::make_unique<re2::RE2>(text, options(false));
    if (text.empty() || text.size() > kLongestPattern || !pattern->ok())
      return base::reject("deidentify.site", "a number pattern that is no regular expression");
    compiled->site.push_back(std::move(pattern));
  }
  return TextPatterns(std::move(compiled));
}

std::vector<Span> TextPatterns::find(std::string_view text) const {
  Spans spans;
  for (const auto& pattern : compiled_->own) find_all(*pattern, text, spans, false);
  find_all(compiled_->groups, text, spans, true);
  if (compiled_->site.empty()) return united(std::move(spans));
  for (const auto& word : words_of(text)) {
    const re2::StringPiece piece(text.data() + word.first, word.second - word.first);
    const auto is_whole = [&](const auto& one) { return re2::RE2::FullMatch(piece, *one); };
    if (std::any_of(compiled_->site.begin(), compiled_->site.end(), is_whole))
      spans.push_back(word);
  }
  return united(std::move(spans));
}

bool TextPatterns::is_short_number(std::string_view folded) const {
  return re2::RE2::FullMatch(re2::StringPiece(folded.data(), folded.size()),
                             compiled_->short_numbers);
}

}  // namespace deidentify
