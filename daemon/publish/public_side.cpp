// With https.cpp the only file of this room that calls curl.
#include "publish/public_side.h"

#include <curl/curl.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/handle.h"
#include "publish/answer.h"

namespace publish {
namespace {

constexpr long kConnectSeconds = 10, kSeconds = 20;

using Curl = base::Handle<CURL, curl_easy_cleanup>;

struct Look {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::int64_t not_after = 0;  // of the server's own certificate, 0: none was seen
  std::string detail;
};

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// "Expire date:Nov 22 10:00:00 2027 GMT" of the first certificate.
std::int64_t end_of_certificate(CURL* curl) {
  constexpr std::string_view kName = "Expire date:";
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr) return 0;
  if (chain->num_of_certs < 1) return 0;
  for (const auto* line = chain->certinfo[0]; line != nullptr; line = line->next)
    if (std::string_view(line->data).starts_with(kName))
      return std::max<std::int64_t>(0, curl_getdate(line->data + kName.size(), nullptr));
  return 0;
}

Look look(const std::string& url, const std::string& ca_file, bool verify) {
  Look look;
  const Curl curl(curl_easy_init());
  char detail[CURL_ERROR_SIZE] = {};
  CURL* c = curl.get();
  curl_easy_setopt(c, CURLOPT_URL, (url + "/").c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(c, CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
  if (!ca_file.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, ca_file.c_str());
  if (!verify) curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
  if (!verify) curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
  look.code = curl_easy_perform(c);
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &look.status);
  look.not_after = end_of_certificate(c);
  look.detail = detail[0] != '\0' ? detail : curl_easy_strerror(look.code);
  return look;
}

std::string printable(std::string text) {
  for (char& c : text)
    if (c < 0x20 || c >= 0x7F) c = '?';
  return text.substr(0, 200);
}

}  // namespace

jobs::SendReply look_at_public_side(const std::string& url, const std::string& ca_file) {
  Look seen = look(url, ca_file, true);
  const bool untrusted = seen.code == CURLE_PEER_FAILED_VERIFICATION;
  const std::string why = untrusted ? printable(seen.detail) : "";
  if (untrusted) seen = look(url, ca_file, false);
  if (seen.code != CURLE_OK)
    return failed(base::retry_later("publish.public_side",
                                    "it cannot be reached: " + printable(seen.detail)));
  const nlohmann::json body = {{"trusted", !untrusted},
                               {"why", why},
                               {"not_after", seen.not_after},
                               {"status", seen.status}};
  return {.done = true,
          .remedy = {},
          .status = static_cast<int>(seen.status),
          .text = {},
          .body = body.dump()};
}

}  // namespace publish
