// IP addresses and networks as 128 bits, IPv4 as its mapped form.
#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "route/tree.h"

namespace route {
namespace {

using Address = std::array<unsigned char, 16>;

std::optional<Address> parse_address(std::string text) {
  if (const std::size_t zone = text.find('%'); zone != text.npos) text.resize(zone);
  Address address{};
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};
  if (inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

bool same_prefix(const Address& a, const Address& b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<unsigned char>(0xFF << (8 - bits % 8));
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

}  // namespace

bool is_in_network(const std::string& address, const std::string& network, bool& telling) {
  const std::size_t slash = network.find('/');
  const std::string base_text = network.substr(0, slash);
  const auto here = parse_address(address);
  const auto base = parse_address(base_text);
  unsigned bits = 128;
  if (slash != network.npos) {
    std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
    if (base_text.find(':') == base_text.npos) bits += 96;
  }
  telling = here && base && bits <= 128;
  return telling && same_prefix(*here, *base, bits);
}

}  // namespace route
