// The portal's configuration (docs/portal.md), read from one YAML file; every complaint at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace portal {

struct PublicSide {
  std::string listen = "[::]:443";
  std::string certificate, key;    // PEM files
  std::string origin;              // "https://share.example.org": what links begin with
  std::string page_origin;         // another origin whose page may ask (CORS); empty: none
  bool insecure_loopback = false;  // plain HTTP, on a loopback address only
};
struct UploadSide {
  std::string listen = "[::]:8444";
  std::string key;         // PEM: private key and certificate (`pair` writes it)
  std::string client_pin;  // "sha256:<hex of SHA-256 over the client's SubjectPublicKeyInfo>"
};
struct Limits {
  unsigned connections = 512;
  unsigned connections_per_address = 64;
  unsigned requests_per_minute = 600;  // of one address
  unsigned failures_per_minute = 30;   // of one address, before the link proof
  std::uint64_t blob_size = std::uint64_t{1} << 40;
  std::uint64_t keep_free = std::uint64_t{1} << 30;  // of the disk
  std::int64_t header_seconds = 15;                  // handshake and header together
  std::int64_t unfinished_seconds = 7 * 86400;
  std::int64_t event_seconds = 90 * 86400;
  unsigned threads = 8;
};
struct Config {
  PublicSide public_side;
  UploadSide upload;
  std::string directory = "/var/lib/dcmcourier-portal";
  Limits limits;
};

struct LoadedConfig {
  Config config;                        // meaningful only without complaints
  std::vector<std::string> complaints;  // "file:line:column: what; hint"
};
LoadedConfig load_config(const std::string& path);

// "host:port", "[v6]:port" or ":port" (every address); the port may be 0.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};
bool parse_listen(const std::string& text, ListenAddress& into);
bool is_loopback(const std::string& host);

}  // namespace portal
