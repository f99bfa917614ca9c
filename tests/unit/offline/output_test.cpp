#include "offline/output.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "offline/inputs.h"
#include "offline/messages.h"

namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  Folder() {
    char name[] = "/tmp/offline-XXXXXX";
    root_ = mkdtemp(name);
  }
  ~Folder() override { fs::remove_all(root_); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::vector<std::string> all() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(root_ / "out"))
      if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), root_ / "out"));
    std::sort(names.begin(), names.end());
    return names;
  }
  fs::path root_;
};

using OutputFolder = Folder;
using InputFolder = Folder;

base::Result<std::string> put(offline::Output& output, const std::string& text,
                              const std::string& name, bool later = false) {
  const auto file = TRY(output.next());
  TRY(disk::write_all(file.get(), base::as_bytes(text)));
  return later ? output.keep_for_later(file, "1.2", name) : output.keep(file, "1.2", name);
}

TEST_F(OutputFolder, HasNoFileBeforeItIsKept) {
  auto output = offline::Output::open(root_ / "out", false);
  ASSERT_TRUE(output.ok());
  {
    const auto file = output.value().next();
    ASSERT_TRUE(file.ok());
    EXPECT_FALSE(fs::exists(root_ / "out" / "1.2" / "3.dcm"));
    ASSERT_TRUE(output.value().keep(file.value(), "1.2", "3").ok());
  }
  EXPECT_EQ(all(), std::vector<std::string>{"1.2/3.dcm"});
}

TEST_F(OutputFolder, LeavesNothingOfWhatWasNotKept) {
  {
    auto output = offline::Output::open(root_ / "out", false);
    ASSERT_TRUE(output.ok() && output.value().next().ok());
    ASSERT_TRUE(put(output.value(), "x", "4", true).ok());
  }
  EXPECT_TRUE(fs::is_empty(root_ / "out"));
}

TEST_F(OutputFolder, GivesNamesToAllOfAStudyAtOnce) {
  auto output = offline::Output::open(root_ / "out", false);
  ASSERT_TRUE(put(output.value(), "x", "4", true).ok() && put(output.value(), "y", "5", true).ok());
  EXPECT_FALSE(fs::exists(root_ / "out" / "1.2"));
  ASSERT_TRUE(output.value().name_all().ok());
  EXPECT_EQ(all(), (std::vector<std::string>{"1.2/4.dcm", "1.2/5.dcm"}));
}

TEST_F(OutputFolder, OverwritesNothing) {
  write("out/1.2/3.dcm", "there");
  EXPECT_FALSE(offline::Output::open(root_ / "out", false).ok());
  auto output = offline::Output::open(root_ / "out", true);
  ASSERT_TRUE(output.ok());
  EXPECT_FALSE(put(output.value(), "other", "3").ok());
  std::string text;
  std::ifstream(root_ / "out/1.2/3.dcm") >> text;
  EXPECT_EQ(text, "there");
}

TEST_F(InputFolder, IsReadWithAllThatIsInItInTheOrderOfNames) {
  write("in/b/2", "");
  write("in/a", "");
  write("in/b/1", "");
  fs::create_symlink(root_ / "in/a", root_ / "in/link");
  fs::create_directory_symlink(root_ / "in", root_ / "in/b/up");
  const auto files = offline::gather({root_ / "in", root_ / "in/a"});
  ASSERT_TRUE(files.ok());
  const std::vector<std::string> expected = {root_ / "in/a", root_ / "in/b/1", root_ / "in/b/2",
                                             root_ / "in/link"};
  EXPECT_EQ(files.value(), expected);
  EXPECT_FALSE(offline::gather({root_ / "missing"}).ok());
}

TEST(Answer, OfAChildMayNameNoOtherFolder) {
  for (const char* uid : {"../../etc/passwd", "", "1.2/3", ".1", "1.2.3 "}) {
    offline::Rewritten answer;
    answer.released = true;
    answer.study_instance_uid = "1.2.3";
    answer.sop_instance_uid = uid;
    EXPECT_FALSE(offline::parse_rewritten(offline::write(answer)).ok()) << uid;
  }
  EXPECT_FALSE(offline::parse_rewritten({"{}", {}, {}}).ok());
  EXPECT_FALSE(offline::parse_examined({"[1, 2]", {}, {}}).ok());
}

}  // namespace
