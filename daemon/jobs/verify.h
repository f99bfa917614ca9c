// The job of a verify child: what work sealed, opened with dispatch's own key and judged again.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "identity/identifiers.h"
#include "jobs/packet.h"

namespace jobs {

struct BlobToVerify {
  std::array<std::uint8_t, 16> id{};
  disk::Descriptor file;
  base::SecretBytes segment_key;  // derived by dispatch from its blob key and the file's salt
  std::uint64_t length = 0;       // as work claims
  std::uint64_t sealed_length = 0;
};
struct VerifyJob {
  BlobToVerify package, index;
  bool deidentified = true;  // scan for the identifiers
  bool padded = true;
  std::uint32_t instances = 0;  // that the package must hold
  identity::Identifiers identifiers;
};
struct BlobDigests {
  base::Bytes sums;  // SHA-256 of each stored segment, one after the other
  std::array<std::uint8_t, 32> sums_sha256{};  // h(sums)
  std::array<std::uint8_t, 32> sha256{};       // of the content, without padding
};
struct VerifyReply {
  bool clean = false;
  std::string reason;  // when not; no patient data
  BlobDigests package, index;
};

}  // namespace jobs
