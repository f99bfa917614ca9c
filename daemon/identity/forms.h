// The written forms of an identifier: what an administrator, a physician or a machine makes of it,
// in every encoding that DICOM knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "identity/identifiers.h"

namespace identity {

// What must stand beside a form for it to be one.
enum class Border : std::uint8_t {
  None,    // ideographs: words are not separated
  Word,    // no letter or digit
  Number,  // no letter or digit, nor a point with a digit: "12345" is not part of 1.12345
  Date,    // left as Number, right anything (a time may follow)
  Uid,     // left as Number, right anything but a digit (further components may follow)
};

struct Form {
  base::Bytes bytes;  // ASCII letters in lower case
  Kind kind = Kind::Name;
  Border border = Border::Word;
};

// Forms to search for in bytes; none when the identifier is short or a term of the trade.
std::vector<Form> written_forms(const Identifier& identifier);
// Folded texts that, as the whole of a value, mean this identifier though it is too short to be
// searched for.
std::vector<std::string> short_forms(const Identifier& identifier);

// "20230517" in the twelve ways to write a day; empty when it is not a day of this or the last two
// centuries.
std::vector<std::string> written_dates(std::string_view yyyymmdd);

}  // namespace identity
