// Link and code (docs/share.md section 3). Pure: hashing is an argument.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"

namespace share {

using Id = std::array<std::uint8_t, 16>;                                   // of a share or a blob
using Hash = std::function<std::array<std::uint8_t, 32>(base::ByteView)>;  // SHA-256

enum class Mode : std::uint8_t { LinkOnly = 0, Code = 1, Phrase = 2 };

struct Link {
  std::string origin;  // "https://share.example.org"
  Id id{};
  Mode mode{};
  base::SecretBytes secret;  // 32
  bool repaired = false;     // its # had been mangled to %23 or %2523
};

std::string write_link(std::string_view origin, const Id& id, Mode mode,
                       const base::SecretBytes& secret, const Hash& hash);
// False when the fragment would end in '-' or '_' and the secret must be drawn again.
bool good_secret(const Id& id, Mode mode, const base::SecretBytes& secret, const Hash& hash);
// Accepts #, %23 and %2523, spaces around it and angle brackets; Reject with a hint a person can
// act on.
base::Result<Link> parse_link(std::string_view text, const Hash& hash);

std::string id_text(const Id& id);  // base64url, 22 characters
std::optional<Id> parse_id(std::string_view text);

// A code of 12 symbols from 8 random bytes or more; shown as XXXX-XXXX-XXXX by code_for_people.
std::string make_code(base::ByteView random);  // at least 12 random bytes
std::string code_for_people(std::string_view code);
// The normal form; nullopt when it cannot be a code of this mode (and must not count as an
// attempt).
std::optional<std::string> normal_code(Mode mode, std::string_view typed);

// Padded length of a blob's content of n >= 1 bytes (docs/share.md section 5).
std::uint64_t padded_size(std::uint64_t n);

}  // namespace share
