#include "opener/transport.h"

#include <curl/curl.h>

#include <optional>

#include "base/handle.h"
#include "share/limits.h"

namespace opener {
namespace {

using Curl = base::Handle<CURL, curl_easy_cleanup>;
using Headers = base::Handle<curl_slist, curl_slist_free_all>;

base::Fault fault_of(CURLcode code) {
  const std::string what = curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return base::ask_administrator("opener.transport", "the portal is not trusted: " + what);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return base::reject("opener.transport", what);
    default:
      return base::retry_later("opener.transport", what);
  }
}

struct Body {
  CURL* curl;
  const Transport::Sink* sink;
  std::uint64_t offset;  // that was asked for
  std::optional<base::Fault> fault;
};

base::Fault does_not_resume() {
  return base::retry_later("opener.transport", "the portal does not resume");
}

// Only what was asked for reaches the sink; an error's body is passed over.
std::size_t take(char* bytes, std::size_t, std::size_t size, void* user) {
  auto* body = static_cast<Body*>(user);
  long status = 0;
  curl_easy_getinfo(body->curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 206) return size;
  if (status == 200 && body->offset > 0) {  // the whole: not the bytes that the sink waits for
    body->fault = does_not_resume();
    return 0;
  }
  const auto taken = (*body->sink)(base::as_bytes({bytes, size}));
  if (taken.ok()) return size;
  body->fault = taken.fault();
  return 0;
}

std::size_t keep(char* bytes, std::size_t, std::size_t size, void* user) {
  auto* text = static_cast<std::string*>(user);
  if (text->size() + size > share::kMaxAnswer) return 0;
  text->append(bytes, size);
  return size;
}

}  // namespace

struct Transport::State {
  Curl curl;
  std::string origin;
  std::string ca_file;

  void prepare(const std::string& path);
};

Transport::Transport(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transport::Transport(Transport&&) noexcept = default;
Transport::~Transport() = default;

base::Result<Transport> Transport::create(std::string origin, std::string ca_file) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  auto state = std::make_unique<State>();
  state->curl = Curl(curl_easy_init());
  state->origin = std::move(origin);
  state->ca_file = std::move(ca_file);
  if (started != CURLE_OK || !state->curl)
    return base::ask_administrator("opener.transport", "libcurl does not start");
  return Transport(std::move(state));
}

// The connection is kept between requests, the options are not.
void Transport::State::prepare(const std::string& path) {
  CURL* c = curl.get();
  curl_easy_reset(c);
  curl_easy_setopt(c, CURLOPT_URL, (origin + path).c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, origin.starts_with("http://") ? "http" : "https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(c, CURLOPT_USERAGENT, "dcmcourier-open/" DCMCOURIER_VERSION);
  if (!ca_file.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, ca_file.c_str());
}

base::Result<Answer> Transport::post(const std::string& path, const std::string& json) {
  State& s = *state_;
  s.prepare(path);
  Answer answer;
  const Headers headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  curl_easy_setopt(s.curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(s.curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(json.size()));
  curl_easy_setopt(s.curl.get(), CURLOPT_POSTFIELDS, json.c_str());
  curl_easy_setopt(s.curl.get(), CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(s.curl.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(s.curl.get());
  if (code == CURLE_WRITE_ERROR) return base::reject("opener.transport", "an answer too large");
  if (code != CURLE_OK) return fault_of(code);
  curl_easy_getinfo(s.curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

base::Result<long> Transport::get(const std::string& path, const std::string& bearer,
                                  std::uint64_t offset, const Sink& sink) {
  State& s = *state_;
  s.prepare(path);
  Body body{s.curl.get(), &sink, offset, std::nullopt};
  const Headers headers(curl_slist_append(nullptr, ("Authorization: Bearer " + bearer).c_str()));
  curl_easy_setopt(s.curl.get(), CURLOPT_HTTPHEADER, headers.get());
  const auto range = std::to_string(offset) + "-";
  if (offset > 0) curl_easy_setopt(s.curl.get(), CURLOPT_RANGE, range.c_str());
  curl_easy_setopt(s.curl.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(s.curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(s.curl.get());
  if (body.fault) return std::move(*body.fault);
  if (code != CURLE_OK) return fault_of(code);
  long status = 0;
  curl_easy_getinfo(s.curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (offset > 0 && status == 200) return does_not_resume();  // and sent no body
  return status;
}

}  // namespace opener
