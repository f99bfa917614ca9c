#include <algorithm>

#include "identity/fold.h"
#include "identity/forms.h"
#include "identity/identifiers.h"
#include "identity/matcher.h"

namespace identity {
namespace {

constexpr std::size_t kShortestInBytes = 5;
constexpr std::size_t kShortestInPixels = 8;
constexpr std::size_t kMostForms = 2'000'000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

}  // namespace

struct Searcher::Automaton {
  explicit Automaton(std::vector<Form> list, std::vector<std::string> values)
      : forms(std::move(list)),
        whole_values(std::move(values)),
        in_bytes(forms, kShortestInBytes),
        in_pixels(forms, kShortestInPixels) {}
  std::vector<Form> forms;
  std::vector<std::string> whole_values;  // sorted
  Matcher in_bytes;
  Matcher in_pixels;
};

Searcher::Searcher(std::unique_ptr<Automaton> automaton) : automaton_(std::move(automaton)) {}
Searcher::Searcher(Searcher&&) noexcept = default;
Searcher& Searcher::operator=(Searcher&&) noexcept = default;
Searcher::~Searcher() = default;

base::Result<Searcher> Searcher::create(const Identifiers& identifiers) {
  std::vector<Form> forms;
  std::vector<std::string> values;
  for (const auto& identifier : identifiers.reveal()) {
    for (auto& form : written_forms(identifier)) forms.push_back(std::move(form));
    for (auto& value : short_forms(identifier)) values.push_back(std::move(value));
    if (forms.size() > kMostForms)
      return base::reject("identity.search", "the study has too many identifiers");
  }
  std::sort(values.begin(), values.end());
  return Searcher(std::make_unique<Automaton>(std::move(forms), std::move(values)));
}

std::optional<Searcher::Hit> Searcher::find(base::ByteView whole) const {
  const auto found = automaton_->in_bytes.find({whole, 0, whole.size(), true});
  return found ? std::optional(Hit{found->form->kind, found->end}) : std::nullopt;
}

std::optional<Searcher::Hit> Searcher::find_text(std::string_view utf8) const {
  if (const auto hit = find(base::as_bytes(utf8))) return hit;
  if (!is_ascii(utf8)) {
    const auto folded = fold(utf8);
    if (const auto hit = find(base::as_bytes(folded))) return hit;
  }
  return is_whole_value(utf8) ? std::optional(Hit{Kind::Id, utf8.size()}) : std::nullopt;
}

bool Searcher::is_whole_value(std::string_view utf8) const {
  const auto& values = automaton_->whole_values;
  return std::binary_search(values.begin(), values.end(), fold(trimmed(utf8)));
}

Searcher::Pass::Pass(const Searcher& searcher, bool in_pixels)
    : searcher_(&searcher), in_pixels_(in_pixels) {}

std::optional<Searcher::Hit> Searcher::Pass::look(base::ByteView bytes, std::size_t first,
                                                  std::size_t last, bool at_end) const {
  const auto& automaton = *searcher_->automaton_;
  const auto& matcher = in_pixels_ ? automaton.in_pixels : automaton.in_bytes;
  const auto found = matcher.find({bytes, first, last, at_end});
  return found ? std::optional(Hit{found->form->kind, found->end}) : std::nullopt;
}

// Remembers of `bytes`, whose starts before `searched` are done, what the next piece needs.
void Searcher::Pass::keep(base::ByteView bytes, std::size_t searched) {
  const auto drop = searched > Matcher::kContext ? searched - Matcher::kContext : 0;
  tail_ = base::to_bytes(bytes.subspan(drop));
  searched_ = searched - drop;
  offset_ += drop;
}

std::optional<Searcher::Hit> Searcher::Pass::feed(base::ByteView piece) {
  const auto& automaton = *searcher_->automaton_;
  const auto reach = automaton.in_bytes.longest() + Matcher::kContext;
  return piece.size() > 4 * reach ? feed_large(piece) : feed_small(piece);
}

std::optional<Searcher::Hit> Searcher::Pass::feed_small(base::ByteView piece) {
  const auto reach = searcher_->automaton_->in_bytes.longest() + Matcher::kContext;
  base::Bytes all = std::move(tail_);
  base::append(all, piece);
  const auto last = std::max(searched_, all.size() > reach ? all.size() - reach : 0);
  auto hit = look(all, searched_, last, false);
  if (hit) hit->offset += offset_;
  keep(all, last);
  return hit;
}

// The seam is put together apart, so that a large piece is searched where it lies.
std::optional<Searcher::Hit> Searcher::Pass::feed_large(base::ByteView piece) {
  const auto reach = searcher_->automaton_->in_bytes.longest() + Matcher::kContext;
  base::Bytes seam = tail_;
  base::append(seam, piece.first(2 * reach));
  const auto piece_begins = offset_ + tail_.size();
  auto hit = look(seam, searched_, tail_.size() + Matcher::kContext, false);
  if (hit) hit->offset += offset_;
  const auto last = piece.size() - reach;
  if (!hit) {
    hit = look(piece, Matcher::kContext, last, false);
    if (hit) hit->offset += piece_begins;
  }
  offset_ = piece_begins;
  keep(piece, last);
  return hit;
}

std::optional<Searcher::Hit> Searcher::Pass::finish() {
  auto hit = look(tail_, searched_, tail_.size(), true);
  if (hit) hit->offset += offset_;
  offset_ += tail_.size();
  tail_.clear();
  searched_ = 0;
  return hit;
}

}  // namespace identity
