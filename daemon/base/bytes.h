// Bytes and their text forms: hex, and base64url without padding (strict: another alphabet, another
// length or non-zero spare bits are refused).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

std::string to_hex(ByteView bytes);                    // lower case
std::optional<Bytes> from_hex(std::string_view text);  // either case, even length
std::string to_base64url(ByteView bytes);              // no padding
std::optional<Bytes> from_base64url(std::string_view text);

void append(Bytes& to, ByteView bytes);
void append_u32_be(Bytes& to, std::uint32_t value);
void append_u64_be(Bytes& to, std::uint64_t value);
std::uint32_t read_u32_be(ByteView four);   // at least 4 bytes
std::uint64_t read_u64_be(ByteView eight);  // at least 8 bytes

// True when both are equal; takes the same time whatever differs (lengths are not secret).
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace base
