// Free text and identifiers to clean it of: the first byte chooses the list, then a line of
// identifiers (kind and text, behind each other with '|'), then the text.
#include "deidentify/text_cleaner.h"
#include "fuzz.h"
#include "identity/fold.h"
#include "identity/identifiers.h"

namespace {

identity::Identifiers identifiers_of(std::string_view line) {
  std::vector<identity::Identifier> all;
  for (std::size_t at = 0; at <= line.size() && all.size() < 50;) {
    const auto end = std::min(line.find('|', at), line.size());
    if (auto one = identity::parse_identifier(line.substr(at, end - at)))
      all.push_back(std::move(*one));
    at = end + 1;
  }
  return identity::Identifiers(std::move(all));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using deidentify::TextMode;
  fuzz::Input input(bytes, size);
  const auto mode = input.byte() % 2 == 0 ? TextMode::AllowList : TextMode::BlockList;
  const auto study = identifiers_of(input.text());
  const std::string text(base::as_text(input.rest()));
  auto cleaner = deidentify::TextCleaner::create(study, {}, mode);
  HOLDS(cleaner.ok());
  const auto once = cleaner.value().clean(text);
  HOLDS(identity::encode_utf8(identity::decode_utf8(once.text)) == once.text);
  HOLDS(once.text.size() <= 3 * text.size());
  HOLDS(once.text == cleaner.value().clean(text).text);
  HOLDS(once.text.find('@') == std::string::npos || mode == TextMode::BlockList);
  // A second pass may take more (words have come together), and in the end nothing.
  HOLDS(cleaner.value().clean(once.text).text.size() <= once.text.size());
  return 0;
}
