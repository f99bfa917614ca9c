// What is sealed for the recipient: cover and grants (docs/share.md section 6). Typed and checked;
// the JSON stays inside this room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "share/link.h"

namespace share {

using Digest = std::array<std::uint8_t, 32>;

enum class Scope : std::uint8_t { View = 1, Take = 2 };
enum class Role : std::uint8_t {
  Package = 1,
  Index = 2,
  Preview = 3,
  PreviewIndex = 4,
  Overlay = 5,
};
bool allows(Scope scope, Role role);  // view: 3, 4, 5; take: 1, 2, 5
const char* word(Scope scope);        // "view", "take"

// Read by whoever holds the link: no patient, no study.
struct Cover {
  std::string sender;    // "St. Example Hospital, Radiology"
  std::string contact;   // a telephone number or address to ask at
  std::string code_by;   // how the code comes: "agreed", "operator", ...; empty in mode 0
  std::string language;  // "en"
};
base::Result<std::string> write_cover(const Cover& cover);
base::Result<Cover> parse_cover(std::string_view json);

struct GrantedBlob {
  Id id{};
  Role role{};
  base::SecretBytes key;            // 32
  std::uint64_t length = 0;         // n: of the content, without padding
  std::uint64_t sealed_length = 0;  // of the blob
  Digest sums{};                    // h(sums)
  Digest sha256{};                  // h(content)
};

struct Grant {
  Id share{};
  Scope scope{};
  std::uint32_t arm = 1;
  std::uint32_t issue = 1;
  std::uint32_t study_revision = 1;
  base::UnixSeconds issued = 0;
  base::UnixSeconds not_after = 0;
  base::UnixSeconds fresh_until = 0;
  std::string sender;
  std::vector<GrantedBlob> blobs;
};
// Both refuse a role that the scope does not allow, lengths that contradict each other, a repeated
// blob id, and fresh_until after not_after. Parsing does not judge the time.
base::Result<std::string> write_grant(const Grant& grant);  // holds keys: the caller wipes it
base::Result<Grant> parse_grant(std::string_view json);

}  // namespace share
