// The residual scan's search: a stream is searched the same in whatever pieces it comes, and an
// identifier that stands in it between spaces is found.
#include "fuzz.h"
#include "identity/fold.h"
#include "identity/identifiers.h"

namespace {

using identity::Identifier;
using identity::Searcher;

std::vector<Identifier> identifiers_of(fuzz::Input& input) {
  std::vector<Identifier> list;
  for (int count = 1 + input.byte() % 4; count > 0; --count) {
    auto text = input.text();
    if (auto identifier = identity::parse_identifier(text)) {
      HOLDS(identity::written(*identifier) == text);
      list.push_back(std::move(*identifier));
    }
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

std::optional<std::uint64_t> search(const Searcher& searcher, bool in_pixels, base::ByteView whole,
                                    std::size_t piece) {
  Searcher::Pass pass(searcher, in_pixels);
  for (std::size_t at = 0; at < whole.size(); at += piece)
    if (const auto hit = pass.feed(whole.subspan(at, std::min(piece, whole.size() - at))))
      return hit->offset;
  const auto hit = pass.finish();
  return hit ? std::optional(hit->offset) : std::nullopt;
}

// Long enough to be searched for in bytes, and of one word that no header holds anyway.
bool is_searched(const Identifier& identifier) {
  return identifier.kind == identity::Kind::Id && identifier.text.size() >= 8 &&
         std::all_of(identifier.text.begin(), identifier.text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto list = identifiers_of(input);
  auto searcher = Searcher::create(identity::Identifiers(list));
  if (!searcher.ok()) return 0;
  const std::size_t piece = 1 + input.byte();
  const auto hay = input.rest();
  const auto found = searcher.value().find(hay);
  HOLDS(!found || found->offset <= hay.size());
  for (const std::size_t size_of_piece : {piece, std::size_t{1}, hay.size() + 1})
    HOLDS(search(searcher.value(), false, hay, size_of_piece).has_value() == found.has_value());
  HOLDS(search(searcher.value(), true, hay, piece).has_value() ==
        search(searcher.value(), true, hay, hay.size() + 1).has_value());
  (void)searcher.value().find_text(base::as_text(hay));
  for (const auto& identifier : list) {
    if (!is_searched(identifier)) continue;
    base::Bytes planted = base::to_bytes(hay);
    base::append(planted, base::as_bytes(" " + identifier.text + " "));
    base::append(planted, hay);
    HOLDS(searcher.value().find(planted));
  }
  return 0;
}
