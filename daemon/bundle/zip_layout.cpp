#include "bundle/zip_layout.h"

#include <algorithm>

namespace bundle {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::size_t kExtraSize = 20;  // Zip64, with both sizes
constexpr std::uint64_t kNoFit32 = 0xFFFFFFFF;
constexpr std::uint64_t kNoFit16 = 0xFFFF;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersionZip64 = 45;
constexpr std::uint16_t kMadeByUnix = 3 << 8;
constexpr std::uint32_t kPlainFile = 0100644u << 16;  // -rw-r--r--
// Fixed, so that the same study gives the same bytes and tells no time: 1980-01-01 00:00.
constexpr std::uint16_t kTime = 0;
constexpr std::uint16_t kDate = (1 << 5) | 1;

// Numbers in the ZIP's byte order: little-endian.
class Fields {
 public:
  Fields& u16(std::uint64_t value) { return number(value, 2); }
  Fields& u32(std::uint64_t value) { return number(value, 4); }
  Fields& u64(std::uint64_t value) { return number(value, 8); }
  Fields& text(base::ByteView bytes) {
    base::append(bytes_, bytes);
    return *this;
  }
  // As many as fit; the reader finds the rest in the Zip64 extra field.
  Fields& u32_or_mark(std::uint64_t value) { return u32(std::min(value, kNoFit32)); }
  Fields& u16_or_mark(std::uint64_t value) { return u16(std::min(value, kNoFit16)); }
  const base::Bytes& bytes() const { return bytes_; }
  base::Bytes take() { return std::move(bytes_); }

 private:
  Fields& number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  base::Bytes bytes_;
};

std::uint64_t read(base::ByteView bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

bool large(const ZipEntry& entry) { return entry.size >= kNoFit32 || entry.stored >= kNoFit32; }

// The extra field of a central record holds only those numbers that did not fit, in this order.
Fields central_extra(const ZipEntry& entry, std::uint64_t header_offset) {
  Fields numbers;
  if (large(entry)) numbers.u64(entry.size).u64(entry.stored);
  if (header_offset >= kNoFit32) numbers.u64(header_offset);
  Fields extra;
  if (numbers.bytes().empty()) return extra;
  return extra.u16(1).u16(numbers.bytes().size()).text(numbers.bytes());
}

}  // namespace

base::Bytes local_header(const ZipEntry& entry) {
  const bool zip64 = large(entry);
  Fields fields;
  fields.u32(kLocalSignature).u16(zip64 ? kVersionZip64 : kVersion).u16(0);
  fields.u16(static_cast<std::uint16_t>(entry.method)).u16(kTime).u16(kDate).u32(entry.crc);
  fields.u32(zip64 ? kNoFit32 : entry.stored).u32(zip64 ? kNoFit32 : entry.size);
  fields.u16(entry.name.size()).u16(zip64 ? 20 : 0).text(base::as_bytes(entry.name));
  if (zip64) fields.u16(1).u16(16).u64(entry.size).u64(entry.stored);
  return fields.take();
}

base::Bytes central_record(const ZipEntry& entry, std::uint64_t header_offset) {
  const Fields extra = central_extra(entry, header_offset);
  const auto version = extra.bytes().empty() ? kVersion : kVersionZip64;
  const bool zip64 = large(entry);
  Fields fields;
  fields.u32(0x02014b50).u16(kMadeByUnix | version).u16(version).u16(0);
  fields.u16(static_cast<std::uint16_t>(entry.method)).u16(kTime).u16(kDate).u32(entry.crc);
  fields.u32(zip64 ? kNoFit32 : entry.stored).u32(zip64 ? kNoFit32 : entry.size);
  fields.u16(entry.name.size()).u16(extra.bytes().size()).u16(0).u16(0).u16(0).u32(kPlainFile);
  fields.u32_or_mark(header_offset).text(base::as_bytes(entry.name)).text(extra.bytes());
  return fields.take();
}

base::Bytes directory_end(std::uint64_t entries, std::uint64_t start, std::uint64_t end) {
  Fields fields;
  const std::uint64_t size = end - start;
  if (entries >= kNoFit16 || start >= kNoFit32 || size >= kNoFit32) {
    fields.u32(0x06064b50).u64(44).u16(kMadeByUnix | kVersionZip64).u16(kVersionZip64);
    fields.u32(0).u32(0).u64(entries).u64(entries).u64(size).u64(start);
    fields.u32(0x07064b50).u32(0).u64(end).u32(1);
  }
  fields.u32(0x06054b50).u16(0).u16(0).u16_or_mark(entries).u16_or_mark(entries);
  fields.u32_or_mark(size).u32_or_mark(start).u16(0);
  return fields.take();
}

std::optional<std::size_t> local_header_size(base::ByteView fixed) {
  if (fixed.size() < kLocalHeaderSize || read(fixed, 0, 4) != kLocalSignature) return std::nullopt;
  return kLocalHeaderSize + static_cast<std::size_t>(read(fixed, 26, 2) + read(fixed, 28, 2));
}

std::optional<ZipEntry> parse_local_header(base::ByteView header) {
  if (local_header_size(header) != header.size()) return std::nullopt;
  const auto name_size = static_cast<std::size_t>(read(header, 26, 2));
  ZipEntry entry;
  entry.name = base::as_text(header.subspan(kLocalHeaderSize, name_size));
  entry.method = static_cast<Method>(read(header, 8, 2));
  entry.crc = static_cast<std::uint32_t>(read(header, 14, 4));
  entry.stored = read(header, 18, 4);
  entry.size = read(header, 22, 4);
  const base::ByteView extra = header.subspan(kLocalHeaderSize + name_size);
  if (entry.size == kNoFit32 && extra.size() == kExtraSize) {
    entry.size = read(extra, 4, 8);
    entry.stored = read(extra, 12, 8);
  }
  if (entry.method != Method::Stored && entry.method != Method::Deflated) return std::nullopt;
  const base::Bytes again = local_header(entry);
  if (!std::equal(again.begin(), again.end(), header.begin(), header.end())) return std::nullopt;
  return entry;
}

}  // namespace bundle
