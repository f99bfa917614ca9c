#include "portal/upload_sink.h"

#include <algorithm>

namespace portal {
namespace {

constexpr unsigned kChecksumMismatch = 460;  // tus 1.0

// Padded standard base64, as tus wants it, by way of the strict base64url.
std::optional<base::Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string url(text.substr(0, text.find('=')));
  const auto padding = text.size() - url.size();
  if (padding > 2 || text.substr(url.size()) != std::string(padding, '=')) return std::nullopt;
  if (url.find_first_of("-_") != std::string::npos) return std::nullopt;
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return base::from_base64url(url);
}

}  // namespace

std::optional<Busy> Busy::take(base::Guarded<DispatchSide::Uploads>& uploads, const Id& id) {
  if (!uploads.lock()->busy.insert(id).second) return std::nullopt;
  return Busy(&uploads, id);
}

Busy::~Busy() {
  if (uploads_ != nullptr) uploads_->lock()->busy.erase(id_);
}

UploadSink::UploadSink(BlobWriter writer, Busy busy, std::uint64_t room,
                       std::optional<Digest> checksum)
    : writer_(std::move(writer)),
      busy_(std::move(busy)),
      begun_at_(writer_.size()),
      room_(room),
      checksum_(checksum) {}

bool UploadSink::take(base::ByteView piece) {
  if (piece.size() > room_) {
    refusal_ = 413;
    return false;
  }
  room_ -= piece.size();
  if (checksum_) body_.add(piece);
  if (writer_.append(piece).ok()) return true;
  refusal_ = 507;
  return false;
}

// What came is kept, also when the rest did not: the next PATCH goes on there. Only a body that had
// to match a checksum counts whole or not at all.
Response UploadSink::settle(bool whole) {
  if (checksum_ && (!whole || body_.finish() != *checksum_)) {
    if (!writer_.cut_back(begun_at_).ok()) return Response(500);
    if (whole) return Response(kChecksumMismatch);
  }
  if (!writer_.sync().ok()) return Response(507);
  if (refusal_ != 0) return Response(refusal_);
  return Response(204);
}

Response UploadSink::finish(bool whole) {
  Response response = settle(whole && refusal_ == 0);
  response.set_header("Tus-Resumable", "1.0.0");
  response.set_header("Upload-Offset", std::to_string(writer_.size()));
  response.close = refusal_ != 0;
  return response;
}

bool parse_upload_checksum(std::string_view header, std::optional<Digest>& digest) {
  constexpr std::string_view algorithm = "sha256 ";
  if (header.empty()) return true;
  if (!header.starts_with(algorithm)) return false;
  const auto bytes = from_base64(header.substr(algorithm.size()));
  if (!bytes || bytes->size() != 32) return false;
  digest.emplace();
  std::copy(bytes->begin(), bytes->end(), digest->begin());
  return true;
}

std::optional<Id> parse_upload_metadata(std::string_view header) {
  constexpr std::string_view key = "id ";
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    const std::string_view pair = header.substr(0, comma);
    if (pair.starts_with(key)) {
      const auto text = from_base64(pair.substr(key.size()));
      return text ? share::parse_id(base::as_text(*text)) : std::nullopt;
    }
    header.remove_prefix(std::min(comma + 1, header.size()));
    while (header.starts_with(' ')) header.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace portal
