#include "pack/instance.h"

#include <algorithm>
#include <memory>

#include "dicom/read.h"
#include "dicom/write.h"
#include "pack/deflate.h"
#include "spool/source.h"

namespace pack {
namespace {

constexpr std::size_t kPiece = 1u << 20;

// An instance as it leaves, ready to be written as often as need be.
class Leaving {
 public:
  // `again`: for the second pass, which must make what the first one made.
  static base::Result<Leaving> open(const jobs::SealedInstance& sealed, const Workshop& workshop,
                                    bool again = false);

  base::Status write(dicom::Sink& sink) const {
    if (unchanged_) return write_unchanged(sink);
    return dicom::write_file(file_, cleaned_ ? *cleaned_ : *source_, sink);
  }
  std::uint64_t size() const {
    return unchanged_ ? dicom::file_head(file_.meta).size() + file_.data_set_size
                      : dicom::written_size(file_);
  }
  dicom::File& file() { return file_; }
  std::map<std::string, std::uint64_t>& counts() { return counts_; }

 private:
  base::Status write_unchanged(dicom::Sink& sink) const;

  std::unique_ptr<spool::SealedSource> source_;
  std::shared_ptr<const dicom::Source> cleaned_;  // reads source_
  dicom::File file_;
  bool unchanged_ = true;
  std::map<std::string, std::uint64_t> counts_;
};

base::Result<Leaving> Leaving::open(const jobs::SealedInstance& sealed, const Workshop& workshop,
                                    bool again) {
  Leaving leaving;
  leaving.source_ = std::make_unique<spool::SealedSource>(
      TRY(spool::SealedSource::open(sealed.file.get(), sealed.segment_key.copy())));
  leaving.file_ = TRY(dicom::read_file(*leaving.source_));
  if (workshop.engine == nullptr) return leaving;
  const auto& engine = *workshop.engine;
  deidentify::Outcome outcome = TRY(again ? engine.rewrite_again(leaving.file_, *leaving.source_)
                                          : engine.rewrite(leaving.file_, *leaving.source_));
  if (!outcome.released) return base::reject("pack.deidentify", outcome.reason);
  leaving.file_ = std::move(outcome.file);
  leaving.cleaned_ = std::move(outcome.source);
  leaving.counts_ = std::move(outcome.counts);
  leaving.unchanged_ = false;
  return leaving;
}

base::Status Leaving::write_unchanged(dicom::Sink& sink) const {
  TRY(sink.write(dicom::file_head(file_.meta)));
  base::Bytes piece;
  for (std::uint64_t done = 0; done < file_.data_set_size; done += piece.size()) {
    piece.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, file_.data_set_size - done)));
    TRY(source_->read(file_.data_set_offset + done, piece));
    TRY(sink.write(piece));
  }
  return base::Done{};
}

// Compressed pixel data does not shrink again.
bool worth_deflating(const Leaving& leaving, dicom::File& file, const Workshop& workshop) {
  const dicom::Element* pixels = dicom::find(file.elements, {0x7FE0, 0x0010});
  const bool compressed = pixels != nullptr && pixels->shape == dicom::Element::Shape::Encapsulated;
  return workshop.compress && !compressed && leaving.size() <= bundle::kLargestDeflated;
}

void keep_stored(FirstPass& first, base::Bytes whole) {
  if (auto shrunk = deflated(whole)) {
    first.method = Method::Deflated;
    whole = std::move(*shrunk);
  }
  first.stored = whole.size();
  first.is_kept = whole.size() <= kKeptInMemory;
  if (first.is_kept) first.kept = std::move(whole);
}

base::Status measure(FirstPass& first, Workshop& workshop) {
  Leaving leaving = TRY(Leaving::open(first.sealed, workshop));
  first.head = TRY(head_of(leaving.file()));
  const std::uint64_t size = leaving.size();
  const bool deflating = worth_deflating(leaving, leaving.file(), workshop);
  std::unique_lock<std::mutex> alone(workshop.large, std::defer_lock);
  if (deflating && size > kKeptInMemory) alone.lock();
  const auto* searcher = workshop.engine == nullptr ? nullptr : &workshop.engine->searcher();
  const PixelZone pixels = searcher == nullptr ? PixelZone{} : pixel_zone(leaving.file());
  Measure sink(searcher, pixels, size, deflating || size <= kKeptInMemory);
  TRY(leaving.write(sink));
  TRY(sink.finish());
  first.size = first.stored = size;
  first.crc = sink.crc();
  first.sha256 = sink.sha256();
  first.counts = std::move(leaving.counts());
  if (deflating) {
    keep_stored(first, sink.take());
  } else if (size <= kKeptInMemory) {
    first.is_kept = true;
    first.kept = sink.take();
  }
  return base::Done{};
}

base::Fault differs() {
  return base::reject("pack.second_pass", "an instance differed between the two passes");
}

// Passes on what is written, and checks it by length and CRC-32: the source is authenticated and
// the rewriting has no other input, so this guards against our own mistakes, cheaply.
class Repeat : public dicom::Sink {
 public:
  explicit Repeat(const std::function<base::Status(base::ByteView)>& out) : out_(out) {}
  base::Status write(base::ByteView bytes) override {
    crc_ = crc32(crc_, bytes);
    size_ += bytes.size();
    return out_(bytes);
  }
  bool matches(const FirstPass& first) const { return size_ == first.size && crc_ == first.crc; }

 private:
  const std::function<base::Status(base::ByteView)>& out_;
  std::uint32_t crc_ = 0;
  std::uint64_t size_ = 0;
};

base::Status deflate_again(const FirstPass& first, const Leaving& leaving, Workshop& workshop,
                           const std::function<base::Status(base::ByteView)>& out) {
  const std::lock_guard alone(workshop.large);
  Measure sink(nullptr, {}, first.size, true);
  TRY(leaving.write(sink));
  if (sink.size() != first.size || sink.crc() != first.crc) return differs();
  const auto shrunk = deflated(sink.take());
  if (!shrunk || shrunk->size() != first.stored) return differs();
  return out(*shrunk);
}

}  // namespace

FirstPass first_pass(jobs::SealedInstance sealed, Workshop& workshop) {
  FirstPass first;
  first.sealed = std::move(sealed);
  first.outcome = measure(first, workshop);
  return first;
}

base::Status second_pass(const FirstPass& first, Workshop& workshop,
                         const std::function<base::Status(base::ByteView)>& out) {
  if (first.is_kept) return out(first.kept);
  const Leaving leaving = TRY(Leaving::open(first.sealed, workshop, true));
  if (first.method == Method::Deflated) return deflate_again(first, leaving, workshop, out);
  Repeat sink(out);
  TRY(leaving.write(sink));
  if (!sink.matches(first)) return differs();
  return base::Done{};
}

}  // namespace pack
