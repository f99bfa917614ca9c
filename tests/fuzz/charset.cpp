// Text in any character set: the first line is Specific Character Set, the rest the value.
#include "dicom/charset.h"

#include "fuzz.h"
#include "identity/fold.h"

namespace {

bool is_utf8(std::string_view text) {
  return identity::encode_utf8(identity::decode_utf8(text)) == text;
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0 && c != '\x1B'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto terms = dicom::character_set_terms(input.text());
  for (const auto& term : terms) HOLDS(term.find('\\') == std::string::npos);
  const std::string text(base::as_text(input.rest()));
  const auto decoded = dicom::to_utf8(text, terms);
  if (decoded) HOLDS(is_utf8(*decoded));
  if (is_plain(text)) HOLDS(decoded == text);
  // What one value leaves behind (a set that was designated, a half-read character) is not the next
  // one's: the converters are kept open.
  const auto other = dicom::to_utf8("\x1B$B\x3B\x33\x1B(B", {"", "ISO 2022 IR 87"});
  HOLDS(other == "\xE5\xB1\xB1");
  HOLDS(dicom::to_utf8(text, terms) == decoded);
  HOLDS(is_utf8(dicom::latin1_to_utf8(text)));
  // What was read can be written, or not at all; never as something else.
  if (const auto encoded = decoded ? dicom::from_utf8(*decoded, terms) : std::nullopt)
    HOLDS(is_plain(*encoded) || dicom::to_utf8(*encoded, terms) == decoded);
  if (const auto encoded = dicom::from_utf8(text, terms))
    HOLDS(is_plain(text) || dicom::to_utf8(*encoded, terms) == text);
  return 0;
}
