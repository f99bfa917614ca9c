#include "recognize/shared_reader.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

namespace {

std::size_t threads() {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator()));
}

const recognize::Picture kBlack{40, 40, base::Bytes(1600, 0)};

TEST(SharedReader, ReadsWithTheFileThatItOpened) {
  recognize::SharedReader reader(recognize::kTrainedFile);
  const auto lines = reader.read(kBlack, std::chrono::minutes(5));
  ASSERT_TRUE(lines.ok()) << lines.fault().what;
  EXPECT_TRUE(lines.value().empty());
}

TEST(SharedReader, SaysWhatToInstallWhenTheFirstPictureComes) {
  recognize::SharedReader reader("/nonexistent/eng.traineddata");
  const auto lines = reader.read(kBlack, std::chrono::minutes(5));
  ASSERT_FALSE(lines.ok());
  EXPECT_EQ(lines.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(lines.fault().what,
            "the reader of text has no trained data; install tesseract-ocr-eng");
  EXPECT_EQ(recognize::what_is_missing("/nonexistent/eng.traineddata"), lines.fault().what);
  EXPECT_EQ(recognize::what_is_missing(recognize::kTrainedFile), std::nullopt);
}

TEST(SharedReader, StartsNoThreadsWhoeverAsksIt) {
  recognize::SharedReader reader(recognize::kTrainedFile);
  auto picture = kBlack;
  for (std::size_t i = 0; i < 1600; i += 7) picture.grey[i] = 255;
  std::size_t most = 0;
  ASSERT_TRUE(reader.read(picture, std::chrono::minutes(5)).ok());
  const auto before = threads();
  std::thread([&] {
    EXPECT_TRUE(reader.read(picture, std::chrono::minutes(5)).ok());
    most = threads();  // those of a pool stay
  }).join();
  EXPECT_EQ(most, before + 1);
}

TEST(SharedReader, FindsTheFileThatCameSince) {
  const auto path = testing::TempDir() + "came.traineddata";
  std::filesystem::remove(path);
  recognize::SharedReader reader(path);
  EXPECT_FALSE(reader.read(kBlack, std::chrono::minutes(5)).ok());
  std::filesystem::create_symlink(recognize::kTrainedFile, path);
  EXPECT_TRUE(reader.read(kBlack, std::chrono::minutes(5)).ok());
  std::filesystem::remove(path);
}

TEST(SharedReader, LooksWhereTesseractIsToldToLook) {
  ASSERT_EQ(unsetenv("TESSDATA_PREFIX"), 0);
  EXPECT_EQ(recognize::trained_file(), recognize::kTrainedFile);
  ASSERT_EQ(setenv("TESSDATA_PREFIX", "/opt/tessdata", 1), 0);
  EXPECT_EQ(recognize::trained_file(), "/opt/tessdata/eng.traineddata");
  unsetenv("TESSDATA_PREFIX");
}

}  // namespace
