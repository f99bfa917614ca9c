#include "spool/format.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "seal/primitives.h"
#include "seal/schedule.h"

namespace spool {
namespace {

constexpr std::uint8_t kMagic[5] = {'D', 'C', 'M', 'S', 0x01};
constexpr std::size_t kOriginLimit = 4096;
// The one behind it must be countable too, for whoever counts with a sign.
constexpr std::uint64_t kLastSequence = 0x7FFFFFFE;

}  // namespace

std::array<std::uint8_t, kHeaderSize> write_header(const Header& header) {
  base::Bytes bytes;
  bytes.reserve(kHeaderSize);
  base::append(bytes, kMagic);
  base::append(bytes, header.key_id);
  base::append(bytes, header.association);
  base::append(bytes, header.ephemeral_point);
  base::append_u32_be(bytes, header.sequence);
  std::array<std::uint8_t, kHeaderSize> result{};
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

base::Result<Header> parse_header(base::ByteView bytes) {
  if (bytes.size() < kHeaderSize) return base::reject("spool.header", "shorter than a header");
  if (!std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin()))
    return base::reject("spool.header", "not a spool file of version 1");
  Header header;
  base::ByteView rest = bytes.subspan(sizeof kMagic);
  const auto take = [&rest](auto& into) {
    std::copy_n(rest.begin(), into.size(), into.begin());
    rest = rest.subspan(into.size());
  };
  take(header.key_id);
  take(header.association);
  take(header.ephemeral_point);
  header.sequence = base::read_u32_be(rest);
  if (header.sequence == 0) return base::reject("spool.header", "sequence 0");
  return header;
}

std::array<std::uint8_t, 8> key_id(base::ByteView spool_point) {
  const seal::Digest digest = seal::sha256(spool_point);
  std::array<std::uint8_t, 8> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

base::Result<base::SecretBytes> association_key(const Header& header,
                                                const base::SecretBytes& scalar,
                                                base::ByteView other_point,
                                                base::ByteView spool_point) {
  const base::SecretBytes product = TRY(seal::ecdh_p256(scalar, other_point));
  base::Bytes info = seal::label("association");
  base::append(info, header.key_id);
  base::append(info, header.association);
  base::append(info, header.ephemeral_point);
  base::append(info, spool_point);
  return seal::hkdf(product.view(), {}, info, 32);
}

base::Bytes associated_data(base::ByteView header_bytes) {
  base::Bytes data = seal::label("spool");
  base::append(data, header_bytes);
  return data;
}

std::string file_name(std::uint32_t sequence) { return std::to_string(sequence) + ".dcms"; }

std::optional<std::uint32_t> parse_file_name(std::string_view name) {
  constexpr std::string_view kEnd = ".dcms";
  if (!name.ends_with(kEnd)) return std::nullopt;
  name.remove_suffix(kEnd.size());
  if (name.empty() || name.size() > 10 || name.front() == '0') return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (number > kLastSequence) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::string write_origin(const Origin& origin) {
  const nlohmann::json json = {{"v", 1},
                               {"listener", origin.listener},
                               {"peer_address", origin.peer_address},
                               {"certificate", origin.certificate},
                               {"opened_at", origin.opened_at}};
  return json.dump() + "\n";
}

base::Result<Origin> parse_origin(std::string_view text) {
  if (text.size() > kOriginLimit) return base::reject("spool.origin", "larger than expected");
  try {
    const auto json = nlohmann::json::parse(text);
    if (!json.at("opened_at").is_number_integer())
      return base::reject("spool.origin", "a time that is not a whole number");
    if (json.at("v") != 1) return base::reject("spool.origin", "not of version 1");
    Origin origin;
    json.at("listener").get_to(origin.listener);
    json.at("peer_address").get_to(origin.peer_address);
    json.at("certificate").get_to(origin.certificate);
    json.at("opened_at").get_to(origin.opened_at);
    return origin;
  } catch (const nlohmann::json::exception&) {
    return base::reject("spool.origin", "not the JSON that receiving writes");
  }
}

}  // namespace spool
