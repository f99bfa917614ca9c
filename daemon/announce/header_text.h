// What stands in a mail's header and body: text from outside made harmless, then encoded
// (RFC 2047 words, RFC 2045 quoted-printable). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace announce {

// One line of valid UTF-8, at most 200 bytes: controls (line ends, U+0080 to U+009F, directional
// overrides, line separators) become spaces, broken sequences become '?'.
std::string one_line(std::string_view text);

// A mail address that needs no quoting: printable ASCII, one '@', at most 254 characters, none of
// the characters that end an address in a header or a command.
bool is_plain_address(std::string_view address);

// "Subject: ..." folded to lines of at most 76 characters, with its CRLF.
std::string unstructured_header(std::string_view name, std::string_view text);
// "To: \"Dr. A. Okafor\" <okafor@clinic.example>"; the address has been checked.
std::string address_header(std::string_view name, std::string_view person,
                           std::string_view address);
std::string date_text(base::UnixSeconds at);  // "Sun, 22 Nov 2026 03:54:18 +0000"

// UTF-8 text with '\n' line ends to quoted-printable with CRLF.
std::string quoted_printable(std::string_view text);

}  // namespace announce
