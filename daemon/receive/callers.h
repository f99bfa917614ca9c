// Who may call: by AE title, address, certificate. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/session.h"

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

// The certificate that a caller has to show.
struct CertificateName {
  enum class Kind { Fingerprint, DNSName, Subject };
  Kind kind = Kind::Fingerprint;
  std::string text;  // as tls::Proof has it
  bool is_of(const tls::Proof& proof) const;
};
// "sha256:<64 hex digits, colons between them or not>", "dns:NAME", "subject:NAME".
std::optional<CertificateName> parse_certificate_name(std::string_view text);

struct Peer {
  Address address;
  std::optional<tls::Proof> proof = std::nullopt;  // nullopt: no TLS
};

struct AllowedCaller {
  std::string ae_title;                                       // "*": any
  std::optional<Network> network;                             // nullopt: any
  std::optional<CertificateName> certificate = std::nullopt;  // nullopt: any, or none
  bool tls = false;                                           // over TLS alone
  bool is_named(std::string_view calling_ae_title, const Address& address) const;
  bool is_proved(const Peer& peer) const;
};
bool may_call(const std::vector<AllowedCaller>& callers, std::string_view calling_ae_title,
              const Peer& peer);
// What a peer that is named, and still may not call, has not shown; empty: nobody has its name.
std::string missing_proof(const std::vector<AllowedCaller>& callers,
                          std::string_view calling_ae_title, const Peer& peer);
// Whether any caller could come from there: if not, nothing that it says matters.
bool may_call_from(const std::vector<AllowedCaller>& callers, const Address& peer);

}  // namespace receive
