#include "portal/config.h"

#include <arpa/inet.h>

#include <charconv>

#include "settings/schema.h"
#include "settings/values.h"

namespace portal {
namespace {

using settings::Key;
using settings::Kind;

std::string check_listen(const std::string& text) {
  ListenAddress address;
  return parse_listen(text, address) ? "" : "must be address:port, such as [::]:443";
}

std::string check_origin(const std::string& text) {
  const bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://")) return "must begin with https://";
  const std::string rest = text.substr(secure ? 8 : 7);
  const bool plain = rest.find_first_of("/?#@ \\") == std::string::npos;
  if (rest.empty() || !plain) return "must be an origin: scheme, host and port, nothing after";
  for (const char c : rest)
    if (c <= 0x20 || c > 0x7E) return "must be printable ASCII (write the name in its xn-- form)";
  return "";
}

settings::Table<PublicSide> public_table() {
  settings::Table<PublicSide> table;
  table
      .add(&PublicSide::listen, {.name = "listen",
                                 .doc = "Where recipients come to.",
                                 .fallback = "\"[::]:443\"",
                                 .form = "address:port",
                                 .check = check_listen})
      .add(&PublicSide::certificate,
           {.name = "certificate", .doc = "PEM file: certificate and its chain."})
      .add(&PublicSide::key, {.name = "key", .doc = "PEM file: private key."})
      .add(&PublicSide::origin, {.name = "origin",
                                 .doc = "What links begin with.",
                                 .form = "https://share.example.org",
                                 .required = true,
                                 .check = check_origin})
      .add(&PublicSide::page_origin, {.name = "page_origin",
                                      .doc = "Another origin whose page may ask this portal.",
                                      .form = "https://page.example.org",
                                      .check = check_origin})
      .add(&PublicSide::insecure_loopback,
           {.name = "insecure_loopback",
            .kind = Kind::Flag,
            .doc = "Plain HTTP, accepted on a loopback address only.",
            .fallback = "false"});
  return table;
}

settings::Table<UploadSide> upload_table() {
  settings::Table<UploadSide> table;
  table
      .add(&UploadSide::listen, {.name = "listen",
                                 .doc = "Where the hospital's daemon comes to.",
                                 .fallback = "\"[::]:8444\"",
                                 .form = "address:port",
                                 .check = check_listen})
      .add(&UploadSide::key,
           {.name = "key",
            .doc = "PEM file: private key and certificate, as `dcmcourier-portal pair` writes it.",
            .required = true})
      .add(&UploadSide::client_pin, {.name = "client_pin",
                                     .doc = "The daemon's public key, as `dcmcourier pair` prints.",
                                     .form = "sha256:HEX",
                                     .required = true,
                                     .check = settings::check_pin});
  return table;
}

Key count(std::string name, std::string fallback, std::int64_t least, std::int64_t most) {
  return {.name = std::move(name),
          .kind = Kind::Number,
          .fallback = std::move(fallback),
          .least = least,
          .most = most};
}

settings::Table<Limits> limits_table() {
  settings::Table<Limits> table;
  table.add(&Limits::connections, count("connections", "512", 1, 100'000))
      .add(&Limits::connections_per_address, count("connections_per_address", "64", 1, 100'000))
      .add(&Limits::requests_per_minute, count("requests_per_minute", "600", 1, 1'000'000))
      .add(&Limits::failures_per_minute, count("failures_per_minute", "30", 1, 1'000'000))
      .add(&Limits::threads, count("threads", "8", 2, 64))
      .add(&Limits::blob_size, {.name = "blob_size", .kind = Kind::Size, .fallback = "1 TiB"})
      .add(&Limits::keep_free, {.name = "keep_free", .kind = Kind::Size, .fallback = "1 GiB"})
      .add(&Limits::header_seconds, {.name = "header_time",
                                     .kind = Kind::Duration,
                                     .fallback = "15s",
                                     .least = 1,
                                     .most = 60})
      .add(&Limits::unfinished_seconds,
           {.name = "keep_unfinished", .kind = Kind::Duration, .fallback = "7d", .least = 1})
      .add(&Limits::event_seconds,
           {.name = "keep_events", .kind = Kind::Duration, .fallback = "90d", .least = 86400});
  return table;
}

settings::Table<Config> config_table() {
  settings::Table<Config> table;
  table
      .section(&Config::public_side,
               {.name = "public", .doc = "The side of the recipients.", .required = true},
               public_table())
      .section(&Config::upload,
               {.name = "upload", .doc = "The side of the hospital.", .required = true},
               upload_table())
      .add(&Config::directory, {.name = "directory",
                                .doc = "Where ciphertext and the database are kept.",
                                .fallback = "/var/lib/dcmcourier-portal",
                                .check = settings::check_folder})
      .section(&Config::limits, {.name = "limits", .doc = "What one portal bears."},
               limits_table());
  return table;
}

void check_whole(const Config& config, const settings::Node& root,
                 settings::Complaints& complaints) {
  const settings::Node* side = root.find("public");
  if (side == nullptr) return;
  ListenAddress address;
  const bool listens = parse_listen(config.public_side.listen, address);
  if (config.public_side.insecure_loopback) {
    if (listens && !is_loopback(address.host))
      complaints.add(*side, "insecure_loopback with an address that is not loopback",
                     "listen on 127.0.0.1 or [::1], or configure certificate and key");
  } else if (config.public_side.certificate.empty() || config.public_side.key.empty()) {
    complaints.add(*side, "certificate and key are missing");
  }
}

}  // namespace

bool parse_listen(const std::string& text, ListenAddress& into) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return false;
  unsigned char buffer[16];
  const bool address = host.empty() || inet_pton(AF_INET, host.c_str(), buffer) == 1 ||
                       inet_pton(AF_INET6, host.c_str(), buffer) == 1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, into.port);
  into.host = host.empty() ? "::" : host;
  return address && error == std::errc() && stop == end;
}

bool is_loopback(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "::1";
}

LoadedConfig load_config(const std::string& path) {
  LoadedConfig loaded;
  settings::Complaints complaints;
  const auto file = settings::read_yaml_file(path, complaints);
  if (file.root) {
    config_table().read(*file.root, loaded.config, complaints);
    check_whole(loaded.config, *file.root, complaints);
  }
  for (const auto& complaint : complaints.in_order({path}))
    loaded.complaints.push_back(settings::to_string(complaint));
  return loaded;
}

}  // namespace portal
