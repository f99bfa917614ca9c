#include <algorithm>
#include <charconv>

#include "disk/descriptor.h"
#include "publish/answer.h"
#include "publish/base64.h"
#include "publish/publish.h"

namespace publish {
namespace {

constexpr std::string_view kBlobs = "/d/1/blobs";
// How fast the portal hashes what it stored, at the very least: finish may be silent so long.
constexpr std::uint64_t kHashedPerSecond = 20'000'000;

using Reply = jobs::SendReply;

Reply complain(base::Remedy remedy, int status, std::string text) {
  return {.done = false, .remedy = remedy, .status = status, .text = std::move(text), .body = {}};
}

Reply done(int status) {
  return {.done = true, .remedy = {}, .status = status, .text = {}, .body = {}};
}

std::optional<std::uint64_t> parse_offset(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Upload {
 public:
  Upload(Exchange& portal, const jobs::UploadJob& job, const Progress& progress,
         std::uint64_t piece_size)
      : portal_(portal),
        job_(job),
        progress_(progress),
        piece_size_(piece_size),
        id_(base::to_base64url(job.blob)),
        path_(std::string(kBlobs) + '/' + id_) {}

  Reply run() {
    const auto size = disk::size_of(job_.file.get());
    if (!size.ok()) return failed(size.fault());
    if (size.value() != job_.sealed_length)
      return complain(base::Remedy::Reject, 0, "the blob's file is not as long as it was sealed");
    const Reply ended = upload_once();
    // What the portal had from earlier may have been torn by a power cut there. It has thrown it
    // away: once more, from the beginning.
    return discarded_ && resumed_ ? upload_once() : ended;
  }

 private:
  Reply upload_once() {
    resumed_ = discarded_ = false;
    const Reply created = create();
    if (!created.done) return created;
    const Reply sent = send_rest();
    return sent.done ? finish() : sent;
  }

  // 409: it is there from an earlier time, which HEAD then tells more about.
  Reply create() {
    Request request = tus("POST", std::string(kBlobs));
    request.headers.push_back("Upload-Length: " + std::to_string(job_.sealed_length));
    request.headers.push_back("Upload-Metadata: id " + to_base64(base::as_bytes(id_)));
    request.headers.emplace_back("Content-Type:");
    const auto response = portal_.perform(request);
    if (!response.ok()) return failed(response.fault());
    const int status = response.value().status;
    if (status == 409) return done(status);
    if (status != 201) return refused("upload's creation", response.value());
    if (!response.value().location.ends_with(path_))
      return complain(base::Remedy::AskAdministrator, status,
                      "the portal stores the upload under another id than ours");
    return done(status);
  }

  Reply send_rest() {
    std::optional<std::uint64_t> last;
    Reply trouble = done(0);
    for (;;) {
      const Reply asked = ask_offset();
      if (!asked.done) return trouble.done ? asked : trouble;
      if (offset_ == job_.sealed_length) return done(asked.status);
      if (last && offset_ <= *last) return trouble;
      last = offset_;
      trouble = send_pieces();
      if (trouble.done || stopped_ || trouble.remedy != base::Remedy::RetryLater) return trouble;
    }
  }

  Reply ask_offset() {
    const auto response = portal_.perform(tus("HEAD", path_));
    if (!response.ok()) return failed(response.fault());
    const int status = response.value().status;
    // It was there a moment ago: an upload that was given up, swept meanwhile. Creating it again
    // helps.
    if (status == 404 || status == 410)
      return complain(base::Remedy::RetryLater, status, "the portal has lost the upload");
    if (status != 200 && status != 204)
      return refused("question how much it has", response.value());
    const std::string& length = response.value().upload_length;
    if (!length.empty() && length != std::to_string(job_.sealed_length))
      return complain(base::Remedy::AskAdministrator, status,
                      "the portal knows another upload under this id");
    const auto offset = parse_offset(response.value().upload_offset);
    if (!offset || *offset > job_.sealed_length)
      return complain(base::Remedy::AskAdministrator, status,
                      "the portal has more of the upload than there is");
    offset_ = *offset;
    resumed_ = resumed_ || offset_ > 0;
    return done(status);
  }

  Reply send_pieces() {
    while (offset_ < job_.sealed_length) {
      const Reply sent = send_piece(std::min(piece_size_, job_.sealed_length - offset_));
      if (!sent.done) return sent;
    }
    return done(204);
  }

  Reply send_piece(std::uint64_t length) {
    Request request = tus("PATCH", path_);
    request.headers.push_back("Upload-Offset: " + std::to_string(offset_));
    request.headers.emplace_back("Content-Type: application/offset+octet-stream");
    request.extent = Extent{job_.file.get(), offset_, length};
    if (progress_)
      request.sent = [this](std::uint64_t sent) {
        stopped_ = !progress_(offset_ + sent, job_.sealed_length);
        return !stopped_;
      };
    const auto response = portal_.perform(request);
    if (!response.ok()) return failed(response.fault());
    const int status = response.value().status;
    // Somebody else's bytes came first (a child that was given up): ask again where we are.
    if (status == 409)
      return complain(base::Remedy::RetryLater, status, "the portal is at another offset");
    if (status != 200 && status != 204) return refused("upload", response.value());
    const auto offset = parse_offset(response.value().upload_offset);
    if (!offset || *offset <= offset_ || *offset > offset_ + length)
      return complain(base::Remedy::AskAdministrator, status,
                      "the portal counts the upload's bytes otherwise than we do");
    offset_ = *offset;
    return done(status);
  }

  Reply finish() {
    Request request{.method = "POST", .path = path_ + "/finish", .headers = {}, .body = {}};
    request.headers = {"Content-Type: application/json"};
    request.body = R"({"sums":")" + base::to_base64url(job_.sums_sha256) + R"("})";
    request.silence_seconds += static_cast<unsigned>(job_.sealed_length / kHashedPerSecond);
    const auto response = portal_.perform(request);
    if (!response.ok()) return failed(response.fault());
    const int status = response.value().status;
    if (status >= 200 && status < 300) return done(status);
    discarded_ = status == 409;
    if (discarded_)
      return complain(base::Remedy::Reject, status,
                      "the portal stored other bytes than were sealed, and discarded them");
    return refused("upload's end", response.value());
  }

  static Request tus(std::string method, std::string path) {
    return {.method = std::move(method),
            .path = std::move(path),
            .headers = {"Tus-Resumable: 1.0.0"},
            .body = {}};
  }

  Exchange& portal_;
  const jobs::UploadJob& job_;
  const Progress& progress_;
  const std::uint64_t piece_size_;
  const std::string id_, path_;
  std::uint64_t offset_ = 0;
  bool stopped_ = false;  // by `progress`
  bool resumed_ = false, discarded_ = false;
};

}  // namespace

Reply upload(Exchange& portal, const jobs::UploadJob& job, const Progress& progress,
             std::uint64_t piece_size) {
  return Upload(portal, job, progress, piece_size).run();
}

}  // namespace publish
