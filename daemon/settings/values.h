// The written forms of single values: durations, sizes, addresses. Pure; each check answers "" or
// what is wrong, without repeating the value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace settings {

std::optional<std::int64_t> parse_number(std::string_view text);    // "64", "-3"
std::optional<std::int64_t> parse_duration(std::string_view text);  // "60s", "90 min", "2w" -> s
std::optional<std::uint64_t> parse_size(std::string_view text);     // "8 GiB", "20GB", "512" -> B
std::optional<double> parse_part(std::string_view text);            // "10%" -> 0.1
std::string format_duration(std::int64_t seconds);                  // 604800 -> "7d"
std::string format_size(std::uint64_t bytes);                       // "8 GiB"

std::string check_ae_title(const std::string& text);         // PS3.5 6.2 AE: 1 to 16 characters
std::string check_caller_ae_title(const std::string& text);  // that, or "*"
std::string check_listen(const std::string& text);           // "[::]:11112", "127.0.0.1:104"
std::string check_host_port(const std::string& text);        // "share.example.org:8444"
std::string check_network(const std::string& text);          // address, or address/prefix
std::string check_portal_url(const std::string& text);       // https, http on loopback only
std::string check_mail_server(const std::string& text);      // "smtps://host[:port]", "smtp://..."
std::string check_mail_address(const std::string& text);     // RFC 5321 with a plain local part
std::string check_pin(const std::string& text);              // "sha256:" and 64 hex digits
std::string check_vault_key(const std::string& text);        // "p256:" and 130 hex digits
std::string check_credential(const std::string& text);       // "credential:NAME"
std::string check_path_or_credential(const std::string& text);  // "credential:NAME", "/etc/..."
std::string check_certificate_name(const std::string& text);    // "sha256:", "dns:", "subject:"
std::string check_folder(const std::string& text);              // an absolute path
std::string check_file(const std::string& text);                // an absolute path
std::string check_line(const std::string& text);                // one line, 1 to 200 characters
std::string check_name(const std::string& text);  // of routes and recipients: a-z 0-9 - _ .

}  // namespace settings
