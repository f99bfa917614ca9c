#include "pack/prepare.h"

#include <gmock/gmock.h>
#include <libdeflate.h>

#include <random>

#include "seal/primitives.h"
#include "share/index.h"
#include "share/link.h"
#include "study.h"

namespace {

using study::must;
using testing::HasSubstr;

base::Bytes noise(std::size_t size, int largest = 255) {
  std::mt19937 random(7);
  base::Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % (largest + 1));
  return bytes;
}

base::Bytes inflated(base::ByteView stored, std::size_t size) {
  base::Bytes whole(size);
  auto* inflater = libdeflate_alloc_decompressor();
  EXPECT_EQ(LIBDEFLATE_SUCCESS,
            libdeflate_deflate_decompress(inflater, stored.data(), stored.size(), whole.data(),
                                          whole.size(), nullptr));
  libdeflate_free_decompressor(inflater);
  return whole;
}

share::Index index_of(const jobs::PrepareJob& job, const jobs::PrepareReply& reply) {
  const auto blob = study::unsealed(job.index, job.index_key, job.index_id, 2);
  const auto content = base::ByteView(blob).first(reply.index.length);
  const auto text = inflated(content.subspan(4), base::read_u32_be(content));
  return must(share::parse_index(base::as_text(text)));
}

// The file of an index entry, taken out of the package alone.
base::Bytes file_at(const base::Bytes& package, const share::Entry& entry) {
  const auto stored = base::ByteView(package).subspan(entry.offset, entry.stored);
  return entry.method == 0 ? base::to_bytes(stored) : inflated(stored, entry.size);
}

std::vector<base::Bytes> files_of(const jobs::PrepareJob& job, const jobs::PrepareReply& reply) {
  const auto package = study::package_of(job);
  std::vector<base::Bytes> files;
  for (const auto& series : index_of(job, reply).series)
    for (const auto& instance : series.instances) files.push_back(file_at(package, instance.entry));
  return files;
}

bool holds(base::ByteView bytes, std::string_view text) {
  return base::as_text(bytes).find(text) != std::string_view::npos;
}

TEST(Prepare, LeavesTheDataSetUntouchedWhereNothingIsDeidentified) {
  study::MemoryFeed feed;
  const auto original = study::written(study::image(1, noise(5000)));
  feed.add(original);
  const auto job = study::job(feed, "none");
  const auto reply = must(pack::prepare(job, feed));
  ASSERT_TRUE(reply.sealed) << reply.reason;
  const auto files = files_of(job, reply);
  ASSERT_EQ(1u, files.size());
  EXPECT_EQ(original, files[0]);
}

TEST(Prepare, TakesEveryIdentifierOutAndLeavesThePixels) {
  study::MemoryFeed feed;
  const auto pixels = noise(70'000);
  for (int i = 1; i <= 5; ++i) feed.add(study::written(study::image(i, pixels)));
  const auto job = study::job(feed);
  const auto reply = must(pack::prepare(job, feed));
  ASSERT_TRUE(reply.sealed) << reply.reason;
  EXPECT_EQ(5u, reply.released);
  EXPECT_EQ(1u, reply.series);
  EXPECT_EQ(5u, feed.last_progress);
  for (const auto& file : files_of(job, reply)) {
    EXPECT_FALSE(holds(file, "VANDERMOLEN"));
    EXPECT_FALSE(holds(file, "7734"));
    EXPECT_TRUE(holds(file, base::as_text(pixels)));
  }
  EXPECT_FALSE(holds(study::package_of(job), "VANDERMOLEN"));
}

TEST(Prepare, PadsWithZerosAsTheShareAsksAndOnlyThen) {
  for (const bool pad : {true, false}) {
    study::MemoryFeed feed;
    feed.add(study::written(study::image(1, noise(5000))));
    auto job = study::job(feed);
    job.pad = pad;
    const auto reply = must(pack::prepare(job, feed));
    const auto plain = study::package_of(job);
    EXPECT_EQ(pad ? share::padded_size(reply.package.length) : reply.package.length, plain.size());
    for (std::size_t i = reply.package.length; i < plain.size(); ++i) ASSERT_EQ(0, plain[i]);
    EXPECT_EQ(must(disk::size_of(job.package.get())), reply.package.sealed_length);
    EXPECT_EQ(must(disk::size_of(job.index.get())), reply.index.sealed_length);
  }
}

TEST(Prepare, GivesTheSameBytesForTheSameStudy) {
  std::vector<base::Bytes> packages;
  for (int run = 0; run < 2; ++run) {
    study::MemoryFeed feed;
    for (int i = 1; i <= 20; ++i)
      feed.add(study::written(study::image(i, noise(1000u * static_cast<unsigned>(i)))));
    const auto job = study::job(feed);
    ASSERT_TRUE(must(pack::prepare(job, feed)).sealed);
    packages.push_back(study::package_of(job));
  }
  EXPECT_EQ(packages[0], packages[1]);
}

TEST(Prepare, NamesFilesInTheOrderInWhichTheyCome) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(10), study::kCT, "1.2.3.8")));
  feed.add(study::written(study::image(2, noise(10), study::kCT, "1.2.3.9")));
  feed.add(study::written(study::image(3, noise(10), study::kCT, "1.2.3.8")));
  const auto job = study::job(feed, "none");
  const auto index = index_of(job, must(pack::prepare(job, feed)));
  ASSERT_EQ(2u, index.series.size());
  EXPECT_EQ("1.2.3.8", index.series[0].uid);
  EXPECT_EQ("CT", index.series[0].modality);
  EXPECT_EQ("2", index.series[0].number);
  ASSERT_EQ(2u, index.series[0].instances.size());
  EXPECT_EQ("DICOM/ST000001/SE000001/IM000002", index.series[0].instances[1].entry.file);
  EXPECT_EQ("1.2.3.1003", index.series[0].instances[1].uid);
  EXPECT_EQ("DICOM/ST000001/SE000002/IM000001", index.series[1].instances[0].entry.file);
  ASSERT_EQ(3u, index.others.size());
  EXPECT_EQ("DICOMDIR", index.others[0].file);
}

// Larger than what is kept: stored, deflated small, deflated and still too large to be kept.
TEST(Prepare, MakesInTheSecondPassWhatItDidNotKeep) {
  study::MemoryFeed feed;
  const base::Bytes pixels[] = {noise(9u << 20), noise(9u << 20, 3), noise(12u << 20, 127),
                                noise(17u << 20, 3)};
  for (int i = 0; i < 4; ++i) feed.add(study::written(study::image(i + 1, pixels[i])));
  const auto job = study::job(feed);
  const auto reply = must(pack::prepare(job, feed));
  ASSERT_TRUE(reply.sealed) << reply.reason;
  const auto index = index_of(job, reply);
  std::vector<int> methods;
  for (const auto& instance : index.series[0].instances) methods.push_back(instance.entry.method);
  EXPECT_EQ((std::vector<int>{0, 8, 8, 0}), methods);
  EXPECT_GT(index.series[0].instances[2].entry.stored, 8u << 20);
  const auto files = files_of(job, reply);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(holds(files[i], base::as_text(pixels[i]))) << i;
    EXPECT_EQ(seal::sha256(files[i]), index.series[0].instances[i].entry.sha256);
  }
}

TEST(Prepare, DeflatesNothingWhereTheRouteSaysSo) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(50'000, 1))));
  auto job = study::job(feed);
  job.compress = false;
  const auto reply = must(pack::prepare(job, feed));
  EXPECT_EQ(0, index_of(job, reply).series[0].instances[0].entry.method);
}

TEST(Prepare, HoldsTheStudyAndNamesEveryInstanceThatCannotLeave) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(100))));
  feed.add(study::written(study::image(2, noise(100), study::kSecondaryCapture)));
  feed.add(base::as_bytes("no DICOM at all"));
  feed.add(study::written(study::image(4, noise(100))));
  const auto job = study::job(feed);
  const auto reply = must(pack::prepare(job, feed));
  EXPECT_FALSE(reply.sealed);
  EXPECT_THAT(reply.reason, HasSubstr("2 instances"));
  ASSERT_EQ(2u, reply.setbacks.size());
  EXPECT_EQ(2, reply.setbacks[0].instance);
  EXPECT_EQ(3, reply.setbacks[1].instance);
  EXPECT_FALSE(reply.setbacks[0].reason.empty());
  EXPECT_EQ(0u, must(disk::size_of(job.package.get())));
  EXPECT_EQ(0u, must(disk::size_of(job.index.get())));
}

TEST(Prepare, GoesOnWithoutThemWhereTheRouteDropsThem) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(100), study::kSecondaryCapture)));
  feed.add(study::written(study::image(2, noise(100))));
  auto job = study::job(feed);
  job.profile.drop_instance = true;
  const auto reply = must(pack::prepare(job, feed));
  ASSERT_TRUE(reply.sealed) << reply.reason;
  EXPECT_EQ(1u, reply.released);
  ASSERT_EQ(1u, reply.setbacks.size());
  EXPECT_EQ(1, reply.setbacks[0].instance);
}

TEST(Prepare, SealsNoBundleWithoutAnInstance) {
  study::MemoryFeed feed;
  feed.add(base::as_bytes("no DICOM at all"));
  auto job = study::job(feed, "none");
  job.profile.drop_instance = true;
  const auto reply = must(pack::prepare(job, feed));
  EXPECT_FALSE(reply.sealed);
  EXPECT_EQ("no instance is left to send", reply.reason);
  EXPECT_EQ(0u, must(disk::size_of(job.package.get())));
}

TEST(Prepare, TakesADamagedSpoolFileForASetback) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(100))));
  const std::uint8_t other = 0x55;
  must(disk::write_all_at(feed.file_of(0), {&other, 1}, 300));
  const auto job = study::job(feed, "none");
  const auto reply = must(pack::prepare(job, feed));
  EXPECT_FALSE(reply.sealed);
  EXPECT_EQ(1u, reply.setbacks.size());
}

TEST(Prepare, RefusesAProfileThatItDoesNotKnow) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(100))));
  EXPECT_FALSE(must(pack::prepare(study::job(feed, "some"), feed)).sealed);
  auto job = study::job(feed);
  job.profile.options = {"no_such_option"};
  EXPECT_THAT(must(pack::prepare(job, feed)).reason, HasSubstr("option"));
}

TEST(Prepare, EndsWithAFaultAndNothingSealedWhenDispatchGoesAway) {
  study::MemoryFeed feed;
  feed.add(study::written(study::image(1, noise(100))));
  feed.broken = true;
  const auto job = study::job(feed);
  const auto reply = pack::prepare(job, feed);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(base::Remedy::RetryLater, reply.fault().remedy);
  EXPECT_EQ(0u, must(disk::size_of(job.package.get())));
}

}  // namespace
