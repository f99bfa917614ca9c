// Receives the body of one PATCH into a blob's file.
#pragma once

#include "portal/dispatch_side.h"
#include "portal/http.h"

namespace portal {

// Marks an upload as being written to, for as long as it lives.
class Busy {
 public:
  // nullopt: somebody else writes to it.
  static std::optional<Busy> take(base::Guarded<DispatchSide::Uploads>& uploads, const Id& id);
  Busy(Busy&& other) noexcept : uploads_(std::exchange(other.uploads_, nullptr)), id_(other.id_) {}
  Busy& operator=(Busy&&) = delete;
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy();

 private:
  Busy(base::Guarded<DispatchSide::Uploads>* uploads, const Id& id) : uploads_(uploads), id_(id) {}
  base::Guarded<DispatchSide::Uploads>* uploads_;
  Id id_;
};

class UploadSink : public Sink {
 public:
  UploadSink(BlobWriter writer, Busy busy, std::uint64_t room, std::optional<Digest> checksum);
  bool take(base::ByteView piece) override;
  Response finish(bool whole) override;

 private:
  Response settle(bool whole);
  BlobWriter writer_;
  Busy busy_;
  std::uint64_t begun_at_;
  std::uint64_t room_;
  std::optional<Digest> checksum_;
  Sha256 body_;
  unsigned refusal_ = 0;
};

// "sha256 <base64>" of tus; nullopt in `digest` with true: none was sent.
bool parse_upload_checksum(std::string_view header, std::optional<Digest>& digest);
// The blob id of "id <base64 of its 22 characters>" among the pairs of Upload-Metadata.
std::optional<Id> parse_upload_metadata(std::string_view header);

}  // namespace portal
