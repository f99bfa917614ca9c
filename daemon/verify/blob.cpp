#include "verify/blob.h"

#include <algorithm>

#include "share/link.h"

namespace verify {
namespace {

constexpr std::uint64_t kSegment = 1u << 20;
// Plaintext of the segments, so that a piece is one whole segment and is decrypted once.
constexpr std::uint64_t kFirstPiece = kSegment - seal::kHeaderSize - seal::kTagSize;
constexpr std::uint64_t kPiece = kSegment - seal::kTagSize;

base::Fault unlike(const char* what) { return base::reject("verify.blob", what); }

std::uint64_t piece_at(std::uint64_t position) { return position == 0 ? kFirstPiece : kPiece; }

}  // namespace

// The stored file by segments. Whatever is read a second time must be what it was the first time:
// who wrote the file may still have it open.
class Blob::Segments {
 public:
  Segments(int file, std::uint64_t size, Background& background)
      : file_(file), size_(size), background_(background) {
    digests_->resize((size + kSegment - 1) / kSegment);
    seen_.resize(digests_->size());
  }

  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) {
    while (!into.empty()) {
      TRY(load(offset / kSegment));
      const auto within = static_cast<std::size_t>(offset % kSegment);
      if (within >= held_->size()) return unlike("the stored file ends too early");
      const std::size_t taken = std::min(into.size(), held_->size() - within);
      std::copy_n(held_->begin() + static_cast<std::ptrdiff_t>(within), taken, into.begin());
      offset += taken;
      into = into.subspan(taken);
    }
    return base::Done{};
  }

  base::Result<jobs::BlobDigests> digests() {
    background_.drain();
    jobs::BlobDigests result;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (!seen_[i]) return unlike("a stored segment that nothing refers to");
      base::append(result.sums, (*digests_)[i]);
    }
    result.sums_sha256 = seal::sha256(result.sums);
    return result;
  }

 private:
  base::Status load(std::uint64_t number) {
    if (held_ != nullptr && number == number_) return base::Done{};
    const std::uint64_t begin = number * kSegment;
    if (begin >= size_) return unlike("the stored file ends too early");
    auto segment =
        std::make_shared<base::Bytes>(static_cast<std::size_t>(std::min(kSegment, size_ - begin)));
    TRY(disk::read_exact_at(file_, *segment, begin));
    held_ = segment;
    number_ = number;
    if (seen_[number]) return compare(number);
    seen_[number] = true;
    background_.give(segment->size(), [segment, number, digests = digests_] {
      (*digests)[number] = seal::sha256(*segment);
    });
    return base::Done{};
  }

  base::Status compare(std::uint64_t number) {
    background_.drain();
    if (seal::sha256(*held_) == (*digests_)[number]) return base::Done{};
    return unlike("the stored file changed while it was read");
  }

  int file_;
  std::uint64_t size_;
  Background& background_;
  // Shared with the thread that fills it.
  std::shared_ptr<std::vector<seal::Digest>> digests_ =
      std::make_shared<std::vector<seal::Digest>>();
  std::vector<bool> seen_;
  Shared held_;
  std::uint64_t number_ = 0;
};

Blob::Blob(std::unique_ptr<Segments> segments, seal::Opener opener, std::uint64_t length,
           Background& background)
    : segments_(std::move(segments)),
      opener_(std::move(opener)),
      length_(length),
      background_(background),
      content_(std::make_shared<seal::Sha256>()) {}

Blob::~Blob() = default;

base::Result<std::unique_ptr<Blob>> Blob::open(const jobs::BlobToVerify& blob, bool padded,
                                               Background& background) {
  const std::uint64_t stored = TRY(disk::size_of(blob.file.get()));
  if (stored != blob.sealed_length)
    return unlike("the stored file has another length than claimed");
  if (blob.length == 0) return unlike("a blob without content");
  auto segments = std::make_unique<Segments>(blob.file.get(), stored, background);
  auto read = [raw = segments.get()](std::uint64_t offset, std::span<std::uint8_t> into) {
    return raw->read(offset, into);
  };
  auto opener =
      TRY(seal::Opener::open_with_segment_key(blob.segment_key.copy(), std::move(read), stored));
  if (blob.length > opener.size()) return unlike("the content is shorter than claimed");
  if (opener.size() != (padded ? share::padded_size(blob.length) : blob.length))
    return unlike("the content is not padded as the share asks");
  return std::unique_ptr<Blob>(
      new Blob(std::move(segments), std::move(opener), blob.length, background));
}

base::Status Blob::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > length_ || into.size() > length_ - offset)
    return unlike("read behind the end of the content");
  return opener_.read(offset, into);
}

base::Result<Shared> Blob::next() {
  if (position_ == length_) return Shared(std::make_shared<base::Bytes>());
  // A piece with padding behind it is read whole all the same: reading it in parts would make the
  // opener keep it, which is right for the few segments that check_padding() sees again.
  auto piece = std::make_shared<base::Bytes>(
      static_cast<std::size_t>(std::min(piece_at(position_), length_ - position_)));
  TRY(opener_.read(position_, *piece));
  position_ += piece->size();
  background_.give(piece->size(), [piece, content = content_] { content->update(*piece); });
  return Shared(piece);
}

base::Status Blob::check_padding() {
  base::Bytes piece;
  for (std::uint64_t at = length_; at < opener_.size(); at += piece.size()) {
    // To the end of the segment that `at` is in.
    const std::uint64_t within = (at + seal::kHeaderSize) % kPiece;
    piece.resize(static_cast<std::size_t>(std::min(kPiece - within, opener_.size() - at)));
    TRY(opener_.read(at, piece));
    if (std::any_of(piece.begin(), piece.end(), [](std::uint8_t byte) { return byte != 0; }))
      return unlike("padding that is not zero");
  }
  return base::Done{};
}

base::Result<jobs::BlobDigests> Blob::finish() {
  if (position_ != length_) return unlike("content behind its end");
  TRY(check_padding());
  jobs::BlobDigests digests = TRY(segments_->digests());
  digests.sha256 = content_->finish();
  return digests;
}

}  // namespace verify
