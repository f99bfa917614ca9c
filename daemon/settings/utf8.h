// UTF-8, checked: configuration text is valid or refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace settings {

// The offset of the first byte that is not UTF-8 (overlong forms and surrogates are not) or a
// control character other than tab, line feed and carriage return; nullopt: all is well.
std::optional<std::size_t> first_bad_byte(std::string_view text);

}  // namespace settings
