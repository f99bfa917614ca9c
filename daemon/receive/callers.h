// Who may call: AE title, address or both. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr_storage;

namespace receive {

// IPv6, or IPv4 mapped into it (::ffff:a.b.c.d), so that one comparison serves both.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const Address&, const Address&) = default;
  bool is_v4() const;
  std::string text() const;  // "10.1.2.3", "2001:db8::1": never a mapped form
};
std::optional<Address> parse_address(std::string_view text);
Address address_of(const sockaddr_storage& socket_address);

struct Network {
  Address address;
  unsigned bits = 0;  // of the 128
  bool contains(const Address& other) const;
};
// "10.1.2.3", "10.1.2.0/24", "2001:db8::/32"; nullopt: neither.
std::optional<Network> parse_network(std::string_view text);

struct AllowedCaller {
  std::string ae_title;            // "*": any
  std::optional<Network> network;  // nullopt: any
};
bool may_call(const std::vector<AllowedCaller>& callers, std::string_view calling_ae_title,
              const Address& peer);
// Whether any caller could come from there: if not, nothing that it says matters.
bool may_call_from(const std::vector<AllowedCaller>& callers, const Address& peer);

}  // namespace receive
