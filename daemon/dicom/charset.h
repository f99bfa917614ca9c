// Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1): text to UTF-8, ISO 2022 escapes split by
// ourselves and the pieces given to iconv.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicom {

// `character_set`: the values of (0008,0005), as read; empty means ISO_IR 6. nullopt when a term is
// unknown or the bytes cannot be decoded and are not plain ASCII. Give it an element's whole value
// and split that at backslashes afterwards: in some character sets the second byte of a character
// looks like one.
std::optional<std::string> to_utf8(std::string_view text,
                                   const std::vector<std::string>& character_set);

// The way back: bytes that to_utf8 reads as this text under these terms, each value of it in the
// character sets of the first term again. nullopt when they cannot hold it.
std::optional<std::string> from_utf8(std::string_view utf8,
                                     const std::vector<std::string>& character_set);

// For bytes that cannot be decoded: the same text for the same bytes.
std::string latin1_to_utf8(std::string_view bytes);

// The values of (0008,0005) from its bytes: split at backslashes only ("ISO_IR 100" is one term),
// an empty first one kept.
std::vector<std::string> character_set_terms(std::string_view value);

}  // namespace dicom
