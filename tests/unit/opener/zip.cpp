// The reader of packages against ZIPs that no honest writer makes. (Honest ones, by Python's
// zipfile, are read in tests/flows/test_opener.py.)
#include "opener/zip.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <algorithm>

namespace {

void put(base::Bytes& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    to.push_back(i < 8 ? static_cast<std::uint8_t>(value >> (8 * i)) : 0);
}

// One entry as it is to be written, each field open to lies.
struct Written {
  std::string name = "DICOM/IM1";
  std::string content = "instance";
  int method = 0;
  int flags = 0;
  std::int64_t crc_change = 0, size_change = 0, stored_change = 0, local_change = 0;
  std::string local_name = {};  // empty: the same
  bool zip64 = false;
};

class Builder {
 public:
  Builder& add(const Written& entry) {
    const auto local = zip_.size();
    const auto crc = libdeflate_crc32(0, entry.content.data(), entry.content.size()) +
                     static_cast<std::uint32_t>(entry.crc_change);
    const auto stored = deflated(entry);
    const auto& name = entry.local_name.empty() ? entry.name : entry.local_name;
    put(zip_, 0x04034b50, 4);
    put(zip_, 45, 2), put(zip_, static_cast<std::uint64_t>(entry.flags), 2);
    put(zip_, static_cast<std::uint64_t>(entry.method), 2), put(zip_, 0, 4), put(zip_, crc, 4);
    put(zip_, stored.size(), 4), put(zip_, entry.content.size(), 4);
    put(zip_, name.size(), 2), put(zip_, 0, 2);
    base::append(zip_, base::as_bytes(name));
    base::append(zip_, stored);
    add_record(entry, crc, stored.size(), local);
    ++entries_;
    return *this;
  }

  base::Bytes finish(std::size_t comment = 0, bool zip64 = false) const {
    auto zip = zip_;
    const auto offset = zip.size();
    base::append(zip, directory_);
    if (zip64) {
      const auto end64 = zip.size();
      put(zip, 0x06064b50, 4), put(zip, 44, 8), put(zip, 45, 2), put(zip, 45, 2);
      put(zip, 0, 8), put(zip, entries_, 8), put(zip, entries_, 8);
      put(zip, directory_.size(), 8), put(zip, offset, 8);
      put(zip, 0x07064b50, 4), put(zip, 0, 4), put(zip, end64, 8), put(zip, 1, 4);
    }
    put(zip, 0x06054b50, 4), put(zip, 0, 4);
    put(zip, zip64 ? 0xffff : entries_, 2), put(zip, zip64 ? 0xffff : entries_, 2);
    put(zip, zip64 ? 0xffffffff : directory_.size(), 4), put(zip, zip64 ? 0xffffffff : offset, 4);
    put(zip, comment, 2);
    zip.insert(zip.end(), comment, 'c');
    return zip;
  }

 private:
  static base::Bytes deflated(const Written& entry) {
    if (entry.method != 8) return base::to_bytes(base::as_bytes(entry.content));
    auto* compressor = libdeflate_alloc_compressor(1);
    base::Bytes out(libdeflate_deflate_compress_bound(compressor, entry.content.size()));
    out.resize(libdeflate_deflate_compress(compressor, entry.content.data(), entry.content.size(),
                                           out.data(), out.size()));
    libdeflate_free_compressor(compressor);
    return out;
  }

  void add_record(const Written& entry, std::uint32_t crc, std::size_t stored, std::size_t local) {
    const auto changed = [](std::size_t value, std::int64_t change) {
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(value) + change);
    };
    const auto size = changed(entry.content.size(), entry.size_change);
    const auto stored_size = changed(stored, entry.stored_change);
    const auto offset = changed(local, entry.local_change);
    put(directory_, 0x02014b50, 4), put(directory_, 45, 2), put(directory_, 45, 2);
    put(directory_, static_cast<std::uint64_t>(entry.flags), 2);
    put(directory_, static_cast<std::uint64_t>(entry.method), 2), put(directory_, 0, 4);
    put(directory_, crc, 4);
    put(directory_, entry.zip64 ? 0xffffffff : stored_size, 4);
    put(directory_, entry.zip64 ? 0xffffffff : size, 4);
    put(directory_, entry.name.size(), 2), put(directory_, entry.zip64 ? 28 : 0, 2);
    put(directory_, 0, 10);
    put(directory_, entry.zip64 ? 0xffffffff : offset, 4);
    base::append(directory_, base::as_bytes(entry.name));
    if (!entry.zip64) return;
    put(directory_, 1, 2), put(directory_, 24, 2);
    put(directory_, size, 8), put(directory_, stored_size, 8), put(directory_, offset, 8);
  }

  base::Bytes zip_, directory_;
  std::size_t entries_ = 0;
};

opener::ReadAt reader(const base::Bytes& bytes) {
  return [&bytes](std::uint64_t offset, std::span<std::uint8_t> into) -> base::Status {
    if (offset > bytes.size() || into.size() > bytes.size() - offset)
      return base::reject("test", "behind the end");
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return base::Done{};
  };
}

// Every file's content by its name, or what the reader complains of.
std::string contents(const base::Bytes& zip) {
  const auto entries = opener::read_zip(reader(zip), zip.size());
  if (!entries.ok()) return "refused: " + entries.fault().what;
  std::string all;
  for (const auto& entry : entries.value()) {
    all += entry.name + "=";
    const auto read =
        opener::read_entry(reader(zip), entry, [&](base::ByteView bytes) -> base::Status {
          all += base::as_text(bytes);
          return base::Done{};
        });
    if (!read.ok()) return "refused: " + read.fault().what;
    all += ";";
  }
  return all;
}

std::string one(const Written& entry) { return contents(Builder().add(entry).finish()); }
bool refused(const std::string& text) { return text.starts_with("refused: "); }

}  // namespace

TEST(Zip, GivesStoredAndDeflatedEntries) {
  const auto zip = Builder()
                       .add({})
                       .add({.name = "b", .content = std::string(5000, 'x'), .method = 8})
                       .add({.name = "empty", .content = ""})
                       .add({.name = "folder/", .content = ""})
                       .finish();
  EXPECT_EQ(contents(zip), "DICOM/IM1=instance;b=" + std::string(5000, 'x') + ";empty=;");
}

TEST(Zip, MayBeZip64AndHaveAComment) {
  const auto zip = Builder().add({.zip64 = true}).finish(0, true);
  EXPECT_EQ(contents(zip), "DICOM/IM1=instance;");
  EXPECT_EQ(contents(Builder().add({}).finish(1000)), "DICOM/IM1=instance;");
}

TEST(Zip, CutAnywhereIsRefused) {
  const auto zip = Builder().add({}).add({.name = "b"}).finish();
  for (std::size_t size = 0; size < zip.size(); ++size)
    EXPECT_TRUE(refused(contents({zip.begin(), zip.begin() + static_cast<std::ptrdiff_t>(size)})))
        << size;
}

TEST(Zip, WithAnyByteOfItsStructureChangedNeverGivesOtherContent) {
  const auto zip = Builder().add({}).add({.name = "b", .content = "second", .method = 8}).finish();
  const auto right = contents(zip);
  for (std::size_t at = 0; at < zip.size(); ++at) {
    auto wrong = zip;
    wrong[at] ^= 0x11;
    const auto got = contents(wrong);
    // Dates, versions and attributes are not ours to judge.
    if (!refused(got)) {
      EXPECT_EQ(got, right) << at;
    }
  }
}

TEST(Zip, NamesThatCouldLeaveTheirFolderAreRefused) {
  for (const char* name : {"../a", "/a", "a/../../b", "a//b", "./a", "a\\b", "C:a", "a\nb", "a/."})
    EXPECT_TRUE(refused(one({.name = name}))) << name;
  EXPECT_TRUE(refused(one({.name = std::string(300, 'a')})));
  EXPECT_FALSE(opener::safe_name(""));
  EXPECT_TRUE(opener::safe_name("DICOM/..a/b.c"));
}

TEST(Zip, EntriesThatLieAreRefused) {
  EXPECT_TRUE(refused(one({.flags = 1})));
  EXPECT_TRUE(refused(one({.method = 12})));
  EXPECT_TRUE(refused(one({.crc_change = 1})));
  EXPECT_TRUE(refused(one({.method = 8, .crc_change = 1})));
  EXPECT_TRUE(refused(one({.size_change = 1})));
  EXPECT_TRUE(refused(one({.method = 8, .size_change = 1})));
  EXPECT_TRUE(refused(one({.method = 8, .size_change = -1})));
  EXPECT_TRUE(refused(one({.method = 8, .stored_change = 1})));
  EXPECT_TRUE(refused(one({.stored_change = 100'000, .local_change = 0})));
  EXPECT_TRUE(refused(one({.local_change = 1})));
  EXPECT_TRUE(refused(one({.local_change = 100'000})));
  EXPECT_TRUE(refused(one({.local_name = "DICOM/IM2"})));
}

TEST(Zip, EntriesThatAreNotOfTheirOwnAreRefused) {
  EXPECT_TRUE(refused(contents(Builder().add({}).add({}).finish())));
  // The second record points at the first entry's header: same name, same bytes twice.
  Builder builder;
  builder.add({.name = "a", .content = "12345678"});
  const Written again{.name = "b", .content = "12345678", .local_change = -39};
  EXPECT_TRUE(refused(contents(builder.add(again).finish())));
}

TEST(Zip, BombsAreRefusedBeforeTheyAreInflated) {
  EXPECT_TRUE(refused(one({.method = 8, .size_change = std::int64_t{100} << 20})));
  EXPECT_TRUE(refused(one({.method = 8, .size_change = 60'000})));
}

TEST(Zip, ThatIsNoneIsRefused) {
  EXPECT_TRUE(refused(contents({})));
  EXPECT_TRUE(refused(contents(base::Bytes(100, 'P'))));
  EXPECT_TRUE(refused(contents(base::Bytes(100'000))));
}
