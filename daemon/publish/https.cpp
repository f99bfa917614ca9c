// The one file of this room that calls curl.
#include "publish/https.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "base/handle.h"
#include "publish/base64.h"
#include "share/limits.h"

namespace publish {
namespace {

constexpr long kSlowestBytesPerSecond = 1024;
constexpr long kUploadBuffer = 512L * 1024;

void release_list(curl_slist* list) { curl_slist_free_all(list); }
using Curl = base::Handle<CURL, curl_easy_cleanup>;
using List = base::Handle<curl_slist, release_list>;

// What curl's callbacks see of one request.
struct Transfer {
  const Request& request;
  Response response;
  std::uint64_t read = 0;  // of the extent
  bool too_large = false;
  bool file_failed = false;
  bool stopped = false;
};

std::size_t read_extent(char* into, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const Extent& extent = *transfer.request.extent;
  const std::size_t wanted = std::min<std::uint64_t>(size * count, extent.length - transfer.read);
  if (wanted == 0) return 0;
  ssize_t got = -1;
  do {
    got = pread(extent.fd, into, wanted, static_cast<off_t>(extent.offset + transfer.read));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {  // an error, or the file ends before the extent does
    transfer.file_failed = true;
    return CURL_READFUNC_ABORT;
  }
  transfer.read += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

int seek_extent(void* user, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  transfer.read = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t keep_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t length = size * count;
  if (transfer.response.body.size() + length > share::kMaxReply) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, length);
  return length;
}

// The value when `line` is the header `name` (lower case); a later one replaces an earlier one.
void keep_value(std::string_view line, std::string_view name, std::string& value) {
  if (line.size() <= name.size() || line[name.size()] != ':') return;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(line[i])) != name[i]) return;
  line.remove_prefix(name.size() + 1);
  const auto first = line.find_first_not_of(" \t");
  const auto last = line.find_last_not_of(" \t\r\n");
  value = first == std::string_view::npos || last < first
              ? ""
              : std::string(line.substr(first, last - first + 1).substr(0, 300));
}

std::size_t keep_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& response = static_cast<Transfer*>(user)->response;
  const std::string_view line(data, size * count);
  keep_value(line, "location", response.location);
  keep_value(line, "upload-offset", response.upload_offset);
  keep_value(line, "upload-length", response.upload_length);
  return size * count;
}

int tell_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.request.sent && !transfer.request.sent(static_cast<std::uint64_t>(sent)))
    transfer.stopped = true;
  return transfer.stopped ? 1 : 0;
}

base::Fault ask(const char* what) { return base::ask_administrator("publish.https", what); }

// The border between curl's codes and ours.
base::Fault fault_of(CURLcode code, const Transfer& transfer, const char* detail) {
  if (transfer.file_failed) return base::reject("publish.https", "the blob's file ends too early");
  if (transfer.too_large) return ask("the portal's answer is larger than agreed");
  if (transfer.stopped) return base::retry_later("publish.https", "stopped: dispatch went away");
  switch (code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return ask("the portal's key is not the one of portal.pin; nothing was sent to it");
    case CURLE_SSL_CERTPROBLEM:
      return ask("portal.key cannot be used: PEM with private key and certificate is needed");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return ask("portal.upload is not host:port");
    default:
      break;
  }
  // In TLS 1.3 the portal's refusal of our key arrives as an alert after our own handshake.
  const std::string_view alert(detail);
  for (const char* word : {"unknown ca", "bad certificate", "certificate required",
                           "certificate unknown", "access denied", "handshake failure"})
    if (alert.find(word) != std::string_view::npos)
      return ask("the portal refuses our key: pair it with the portal again");
  // The alert may be lost when the portal closes at once; then only this looks like it.
  const bool cut =
      code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
  return base::retry_later(
      "publish.https", std::string("the portal cannot be reached: ") + curl_easy_strerror(code) +
                           (cut ? "; if this goes on, it may refuse our key" : ""));
}

bool is_authority(std::string_view text) {
  return !text.empty() && text.size() <= 300 && text.find(':') != std::string_view::npos &&
         text.find_first_of(" /@?#\\%\"\r\n\t") == std::string_view::npos;
}

bool is_path(std::string_view path) {
  if (!path.starts_with("/d/1/") || path.size() > 1000) return false;
  return path.find("..") == std::string_view::npos &&
         path.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
             "-_./?=&") == std::string_view::npos;
}

curl_blob blob_of(const base::SecretBytes& bytes) {
  // CURL_BLOB_NOCOPY: curl only reads.
  return {const_cast<std::uint8_t*>(bytes.view().data()), bytes.size(), CURL_BLOB_NOCOPY};
}

}  // namespace

std::optional<std::string> curl_pin(std::string_view pin) {
  constexpr std::string_view kScheme = "sha256:";
  if (!pin.starts_with(kScheme)) return std::nullopt;
  const auto digest = base::from_hex(pin.substr(kScheme.size()));
  if (!digest || digest->size() != 32) return std::nullopt;
  return "sha256//" + to_base64(*digest);
}

struct Https::Parts {
  Curl curl;
  Portal portal;
  std::string pin;
  char detail[CURL_ERROR_SIZE] = {};

  void set_trust();
  void set_request(Transfer& transfer, const std::string& url, curl_slist* headers);
  void set_body(Transfer& transfer);
};

Https::Https(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Https::~Https() = default;

base::Result<std::unique_ptr<Https>> Https::create(Portal portal) {
  const auto pin = curl_pin(portal.pin);
  if (!pin) return ask("portal.pin is not sha256: and 64 hex digits");
  if (!is_authority(portal.authority)) return ask("portal.upload is not host:port");
  if (portal.key.empty()) return ask("portal.key is empty");
  auto parts = std::make_unique<Parts>();
  parts->curl.reset(curl_easy_init());
  if (!parts->curl) return base::retry_later("publish.https", "no memory");
  parts->portal = std::move(portal);
  parts->pin = *pin;
  return std::unique_ptr<Https>(new Https(std::move(parts)));  // NOLINT: its constructor is private
}

// The portal's certificate is its own work; who it is, its pinned key alone says. Pins are checked
// with VERIFYPEER off as well, and a session that is resumed would not show the key again.
void Https::Parts::set_trust() {
  curl_easy_setopt(curl.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_PINNEDPUBLICKEY, pin.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_SSL_SESSIONID_CACHE, 0L);
  const curl_blob blob = blob_of(portal.key);
  curl_easy_setopt(curl.get(), CURLOPT_SSLCERT_BLOB, &blob);
  curl_easy_setopt(curl.get(), CURLOPT_SSLKEY_BLOB, &blob);
}

void Https::Parts::set_request(Transfer& transfer, const std::string& url, curl_slist* headers) {
  CURL* c = curl.get();
  const Request& request = transfer.request;
  curl_easy_setopt(c, CURLOPT_URL, url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, static_cast<long>(portal.connect_seconds));
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.silence_seconds));
  curl_easy_setopt(c, CURLOPT_TIMEOUT, static_cast<long>(request.total_seconds));
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, keep_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, tell_progress);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, &transfer);
}

void Https::Parts::set_body(Transfer& transfer) {
  CURL* c = curl.get();
  const Request& request = transfer.request;
  if (request.extent) {
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.extent->length));
    curl_easy_setopt(c, CURLOPT_READFUNCTION, read_extent);
    curl_easy_setopt(c, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, seek_extent);
    curl_easy_setopt(c, CURLOPT_SEEKDATA, &transfer);
  } else if (request.method == "HEAD") {
    curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

base::Result<Response> Https::perform(const Request& request) {
  if (!is_path(request.path))
    return base::reject("publish.https", "not a path of the portal's dispatch listener");
  List headers;
  std::vector<std::string> lines = request.headers;
  lines.insert(lines.end(), {"Expect:", "Accept: application/json"});
  for (const auto& line : lines) {
    if (line.find_first_of("\r\n") != std::string::npos)
      return base::reject("publish.https", "a header with a line end");
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  Transfer transfer{.request = request, .response = {}};
  const std::string url = "https://" + parts_->portal.authority + request.path;
  curl_easy_reset(parts_->curl.get());  // keeps the connection
  parts_->detail[0] = '\0';
  parts_->set_trust();
  parts_->set_request(transfer, url, headers.get());
  parts_->set_body(transfer);
  const CURLcode code = curl_easy_perform(parts_->curl.get());
  if (code != CURLE_OK) return fault_of(code, transfer, parts_->detail);
  long status = 0;
  curl_easy_getinfo(parts_->curl.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace publish
