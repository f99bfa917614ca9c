#include "deidentify/text_cleaner.h"

#include <algorithm>
#include <set>

#include "deidentify/tables.h"
#include "deidentify/text_names.h"
#include "deidentify/text_patterns.h"
#include "deidentify/text_titles.h"
#include "deidentify/text_tokens.h"
#include "identity/fold.h"

namespace deidentify {

struct TextCleaner::Lists {
  TextNames names;
  TextPatterns patterns;
  std::set<std::string> site_words;  // folded
  TextMode mode;
};

namespace {

using Match = TextNames::Match;

constexpr std::size_t kLongestTerm = 12;      // ideographs
constexpr std::size_t kLongestSeparator = 4;  // that stays as it is
constexpr std::size_t kMostBetween = 4;       // particles and initials behind a title

enum class Fate : std::uint8_t { Open, Drop, DropName };

bool is_line_end(char32_t c) { return c == U'\n' || c == U'\r' || c == U'\f'; }

bool is_harmless_separator(char32_t c) {
  return (c < 0x80 && std::string_view(" \t\r\n\f/-+,.:;*%&=<>_").find(static_cast<char>(c)) !=
                          std::string_view::npos) ||
         c == 0x3000 || c == 0x3001 || c == 0x3002 || c == 0x30FB || c == 0xD7 || c == 0xB0;
}

}  // namespace

// One value on its way.
class Cleaning {
 public:
  Cleaning(const TextCleaner::Lists& lists, std::string_view utf8)
      : lists_(lists), tokens_(tokenise(utf8)) {}

  CleanText run() {
    split_ideographs();
    fates_.assign(tokens_.list.size(), Fate::Open);
    if (lists_.names.is_whole_value(tokens_.list)) {
      clean_.dropped = tokens_.list.size();
      return std::move(clean_);
    }
    drop_patterns();
    drop_names();
    drop_titled();
    drop_in_context();
    drop_initials();
    write();
    return std::move(clean_);
  }

 private:
  void split_ideographs();
  void split(const Token& run, std::vector<Token>& to);
  std::size_t piece_length(std::u32string_view run, std::size_t at, bool alone) const;
  bool is_all_terms(std::u32string_view run) const;
  void drop_patterns();
  void drop_names();
  void drop_titled();
  void drop_titled(std::size_t title);
  void drop_in_context();
  void drop_initials();
  void write();
  bool is_title(std::size_t at) const;
  bool is_in_context(std::size_t at) const;
  bool is_beside_name(std::size_t at, std::size_t other) const;
  bool is_initial(std::size_t at) const;
  bool is_allowed(std::size_t at) const;
  bool is_listed(std::size_t at) const;
  bool is_without(std::size_t at) const;
  bool is_term(const std::string& folded) const;
  std::u32string_view between(std::size_t left, std::size_t right) const;
  bool has(std::u32string_view text, char32_t c) const { return text.find(c) != text.npos; }
  bool ends_line(std::u32string_view text) const {
    return std::any_of(text.begin(), text.end(), is_line_end);
  }
  const Token& token(std::size_t at) const { return tokens_.list[at]; }
  std::size_t count() const { return tokens_.list.size(); }

  const TextCleaner::Lists& lists_;
  Tokens tokens_;
  std::vector<Fate> fates_;
  std::vector<Match> matches_;
  CleanText clean_;
};

// Ideographs have no blanks between words: names first, then the longest terms.
void Cleaning::split_ideographs() {
  std::vector<Token> pieces;
  for (auto& one : tokens_.list) {
    if (one.ideographic)
      split(one, pieces);
    else
      pieces.push_back(std::move(one));
  }
  tokens_.list = std::move(pieces);
}

void Cleaning::split(const Token& run, std::vector<Token>& to) {
  const auto text = std::u32string_view(tokens_.points).substr(run.begin, run.end - run.begin);
  const bool alone = is_all_terms(text);
  std::size_t unknown = 0;
  const auto add = [&](std::size_t at, std::size_t length) {
    if (length > 0)
      to.push_back({run.begin + at, run.begin + at + length,
                    identity::fold(identity::encode_utf8(text.substr(at, length))), true, true});
  };
  for (std::size_t at = 0; at < text.size();) {
    if (const auto title = title_behind(text, at)) {  // and before it a name
      clean_.dropped += 1;
      at += title;
      unknown = 0;
      continue;
    }
    const auto length = piece_length(text, at, alone);
    if (length == 0) {
      ++unknown, ++at;
      continue;
    }
    add(at - unknown, unknown);
    add(at, length);
    at += length;
    unknown = 0;
  }
  add(text.size() - unknown, unknown);
}

bool Cleaning::is_all_terms(std::u32string_view run) const {
  for (std::size_t at = 0; at < run.size();) {
    const auto length = piece_length(run, at, true);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

// 0: unknown. A single ideograph is a term only where all others are terms too.
std::size_t Cleaning::piece_length(std::u32string_view run, std::size_t at, bool alone) const {
  if (const auto name = lists_.names.name_within(run, at)) return name;
  const auto rest = run.substr(at, kLongestTerm);
  for (auto length = rest.size(); length >= (alone ? 1u : 2u); --length)
    if (is_term(identity::fold(identity::encode_utf8(rest.substr(0, length))))) return length;
  return 0;
}

bool Cleaning::is_term(const std::string& folded) const {
  return tables::find_allowed(folded) || lists_.site_words.contains(folded);
}

void Cleaning::drop_patterns() {
  const auto spans = lists_.patterns.find(tokens_.plain);
  auto span = spans.begin();
  for (std::size_t i = 0; i < count(); ++i) {
    const auto begin = tokens_.offsets[token(i).begin], end = tokens_.offsets[token(i).end];
    while (span != spans.end() && span->second <= begin) ++span;
    if (span != spans.end() && span->first < end) fates_[i] = Fate::Drop;
  }
}

void Cleaning::drop_names() {
  for (std::size_t i = 0; i < count(); ++i) {
    matches_.push_back(lists_.names.match(token(i).folded));
    if (matches_[i] == Match::Whole) fates_[i] = Fate::DropName;
  }
  for (std::size_t i = 0; i < count(); ++i) {
    const auto length = lists_.names.joined(tokens_.list, i);
    for (std::size_t k = 0; k < length; ++k) fates_[i + k] = Fate::DropName;
  }
}

void Cleaning::drop_titled() {
  for (std::size_t i = 0; i + 1 < count(); ++i)
    if (is_title(i)) drop_titled(i);
}

// "MR HAND" is a modality and a hand, "Mr Hand" and "MR. HAND" are a man.
bool Cleaning::is_title(std::size_t at) const {
  const auto title = title_of(token(at).folded);
  const auto gap = between(at, at + 1);
  if (title == Title::None || ends_line(gap)) return false;
  if (title == Title::Certain || has(gap, U'.')) return true;
  const auto& one = token(at);
  if (one.end - one.begin == 1) return false;
  const auto second = tokens_.points[one.begin + 1];
  if (one.capital && second >= U'a' && second <= U'z') return true;
  return !is_listed(at + 1) || matches_[at + 1] != Match::None;
}

void Cleaning::drop_titled(std::size_t title) {
  fates_[title] = Fate::Drop;
  auto at = title + 1;
  const auto goes_on = [&](std::size_t i) { return i < count() && !ends_line(between(i - 1, i)); };
  for (std::size_t between = 0; between < kMostBetween && goes_on(at); ++between, ++at) {
    const auto& word = token(at).folded;
    if (!is_particle(word) && !is_initial(at) && title_of(word) == Title::None) break;
    fates_[at] = Fate::Drop;
  }
  if (!goes_on(at) || !token(at).capital) return;
  do {
    fates_[at] = Fate::DropName;
    ++at;
  } while (goes_on(at) && between(at - 1, at) == U"-");
}

// A homonym, or a short part of a name, goes where it stands beside another part, a title or an
// initial, or where the text says that a name follows.
void Cleaning::drop_in_context() {
  for (std::size_t i = 0; i < count(); ++i) {
    const bool looked_at = matches_[i] == Match::Homonym || matches_[i] == Match::Weak;
    if (looked_at && fates_[i] == Fate::Open && is_in_context(i)) fates_[i] = Fate::DropName;
  }
}

bool Cleaning::is_in_context(std::size_t at) const {
  if (at > 0) {
    if (announces_name(token(at - 1).folded) || is_beside_name(at, at - 1)) return true;
  }
  return at + 1 < count() && is_beside_name(at, at + 1);
}

bool Cleaning::is_beside_name(std::size_t at, std::size_t other) const {
  const auto gap = between(std::min(at, other), std::max(at, other));
  if (ends_line(gap)) return false;
  if (has(gap, U'^')) return true;
  if (token(other).folded == token(at).folded) return false;
  if (fates_[other] == Fate::DropName || matches_[other] >= Match::Homonym) return true;
  const bool before = other < at;
  const auto behind = before ? gap : other + 1 < count() ? between(other, other + 1) : U".";
  return is_initial(other) && (has(gap, U',') || behind.starts_with(U'.'));
}

bool Cleaning::is_initial(std::size_t at) const {
  return token(at).folded.size() == 1 &&
         identity::is_letter(static_cast<std::uint8_t>(token(at).folded.front()));
}

void Cleaning::drop_initials() {
  for (std::size_t i = 0; i < count(); ++i) {
    const bool beside = (i > 0 && fates_[i - 1] == Fate::DropName) ||
                        (i + 1 < count() && fates_[i + 1] == Fate::DropName);
    if (beside && is_initial(i) && fates_[i] == Fate::Open) fates_[i] = Fate::Drop;
  }
}

bool Cleaning::is_allowed(std::size_t at) const {
  return lists_.mode == TextMode::BlockList || is_listed(at);
}

bool Cleaning::is_listed(std::size_t at) const {
  const auto& word = token(at).folded;
  if (lists_.site_words.contains(word)) return true;
  const auto* allowed = tables::find_allowed(word);
  if (!is_initial(at)) return allowed || lists_.patterns.is_short_number(word);
  const bool side = word == "l" || word == "r" || is_without(at);
  const bool unit = allowed && allowed->kind == tables::WordKind::Unit && at > 0 &&
                    identity::is_digit(static_cast<std::uint8_t>(token(at - 1).folded.back()));
  return side || unit;
}

// "W/O"
bool Cleaning::is_without(std::size_t at) const {
  const auto reads = [&](std::size_t first) {
    return first + 1 < count() && token(first).folded == "w" && token(first + 1).folded == "o" &&
           between(first, first + 1) == U"/";
  };
  return reads(at) || (at > 0 && reads(at - 1));
}

std::u32string_view Cleaning::between(std::size_t left, std::size_t right) const {
  const auto begin = token(left).end;
  return std::u32string_view(tokens_.points).substr(begin, token(right).begin - begin);
}

// Kept words with what stood between them; one blank, or the end of a line, where words are gone.
void Cleaning::write() {
  std::u32string text;
  std::size_t last = count();
  for (std::size_t i = 0; i < count(); ++i) {
    if (fates_[i] != Fate::Open || !is_allowed(i)) {
      ++clean_.dropped;
      continue;
    }
    if (matches_[i] == Match::Homonym) ++clean_.homonyms;
    if (last != count()) {
      const auto gap = between(last, i);
      const bool as_it_is = last + 1 == i && gap.size() <= kLongestSeparator &&
                            std::all_of(gap.begin(), gap.end(), is_harmless_separator);
      text += as_it_is ? gap : ends_line(gap) ? U"\r\n" : U" ";
    }
    text.append(tokens_.points, token(i).begin, token(i).end - token(i).begin);
    last = i;
  }
  clean_.text = identity::encode_utf8(text);
}

TextCleaner::TextCleaner(std::unique_ptr<const Lists> lists) : lists_(std::move(lists)) {}
TextCleaner::TextCleaner(TextCleaner&&) noexcept = default;
TextCleaner::~TextCleaner() = default;

base::Result<TextCleaner> TextCleaner::create(const identity::Identifiers& study,
                                              const SiteLists& site, TextMode mode) {
  auto patterns = TRY(TextPatterns::create(site.number_patterns));
  std::set<std::string> words;
  for (const auto& phrase : site.allowed_words)
    for (const auto& one : tokenise(phrase).list) words.insert(one.folded);
  return TextCleaner(std::unique_ptr<const Lists>(
      new Lists{TextNames(study, site.names), std::move(patterns), std::move(words), mode}));
}

CleanText TextCleaner::clean(std::string_view utf8) const { return Cleaning(*lists_, utf8).run(); }

}  // namespace deidentify
