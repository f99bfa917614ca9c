// The dictionary of PS3.6: look-ups in the table that scripts/make_dictionary generates.
#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include "dicom/tag.h"

namespace dicom {
namespace {

struct Repeating {
  DictionaryEntry entry;  // its tag is the first of the range
  Tag last;
};

#include "dicom_dictionary.inc"

bool covers(const Repeating& range, Tag tag) {
  return tag.group % 2 == 0 && tag.group >= range.entry.tag.group &&
         tag.group <= range.last.group && tag.element >= range.entry.tag.element &&
         tag.element <= range.last.element;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein, letters of either case alike.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::vector<const DictionaryEntry*> by_keyword() {
  std::vector<const DictionaryEntry*> sorted;
  for (const auto& entry : kSingle) sorted.push_back(&entry);
  for (const auto& range : kRepeating) sorted.push_back(&range.entry);
  // Where a retired attribute had the keyword of a later one, the table's order decides.
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](auto* a, auto* b) { return a->keyword < b->keyword; });
  return sorted;
}

}  // namespace

const DictionaryEntry* find_entry(Tag tag) {
  const auto* found =
      std::lower_bound(std::begin(kSingle), std::end(kSingle), tag,
                       [](const DictionaryEntry& entry, Tag wanted) { return entry.tag < wanted; });
  if (found != std::end(kSingle) && found->tag == tag) return found;
  for (const auto& range : kRepeating)
    if (covers(range, tag)) return &range.entry;
  return nullptr;
}

const DictionaryEntry* find_entry(std::string_view keyword) {
  static const auto sorted = by_keyword();
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), keyword,
                       [](auto* entry, auto wanted) { return entry->keyword < wanted; });
  return found != sorted.end() && (*found)->keyword == keyword ? *found : nullptr;
}

std::string_view nearest_keyword(std::string_view misspelt) {
  std::string_view nearest;
  if (misspelt.size() > 64) return nearest;
  std::size_t best = std::max<std::size_t>(2, misspelt.size() / 4) + 1;
  for (const auto& entry : kSingle) {
    const auto size = entry.keyword.size();
    if (std::max(size, misspelt.size()) - std::min(size, misspelt.size()) >= best) continue;
    const auto here = distance(misspelt, entry.keyword);
    if (here >= best) continue;
    best = here;
    nearest = entry.keyword;
  }
  return nearest;
}

}  // namespace dicom
