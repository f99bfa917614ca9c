#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "seal/primitives.h"
#include "spool/scan.h"
#include "spool/source.h"
#include "spool/writer.h"

namespace spool {
namespace {

namespace fs = std::filesystem;
constexpr AssociationId kId = {0xAB, 0xCD};
const std::string kName = "abcd0000000000000000000000000000";

// `act` cannot open anything.
auto without_descriptors(const auto& act) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  auto outcome = act();
  setrlimit(RLIMIT_NOFILE, &before);
  return outcome;
}

class InASpool : public ::testing::Test {
 protected:
  InASpool() {
    std::string pattern = (fs::temp_directory_path() / "spool-XXXXXX").string();
    root = mkdtemp(pattern.data());
    fs::create_directory(root / kName);
    spool = disk::open_folder(root).value();
    folder = disk::open_folder(root / kName).value();
  }
  ~InASpool() override { fs::remove_all(root); }

  Association association() { return Association::create(folder.get(), kId, pair.point).value(); }
  std::size_t entries() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(root / kName), fs::directory_iterator()));
  }
  base::Bytes content_of(std::uint32_t sequence) {
    const auto file = open_instance(spool.get(), kName, sequence).value();
    auto key = segment_key(file.get(), pair.scalar, pair.point);
    const auto source = SealedSource::open(file.get(), std::move(key).value()).value();
    base::Bytes content(source.size());
    EXPECT_TRUE(source.read(0, content).ok());
    return content;
  }
  void store(Association& into, base::ByteView content) {
    auto writer = into.begin().value();
    ASSERT_TRUE(writer.write(content).ok());
    ASSERT_TRUE(into.commit(std::move(writer)).ok());
  }

  fs::path root;
  disk::Descriptor spool, folder;
  seal::KeyPair pair = seal::generate_p256();
};

TEST_F(InASpool, WhatWasCommittedOpensWithTheSpoolsPrivateKey) {
  auto writing = association();
  base::Bytes large(2'500'000);
  seal::random_bytes(large);
  store(writing, base::as_bytes("first"));
  store(writing, large);
  EXPECT_EQ(base::as_text(content_of(1)), "first");
  EXPECT_EQ(content_of(2), large);
  EXPECT_EQ(writing.stored(), 2u);
  const auto file = open_instance(spool.get(), kName, 2).value();
  EXPECT_EQ(read_header(file.get()).value().sequence, 2u);
  EXPECT_EQ(read_header(file.get()).value().association, kId);
}

// Each one's last segment is guessed from the one before.
TEST_F(InASpool, InstancesOfAnySizesFollowEachOther) {
  auto writing = association();
  const std::size_t sizes[] = {5, 600'000, 2'500'000, 2'500'001, 7, 1'048'520, 1'048'521, 0, 9};
  std::vector<base::Bytes> stored;
  for (const std::size_t size : sizes) {
    base::Bytes content(size);
    seal::random_bytes(content);
    auto writer = writing.begin().value();
    for (std::size_t at = 0; at < size; at += 131'000)
      ASSERT_TRUE(
          writer
              .write(base::ByteView(content).subspan(at, std::min<std::size_t>(131'000, size - at)))
              .ok());
    ASSERT_TRUE(writing.commit(std::move(writer)).ok());
    stored.push_back(std::move(content));
  }
  for (std::uint32_t i = 0; i < stored.size(); ++i) EXPECT_EQ(content_of(i + 1), stored[i]) << i;
}

TEST_F(InASpool, AnotherKeyOpensNothing) {
  auto writing = association();
  store(writing, base::as_bytes("content"));
  const auto file = open_instance(spool.get(), kName, 1).value();
  const auto other = seal::generate_p256();
  EXPECT_FALSE(segment_key(file.get(), other.scalar, other.point).ok());
  auto wrong = segment_key(file.get(), other.scalar, pair.point);
  EXPECT_FALSE(SealedSource::open(file.get(), std::move(wrong).value()).ok());
}

TEST_F(InASpool, ADroppedWriterLeavesNothingAndItsNumberIsTakenByTheNext) {
  auto writing = association();
  {
    auto writer = writing.begin().value();
    ASSERT_TRUE(writer.write(base::Bytes(3'000'000)).ok());
    EXPECT_EQ(entries(), 0u);
  }
  EXPECT_EQ(entries(), 0u);
  store(writing, base::as_bytes("next"));
  EXPECT_EQ(base::as_text(content_of(1)), "next");
}

TEST_F(InASpool, WhatIsPreparedIsTheNextOneAndLeavesNothingWhenNoneComes) {
  {
    auto writing = association();
    store(writing, base::Bytes(1'500'000));
    writing.prepare();
    auto writer = without_descriptors([&] { return writing.begin(); });
    ASSERT_TRUE(writer.ok()) << "it was not ready";
    ASSERT_TRUE(writer.value().write(base::as_bytes("second")).ok());
    ASSERT_TRUE(writing.commit(std::move(writer).value()).ok());
    writing.prepare();
    EXPECT_EQ(entries(), 2u);
  }
  EXPECT_EQ(base::as_text(content_of(2)), "second");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(InASpool, WhatCannotBePreparedIsTriedAgainAndThenSaid) {
  auto writing = association();
  const auto writer = without_descriptors([&] {
    writing.prepare();
    return writing.begin();
  });
  EXPECT_FALSE(writer.ok());
  store(writing, base::as_bytes("first"));
  EXPECT_EQ(base::as_text(content_of(1)), "first");
}

TEST_F(InASpool, AKilledWriterLeavesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    auto writing = association();
    auto writer = writing.begin().value();
    if (writer.write(base::Bytes(3'000'000)).ok()) raise(SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(entries(), 0u);
}

TEST_F(InASpool, AFullDiskIsAFaultThatMayPassAndLeavesNothing) {
  if (mount("tmpfs", (root / kName).c_str(), "tmpfs", 0, "size=2m") != 0)
    GTEST_SKIP() << "needs the right to mount";
  folder = disk::open_folder(root / kName).value();
  auto writing = association();
  {
    auto writer = writing.begin().value();
    base::Status status = base::Done{};
    for (int i = 0; i < 10 && status.ok(); ++i) status = writer.write(base::Bytes(1'000'000));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.fault().remedy, base::Remedy::RetryLater);
  }
  EXPECT_EQ(entries(), 0u);
  EXPECT_GT(space(folder.get()).value().available, 1'900'000u);
  store(writing, base::as_bytes("fits"));
  EXPECT_EQ(entries(), 1u);
  folder.close();
  umount2((root / kName).c_str(), MNT_DETACH);
}

TEST_F(InASpool, AFileOverTheProcessLimitIsAFaultAndLeavesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1'500'000, 1'500'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto writing = association();
    auto writer = writing.begin().value();
    bool failed = false;
    for (int i = 0; i < 4; ++i) failed = failed || !writer.write(base::Bytes(1'000'000)).ok();
    _exit(failed ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(entries(), 0u);
}

TEST_F(InASpool, ANameThatIsTakenIsNotOverwritten) {
  auto first = association();
  store(first, base::as_bytes("first"));
  auto second = association();
  auto writer = second.begin().value();
  ASSERT_TRUE(writer.write(base::as_bytes("second")).ok());
  EXPECT_FALSE(second.commit(std::move(writer)).ok());
  EXPECT_EQ(base::as_text(content_of(1)), "first");
}

TEST_F(InASpool, APointOffTheCurveBeginsNoAssociation) {
  base::Bytes off = pair.point;
  off.back() ^= 1;
  const auto none = Association::create(folder.get(), kId, off);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.fault().remedy, base::Remedy::AskAdministrator);
}

TEST_F(InASpool, AChangedByteAnywhereIsRefused) {
  auto writing = association();
  store(writing, base::as_bytes("content"));
  const auto path = root / kName / "1.dcms";
  const auto size = fs::file_size(path);
  for (const std::uint64_t at : {std::uint64_t{6}, std::uint64_t{20}, std::uint64_t{60},
                                 std::uint64_t{97}, std::uint64_t{100}, size - 1}) {
    const int fd = open(path.c_str(), O_RDWR);
    std::uint8_t byte = 0;
    ASSERT_EQ(pread(fd, &byte, 1, static_cast<off_t>(at)), 1);
    const std::uint8_t changed = byte ^ 1;
    ASSERT_EQ(pwrite(fd, &changed, 1, static_cast<off_t>(at)), 1);
    auto key = segment_key(fd, pair.scalar, pair.point);
    EXPECT_FALSE(key.ok() && SealedSource::open(fd, std::move(key).value()).ok()) << at;
    ASSERT_EQ(pwrite(fd, &byte, 1, static_cast<off_t>(at)), 1);
    close(fd);
  }
  EXPECT_EQ(base::as_text(content_of(1)), "content");
}

TEST_F(InASpool, AScanTellsWhatIsThere) {
  auto writing = association();
  for (int i = 0; i < 11; ++i) store(writing, base::as_bytes("x"));
  const auto contents = scan(spool.get(), kName).value();
  EXPECT_THAT(contents.sequences, ::testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_TRUE(contents.contiguous());
  EXPECT_FALSE(contents.origin);
  EXPECT_TRUE(has_instance(spool.get(), kName, 11));
  EXPECT_FALSE(has_instance(spool.get(), kName, 12));
  ASSERT_TRUE(remove_instance(spool.get(), kName, 5).ok());
  EXPECT_FALSE(scan(spool.get(), kName).value().contiguous());
  EXPECT_TRUE(remove_instance(spool.get(), kName, 5).ok());
}

TEST_F(InASpool, OnlyFoldersThatHoldNoInstanceAreSwept) {
  const std::string empty(32, 'e'), bare(32, 'b'), foreign(32, 'f');
  for (const auto& name : {empty, bare, foreign}) fs::create_directory(root / name);
  ASSERT_TRUE(disk::replace_file(disk::open_folder(root / empty).value().get(), "origin",
                                 base::as_bytes(write_origin({"l", "p", "", 1})))
                  .ok());
  ASSERT_TRUE(disk::replace_file(disk::open_folder(root / foreign).value().get(), "notes",
                                 base::as_bytes("x"))
                  .ok());
  EXPECT_EQ(read_origin(spool.get(), empty).value().listener, "l");
  auto writing = association();
  store(writing, base::as_bytes("x"));
  EXPECT_EQ(sweep(spool.get()).value(), 2u);
  EXPECT_THAT(list_associations(spool.get()).value(), ::testing::ElementsAre(kName, foreign));
  EXPECT_EQ(remove_if_empty(spool.get(), kName).value(), false);
  ASSERT_TRUE(remove_instance(spool.get(), kName, 1).ok());
  EXPECT_EQ(remove_if_empty(spool.get(), kName).value(), true);
}

TEST_F(InASpool, NamesThatAreNoAssociationMakeNoPath) {
  for (const char* name : {"..", "", "../../../../../../../../../etc", "ABCD", "key.pub"}) {
    EXPECT_FALSE(is_association(name)) << name;
    EXPECT_FALSE(scan(spool.get(), name).ok()) << name;
    EXPECT_FALSE(open_instance(spool.get(), name, 1).ok()) << name;
    EXPECT_FALSE(remove_if_empty(spool.get(), name).ok()) << name;
  }
}

TEST_F(InASpool, ASymbolicLinkIsNotFollowed) {
  fs::create_symlink("/etc/passwd", root / kName / "1.dcms");
  EXPECT_FALSE(open_instance(spool.get(), kName, 1).ok());
}

TEST(LowWater, IsTheSmallerOfAPartAndTwentyGigabytesUnlessGiven) {
  const Space small{0, 100'000'000'000}, large{0, 4'000'000'000'000};
  EXPECT_EQ(low_water(small, 0, 0.10), 10'000'000'000u);
  EXPECT_EQ(low_water(large, 0, 0.10), 20'000'000'000u);
  EXPECT_EQ(low_water(large, 5, 0.10), 5u);
}

}  // namespace
}  // namespace spool
