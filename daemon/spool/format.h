// The spool: one folder an association, one sealed file an instance (docs/spool.md).
//
//   spool/key.pub                        the point that receiving seals to (65 bytes), by dispatch
//   spool/<association, 32 hex>/origin   what the parent knew before the child began (JSON)
//   spool/<association>/<sequence>.dcms  header (98 bytes) || sealed stream of a Part 10 file
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"

namespace spool {

inline constexpr std::size_t kHeaderSize = 98;

struct Header {
  std::array<std::uint8_t, 8> key_id{};
  std::array<std::uint8_t, 16> association{};
  std::array<std::uint8_t, 65> ephemeral_point{};
  std::uint32_t sequence = 0;
};
std::array<std::uint8_t, kHeaderSize> write_header(const Header& header);
base::Result<Header> parse_header(base::ByteView bytes);

std::array<std::uint8_t, 8> key_id(base::ByteView spool_point);
// HKDF over the ECDH product (docs/spool.md); either side computes the same.
base::Result<base::SecretBytes> association_key(const Header& header,
                                                const base::SecretBytes& scalar,
                                                base::ByteView other_point,
                                                base::ByteView spool_point);
base::Bytes associated_data(base::ByteView header_bytes);  // L("spool") || header

std::string file_name(std::uint32_t sequence);                        // "1.dcms"
std::optional<std::uint32_t> parse_file_name(std::string_view name);  // nothing but that form

// Written by receive's parent, synced, before the child has the socket. Routes trust only these.
struct Origin {
  std::string listener;      // "[::]:11112"
  std::string peer_address;  // "10.1.2.3"
  std::string certificate;   // empty in this version: not known yet when this is written
  std::int64_t opened_at = 0;
};
std::string write_origin(const Origin& origin);
base::Result<Origin> parse_origin(std::string_view text);

}  // namespace spool
