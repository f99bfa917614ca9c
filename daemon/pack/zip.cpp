#include "pack/zip.h"

#include "base/panic.h"

namespace pack {

base::Status ZipWriter::begin(ZipEntry entry) {
  complete();
  placed_.push_back({std::move(entry), offset_});
  const ZipEntry& begun = placed_.back().entry;
  TRY(write(bundle::local_header(begun)));
  entry_end_ = offset_ + begun.stored;
  return base::Done{};
}

base::Status ZipWriter::give(base::ByteView stored) {
  if (stored.size() > entry_end_ - offset_)
    return base::reject("pack.zip", "an entry grew between the passes");
  return write(stored);
}

base::Status ZipWriter::finish() {
  complete();
  const std::uint64_t start = offset_;
  for (const Placed& placed : placed_)
    TRY(write(bundle::central_record(placed.entry, placed.header_offset)));
  return write(bundle::directory_end(placed_.size(), start, offset_));
}

base::Status ZipWriter::write(base::ByteView bytes) {
  offset_ += bytes.size();
  return out_(bytes);
}

void ZipWriter::complete() const {
  if (offset_ < entry_end_) PANIC("an entry of the ZIP was left unfinished");
}

}  // namespace pack
