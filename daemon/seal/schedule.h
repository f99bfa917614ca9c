// The key schedule of the share (docs/share.md section 4 and 5), and L(x).
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/secret_bytes.h"
#include "seal/primitives.h"

namespace seal {

base::Bytes label(std::string_view x);  // ASCII "dcmcourier/1 " || x || 0x00

// What follows from the secret alone.
struct LinkKeys {
  base::SecretBytes link_proof, cover_key, code_salt;
};
LinkKeys link_keys(std::uint8_t mode, base::ByteView share_id, const base::SecretBytes& secret);

// What follows from root.
struct RootKeys {
  base::SecretBytes code_proof, receipt_key, view_key, view_check, take_key, take_check;
};
// `normal_code`: normal form of the code; empty for mode 0 (share::normal_code makes it).
base::SecretBytes root(std::uint8_t mode, base::ByteView share_id, const base::SecretBytes& secret,
                       std::string_view normal_code);
RootKeys root_keys(std::uint8_t mode, base::ByteView share_id, const base::SecretBytes& root);

// Associated data of what is sealed for a share.
base::Bytes blob_ad(base::ByteView blob_id, std::uint8_t role);
base::Bytes cover_ad(std::uint8_t mode, base::ByteView share_id, std::uint32_t arm);
base::Bytes grant_ad(std::uint8_t mode, base::ByteView share_id, std::uint8_t scope,
                     std::uint32_t arm, std::uint32_t issue);

}  // namespace seal
