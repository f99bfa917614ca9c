#include "receive/callers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace receive {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;

Address mapped(const in_addr& v4) {
  Address address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  std::memcpy(address.bytes.data() + kMapped.size(), &v4, 4);
  return address;
}

}  // namespace

bool Address::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  const auto* begin = is_v4() ? bytes.data() + kMapped.size() : bytes.data();
  inet_ntop(is_v4() ? AF_INET : AF_INET6, begin, buffer, sizeof buffer);
  return buffer;
}

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  in_addr v4{};
  if (inet_pton(AF_INET, copy.c_str(), &v4) == 1) return mapped(v4);
  Address address;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

Address address_of(const sockaddr_storage& socket_address) {
  Address address;
  if (socket_address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &socket_address, sizeof v4);
    return mapped(v4.sin_addr);
  }
  if (socket_address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &socket_address, sizeof v6);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, address.bytes.size());
  }
  return address;
}

bool Network::contains(const Address& other) const {
  const unsigned whole = bits / 8, rest = bits % 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin()))
    return false;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
  return ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network{*address, 128};
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), bits);
  if (error != std::errc() || end != digits.end() || bits > (v4 ? 32u : 128u)) return std::nullopt;
  return Network{*address, v4 ? kMappedBits + bits : bits};
}

bool CertificateName::is_of(const tls::Proof& proof) const {
  if (proof.fingerprint.empty()) return false;
  if (kind == Kind::Fingerprint) return proof.fingerprint == text;
  if (kind == Kind::Subject) return proof.subject == text;
  return std::find(proof.dns_names.begin(), proof.dns_names.end(), text) != proof.dns_names.end();
}

std::optional<CertificateName> parse_certificate_name(std::string_view text) {
  using Kind = CertificateName::Kind;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view form = text.substr(0, colon);
  std::string name(text.substr(std::min(colon + 1, text.size())));
  if (name.empty()) return std::nullopt;
  if (form == "subject") return CertificateName{Kind::Subject, name};
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  if (form == "dns") return CertificateName{Kind::DNSName, name};
  std::erase(name, ':');
  const auto digest = base::from_hex(name);
  if (form != "sha256" || !digest || digest->size() != 32) return std::nullopt;
  return CertificateName{Kind::Fingerprint, name};
}

bool AllowedCaller::is_named(std::string_view calling_ae_title, const Address& address) const {
  return (ae_title == "*" || ae_title == calling_ae_title) &&
         (!network || network->contains(address));
}

bool AllowedCaller::is_proved(const Peer& peer) const {
  if (certificate) return peer.proof && certificate->is_of(*peer.proof);
  return !tls || peer.proof;
}

bool may_call(const std::vector<AllowedCaller>& callers, std::string_view calling_ae_title,
              const Peer& peer) {
  return std::any_of(callers.begin(), callers.end(), [&](const AllowedCaller& caller) {
    return caller.is_named(calling_ae_title, peer.address) && caller.is_proved(peer);
  });
}

std::string missing_proof(const std::vector<AllowedCaller>& callers,
                          std::string_view calling_ae_title, const Peer& peer) {
  const bool named = std::any_of(callers.begin(), callers.end(), [&](const AllowedCaller& caller) {
    return caller.is_named(calling_ae_title, peer.address);
  });
  if (!named) return "";
  if (!peer.proof) return "it may call over TLS alone";
  if (peer.proof->fingerprint.empty()) return "it has to show a certificate";
  return "its certificate is another: sha256:" + peer.proof->fingerprint;
}

bool may_call_from(const std::vector<AllowedCaller>& callers, const Address& peer) {
  return std::any_of(callers.begin(), callers.end(), [&](const AllowedCaller& caller) {
    return !caller.network || caller.network->contains(peer);
  });
}

}  // namespace receive
