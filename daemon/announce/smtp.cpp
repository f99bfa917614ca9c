#include "announce/smtp.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "announce/header_text.h"
#include "base/handle.h"

namespace announce {
namespace {

constexpr std::size_t kMaxServerText = 300;
constexpr std::size_t kMaxSMTPLine = 2000;

struct Address {
  std::string url;   // with its port
  bool tls_at_once;  // smtps
  bool loopback;     // the only place where plain text is allowed
};

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

std::optional<Address> parse_server(std::string_view url) {
  const bool tls = url.starts_with("smtps://");
  if (!tls && !url.starts_with("smtp://")) return std::nullopt;
  const std::string_view rest = url.substr(tls ? 8 : 7);
  const auto bracket = rest.find(']');
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = rest.substr(0, colon);
  if (host.empty() || host.find_first_of(" /@?#\\%\"\r\n\t") != std::string_view::npos)
    return std::nullopt;
  const std::string_view port =
      colon == std::string_view::npos ? (tls ? "465" : "587") : rest.substr(colon + 1);
  if (!is_port(port)) return std::nullopt;
  std::string full(url.substr(0, tls ? 8 : 7));
  full.append(host).append(":").append(port);
  return Address{std::move(full), tls, is_loopback(host)};
}

struct Source {
  std::string_view rest;
  const std::function<bool()>& wanted;
};

std::size_t read_message(char* into, std::size_t size, std::size_t count, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (source.wanted && !source.wanted()) return CURL_READFUNC_ABORT;
  const std::size_t length = std::min(size * count, source.rest.size());
  std::memcpy(into, source.rest.data(), length);
  source.rest.remove_prefix(length);
  return length;
}

bool is_refusal(std::string_view line) { return line.starts_with('4') || line.starts_with('5'); }

// Keeps the server's last line, as printable ASCII; but what it says to the QUIT after a refusal
// does not replace the refusal.
std::size_t keep_line(char* data, std::size_t size, std::size_t count, void* user) {
  auto& line = *static_cast<std::string*>(user);
  const std::string_view said(data, size * count);
  if (said.starts_with("221") || (is_refusal(line) && !is_refusal(said))) return said.size();
  line.clear();
  for (const char c : said.substr(0, kMaxServerText))
    if (c != '\r' && c != '\n') line += c >= 0x20 && c < 0x7F ? c : '?';
  return said.size();
}

bool is_tls_trouble(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return true;
    default:
      return false;
  }
}

jobs::SendReply refusal(base::Remedy remedy, int status, std::string text) {
  return {.done = false, .remedy = remedy, .status = status, .text = std::move(text), .body = {}};
}

// The border between curl's outcomes and ours. `status` is the server's last reply.
jobs::SendReply judge(CURLcode code, int status, const std::string& line) {
  if (code == CURLE_OK)
    return {.done = true, .remedy = {}, .status = status, .text = line, .body = {}};
  if (code == CURLE_USE_SSL_FAILED)
    return refusal(base::Remedy::AskAdministrator, status,
                   "the mail server does not offer TLS (STARTTLS); nothing was sent");
  if (is_tls_trouble(code))
    return refusal(base::Remedy::AskAdministrator, status,
                   std::string("the mail server's TLS cannot be trusted: ") +
                       curl_easy_strerror(code) + "; see mail.ca_file");
  if (status >= 400 && status < 500)
    return refusal(base::Remedy::RetryLater, status, "the mail server asks to wait: " + line);
  if (status >= 500)
    return refusal(base::Remedy::AskAdministrator, status, "the mail server refused: " + line);
  return refusal(base::Remedy::RetryLater, 0,
                 std::string("the mail server cannot be reached: ") + curl_easy_strerror(code));
}

void release_list(curl_slist* list) { curl_slist_free_all(list); }
using Curl = base::Handle<CURL, curl_easy_cleanup>;
using List = base::Handle<curl_slist, release_list>;

void set_server(CURL* curl, const MailServer& server, const Address& address) {
  curl_easy_setopt(curl, CURLOPT_URL, address.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  const long tls = address.loopback && !address.tls_at_once ? CURLUSESSL_TRY : CURLUSESSL_ALL;
  curl_easy_setopt(curl, CURLOPT_USE_SSL, tls);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(server.connect_seconds));
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(server.reply_seconds));
  // Well within the time after which dispatch gives this child up and has the mail sent again.
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(2 * server.reply_seconds));
  if (server.user.empty()) return;
  const std::string password(base::as_text(server.password.view()));
  curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
}

bool has_long_line(std::string_view message) {
  while (!message.empty()) {
    const auto end = message.find('\n');
    if (std::min(end, message.size()) > kMaxSMTPLine) return true;
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  }
  return false;
}

jobs::SendReply not_a_server() {
  return refusal(base::Remedy::AskAdministrator, 0,
                 "mail.server is not smtps://host[:port] or smtp://host[:port]");
}

// QUIT's reply, while the handle ends, must not be written into a line that is gone.
jobs::SendReply perform(CURL* curl) {
  std::string line;
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_line);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &line);
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  jobs::SendReply reply = judge(code, static_cast<int>(status), line);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, nullptr);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, nullptr);
  return reply;
}

}  // namespace

jobs::SendReply log_in(const MailServer& server) {
  const auto address = parse_server(server.url);
  if (!address) return not_a_server();
  const Curl curl(curl_easy_init());
  if (!curl) return refusal(base::Remedy::RetryLater, 0, "no memory");
  set_server(curl.get(), server, *address);
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, "NOOP");
  curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  return perform(curl.get());
}

jobs::SendReply send_mail(const MailServer& server, const jobs::MailJob& job,
                          const std::function<bool()>& wanted) {
  const auto address = parse_server(server.url);
  if (!address) return not_a_server();
  if (!is_plain_address(job.to) || !is_plain_address(job.envelope_from))
    return refusal(base::Remedy::Reject, 0, "not a mail address that can be used");
  if (has_long_line(job.message))
    return refusal(base::Remedy::Reject, 0, "a line of the message is too long");

  const Curl curl(curl_easy_init());
  if (!curl) return refusal(base::Remedy::RetryLater, 0, "no memory");
  set_server(curl.get(), server, *address);
  const List recipients(curl_slist_append(nullptr, job.to.c_str()));
  Source source{job.message, wanted};
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, job.envelope_from.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_INFILESIZE_LARGE,
                   static_cast<curl_off_t>(job.message.size()));
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, read_message);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &source);
  return perform(curl.get());
}

}  // namespace announce
