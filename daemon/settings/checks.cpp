// What single texts must look like. Each check answers "" or the reason, to follow the key's name.
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "settings/values.h"

namespace settings {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_label_character(char c) { return is_digit(c) || is_letter(c) || c == '-'; }

template <typename Predicate>
bool all_of(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

// 4, 6, or 0 for no address.
int family_of(const std::string& text) {
  unsigned char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return 4;
  return inet_pton(AF_INET6, text.c_str(), bytes) == 1 ? 6 : 0;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         all_of(label, is_label_character);
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_port(std::string_view text, std::int64_t least) {
  const auto port = parse_number(text);
  return all_of(text, is_digit) && port && *port >= least && *port <= 65535;
}

struct HostPort {
  std::string host, port;
  bool bracketed = false;
};
// "host", "host:port", "[v6]", "[v6]:port"; a colon without a port leaves port empty and is wrong.
std::optional<HostPort> split_host_port(std::string_view text) {
  HostPort split;
  split.bracketed = text.starts_with('[');
  const std::size_t end = split.bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == text.npos) return std::nullopt;
  split.host = text.substr(split.bracketed ? 1 : 0, end - (split.bracketed ? 1 : 0));
  text.remove_prefix(end + (split.bracketed ? 1 : 0));
  if (text.empty()) return split;
  if (text.front() != ':' || text.size() == 1) return std::nullopt;
  split.port = text.substr(1);
  return split;
}

bool is_host(const HostPort& at) {
  return at.bracketed ? family_of(at.host) == 6 : is_host_name(at.host);
}

bool is_loopback(const HostPort& at) {
  return at.host == "localhost" || at.host == "::1" ||
         (family_of(at.host) == 4 && at.host.starts_with("127."));
}

// RFC 5321 4.1.2: a dot-string; quoted local parts are not taken.
bool is_local_part(std::string_view local) {
  const auto is_atom = [](char c) {
    return is_digit(c) || is_letter(c) || c == '.' ||
           std::strchr("!#$%&'*+-/=?^_`{|}~", c) != nullptr;
  };
  return !local.empty() && local.size() <= 64 && all_of(local, is_atom) && local.front() != '.' &&
         local.back() != '.' && local.find("..") == local.npos;
}

// As OpenSSL prints a fingerprint, with colons, or without.
bool is_fingerprint(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ':'), text.end());
  return text.size() == 64 && all_of(text, is_hex);
}

}  // namespace

std::string check_ae_title(const std::string& text) {
  if (text.empty() || text.size() > 16) return "must have 1 to 16 characters";
  const auto allowed = [](char c) { return c >= 0x20 && c < 0x7F && c != '\\'; };
  if (!all_of(text, allowed)) return "may hold only printable ASCII without backslash";
  if (text.front() == ' ' || text.back() == ' ') return "must not begin or end with a space";
  return "";
}

std::string check_caller_ae_title(const std::string& text) {
  return text == "*" ? "" : check_ae_title(text);
}

std::string check_listen(const std::string& text) {
  const auto at = split_host_port(text);
  if (!at || at->port.empty()) return "must be ADDRESS:PORT, an IPv6 address in brackets";
  const int family = family_of(at->host);
  if (family != (at->bracketed ? 6 : 4)) return "must name an IP address, IPv6 in brackets";
  return is_port(at->port, 0) ? "" : "must have a port from 0 to 65535";
}

std::string check_host_port(const std::string& text) {
  const auto at = split_host_port(text);
  if (!at || !is_host(*at)) return "must be HOST:PORT";
  return is_port(at->port, 1) ? "" : "must be HOST:PORT with a port from 1 to 65535";
}

std::string check_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const int family = family_of(text.substr(0, slash));
  if (family == 0) return "is no IP address or network";
  if (slash == text.npos) return "";
  const std::string prefix = text.substr(slash + 1);
  const auto bits = parse_number(prefix);
  const bool good = all_of(prefix, is_digit) && bits && *bits <= (family == 4 ? 32 : 128);
  return good ? ""
              : (family == 4 ? "must have a prefix from 0 to 32"
                             : "must have a prefix from 0 to 128");
}

std::string check_portal_url(const std::string& text) {
  const bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://")) return "must begin with https://";
  std::string rest = text.substr(secure ? 8 : 7);
  if (rest.ends_with('/')) rest.pop_back();
  const auto at = split_host_port(rest);
  if (!at || !is_host(*at)) return "must be https://HOST or https://HOST:PORT, nothing behind it";
  if (!at->port.empty() && !is_port(at->port, 1)) return "must have a port from 1 to 65535";
  if (!secure && !is_loopback(*at)) return "must be https (http is for loopback hosts only)";
  return "";
}

std::string check_mail_server(const std::string& text) {
  const bool implicit = text.starts_with("smtps://");
  if (!implicit && !text.starts_with("smtp://")) {
    return "must begin with smtps:// (TLS at once) or smtp:// (STARTTLS)";
  }
  const auto at = split_host_port(std::string_view(text).substr(implicit ? 8 : 7));
  if (!at || !is_host(*at)) return "must be smtps://HOST or smtps://HOST:PORT";
  return at->port.empty() || is_port(at->port, 1) ? "" : "must have a port from 1 to 65535";
}

std::string check_mail_address(const std::string& text) {
  if (text.find_first_of("\r\n") != text.npos) return "must be one line";
  if (text.size() > 254) return "is longer than 254 characters";
  if (std::count(text.begin(), text.end(), '@') != 1)
    return "must be one mail address, NAME@DOMAIN";
  const std::size_t at = text.find('@');
  if (!is_local_part(std::string_view(text).substr(0, at))) {
    return "has a name before the @ that no mail server takes";
  }
  const std::string domain = text.substr(at + 1);
  const bool numeric = family_of(domain) != 0;
  return is_host_name(domain) && !numeric ? "" : "has no domain name behind the @";
}

std::string check_pin(const std::string& text) {
  const bool good = text.starts_with("sha256:") && text.size() == 71 &&
                    all_of(std::string_view(text).substr(7), is_hex);
  return good ? "" : "must be sha256: and 64 hex digits, as 'dcmcourier-portal pair' prints it";
}

std::string check_credential(const std::string& text) {
  const std::string_view prefix = "credential:";
  if (!text.starts_with(prefix))
    return "must be credential:NAME (secrets never stand in this file)";
  const std::string_view name = std::string_view(text).substr(prefix.size());
  const auto allowed = [](char c) { return is_label_character(c) || c == '_' || c == '.'; };
  const bool good =
      !name.empty() && name.size() <= 100 && name.front() != '.' && all_of(name, allowed);
  return good ? "" : "must name a file: letters, digits, '-', '_', '.'";
}

std::string check_path_or_credential(const std::string& text) {
  if (text.starts_with("credential:")) return check_credential(text);
  return check_folder(text).empty() ? "" : "must be an absolute path or credential:NAME";
}

std::string check_certificate_name(const std::string& text) {
  if (text.starts_with("sha256:"))
    return is_fingerprint(text.substr(7)) ? "" : "must have 64 hex digits behind sha256:";
  if (text.starts_with("dns:"))
    return is_host_name(std::string_view(text).substr(4)) ? "" : "has no host name behind dns:";
  if (text.starts_with("subject:"))
    return text.find('=') != text.npos && check_line(text).empty()
               ? ""
               : "has no name such as CN=CT01,O=Example behind subject:";
  return "must begin with sha256:, dns: or subject:";
}

std::string check_folder(const std::string& text) {
  if (!text.starts_with('/')) return "must be an absolute path";
  return text.size() <= 1024 && text.find('\n') == text.npos ? "" : "is no path";
}

std::string check_file(const std::string& text) { return check_folder(text); }

std::string check_line(const std::string& text) {
  if (text.empty() || text.size() > 200) return "must have 1 to 200 characters";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  return std::none_of(text.begin(), text.end(), control) ? "" : "must be one line";
}

std::string check_name(const std::string& text) {
  const auto allowed = [](char c) { return is_label_character(c) || c == '_' || c == '.'; };
  const bool good = !text.empty() && text.size() <= 64 && text.front() != '.' &&
                    text.front() != '-' && all_of(text, allowed);
  return good ? "" : "must be a name of 1 to 64 letters, digits, '-', '_', '.'";
}

}  // namespace settings
