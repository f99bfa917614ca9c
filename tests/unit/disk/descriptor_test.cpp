#include "disk/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

class Disk : public testing::Test {
 protected:
  Disk() {
    std::string name = (fs::temp_directory_path() / "disk.XXXXXX").string();
    path_ = mkdtemp(name.data());
    folder_ = disk::open_folder(path_).value();
  }
  ~Disk() override { fs::remove_all(path_); }

  std::string content(const std::string& name) const {
    std::ifstream file(path_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }

  std::string path_;
  disk::Descriptor folder_;
};

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

TEST_F(Disk, ADescriptorClosesWhatItOwnsAndOnlyThat) {
  int first = -1;
  int second = -1;
  {
    disk::Descriptor one(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    disk::Descriptor other(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    first = one.get();
    second = other.get();
    one = std::move(other);
    EXPECT_FALSE(is_open(first));
    EXPECT_FALSE(other.valid());  // NOLINT: what moving promises
    EXPECT_EQ(one.get(), second);
  }
  EXPECT_FALSE(is_open(second));
}

TEST_F(Disk, ADuplicateLivesOnAndIsNotInherited) {
  auto copy = [&] {
    const auto original = disk::open_folder(path_).value();
    return original.duplicate().value();
  }();
  EXPECT_TRUE(is_open(copy.get()));
  EXPECT_EQ(fcntl(copy.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(Disk, AFaultSaysWhoCanMakeItBetter) {
  for (int error : {ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM})
    EXPECT_EQ(disk::system_fault("x", "y", error).remedy, base::Remedy::RetryLater) << error;
  for (int error : {ENOENT, EACCES, ENOTDIR, EROFS})
    EXPECT_EQ(disk::system_fault("x", "y", error).remedy, base::Remedy::AskAdministrator) << error;
  EXPECT_EQ(disk::system_fault("x", "y", ENOSPC).what, "y: No space left on device");
}

TEST_F(Disk, OpensNoLinkWhereAFileIsExpected) {
  write("target", "secret");
  fs::create_symlink("target", path_ + "/link");
  EXPECT_TRUE(disk::open_read(folder_.get(), "target").ok());
  EXPECT_FALSE(disk::open_read(folder_.get(), "link").ok());
  EXPECT_FALSE(disk::open_folder(path_ + "/target").ok());
}

TEST_F(Disk, ReadsExactlyOrSaysThatTheFileEnds) {
  write("file", "0123456789");
  const auto file = disk::open_read(folder_.get(), "file").value();
  base::Bytes four(4);
  ASSERT_TRUE(disk::read_exact_at(file.get(), four, 6).ok());
  EXPECT_EQ(base::as_text(four), "6789");
  const auto cut = disk::read_exact_at(file.get(), four, 7);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.fault().remedy, base::Remedy::Reject);
  EXPECT_TRUE(disk::read_exact_at(file.get(), {}, 100).ok());
}

TEST_F(Disk, WritesAllOfALongPieceWhereItIsAskedTo) {
  const disk::Descriptor file(memfd_create("test", MFD_CLOEXEC));
  const base::Bytes piece(3'000'000, 'x');
  ASSERT_TRUE(disk::write_all(file.get(), piece).ok());
  ASSERT_TRUE(disk::write_all_at(file.get(), base::as_bytes("mid"), 1'500'000).ok());
  EXPECT_EQ(disk::size_of(file.get()).value(), piece.size());
  base::Bytes back(5);
  ASSERT_TRUE(disk::read_exact_at(file.get(), back, 1'499'999).ok());
  EXPECT_EQ(base::as_text(back), "xmidx");
}

TEST_F(Disk, AFullDeviceIsAFaultThatMayPass) {
  const disk::Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto done = disk::write_all(full.get(), base::as_bytes("x"));
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.fault().remedy, base::Remedy::RetryLater);
}

TEST_F(Disk, ReadsASmallFileOnlyUpToItsLimit) {
  write("small", "abc");
  EXPECT_EQ(base::as_text(disk::read_small_file(path_ + "/small", 3).value()), "abc");
  EXPECT_FALSE(disk::read_small_file(path_ + "/small", 2).ok());
  EXPECT_FALSE(disk::read_small_file(path_ + "/none", 3).ok());
}

TEST_F(Disk, ReplacesAFileWholeAndLeavesNoOther) {
  write("key", "old and longer");
  ASSERT_TRUE(disk::replace_file(folder_.get(), "key", base::as_bytes("new"), 0600).ok());
  EXPECT_EQ(content("key"), "new");
  struct stat status {};
  ASSERT_EQ(fstatat(folder_.get(), "key", &status, 0), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), {}), 1);
}

// What a crash between writing and renaming leaves behind neither stops nor leaks into the next.
TEST_F(Disk, ReplacesOverTheRestOfAnEarlierCrash) {
  write(".key.new", "half written, and much longer than what comes now");
  ASSERT_TRUE(disk::replace_file(folder_.get(), "key", base::as_bytes("new")).ok());
  EXPECT_EQ(content("key"), "new");
  EXPECT_FALSE(fs::exists(path_ + "/.key.new"));
}

TEST_F(Disk, DoesNotWriteThroughALinkThatSomebodyLaidOut) {
  write("victim", "untouched");
  fs::create_symlink("victim", path_ + "/.key.new");
  EXPECT_FALSE(disk::replace_file(folder_.get(), "key", base::as_bytes("new")).ok());
  EXPECT_EQ(content("victim"), "untouched");
}

TEST_F(Disk, MakesAFolderWithItsParentsAndIsContentWhenItIsThere) {
  ASSERT_TRUE(disk::make_folder(path_ + "/a/b/c").ok());
  EXPECT_TRUE(fs::is_directory(path_ + "/a/b/c"));
  EXPECT_TRUE(disk::make_folder(path_ + "/a/b/c").ok());
  write("file", "");
  EXPECT_FALSE(disk::make_folder(path_ + "/file/under").ok());
}

TEST_F(Disk, SealedMemoryCannotBeChangedByAnybody) {
  const auto memory = disk::sealed_memory(base::as_bytes("content")).value();
  EXPECT_EQ(disk::size_of(memory.get()).value(), 7u);
  EXPECT_FALSE(disk::write_all_at(memory.get(), base::as_bytes("C"), 0).ok());
  EXPECT_NE(ftruncate(memory.get(), 1), 0);
  EXPECT_NE(ftruncate(memory.get(), 100), 0);
  EXPECT_EQ(mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0), MAP_FAILED);
  EXPECT_NE(fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
}

}  // namespace
