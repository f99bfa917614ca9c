// Each bad configuration beside the complaints that it deserves: NAME.yaml and NAME.expected, or a
// folder NAME with dcmcourier.yaml, routes.d and expected. To write them anew, and then read them:
// SETTINGS_UPDATE=1 build/bin/test_settings --gtest_filter='*BadConfiguration*'
#include <gtest/gtest.h>

#include <algorithm>

#include "files.h"
#include "settings/settings.h"

namespace {

namespace fs = std::filesystem;

fs::path folder() { return fs::path(SOURCE_DIR) / "tests/flows/bad_configurations"; }

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.is_directory()) found.push_back(entry.path().filename().string());
    if (entry.path().extension() == ".yaml") found.push_back(entry.path().stem().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class BadConfiguration : public testing::TestWithParam<std::string> {};

TEST_P(BadConfiguration, IsRefusedWithItsComplaints) {
  const bool in_folder = fs::is_directory(folder() / GetParam());
  const fs::path file =
      in_folder ? folder() / GetParam() / "dcmcourier.yaml" : folder() / (GetParam() + ".yaml");
  const fs::path expected =
      in_folder ? folder() / GetParam() / "expected" : folder() / (GetParam() + ".expected");
  std::string complaints;
  for (auto complaint : settings::load(file.string()).complaints) {
    complaint.file = fs::relative(complaint.file, file.parent_path()).string();
    complaints += to_string(complaint) + "\n";
  }
  if (std::getenv("SETTINGS_UPDATE") != nullptr) {
    std::ofstream(expected, std::ios::binary) << complaints;
  }
  EXPECT_FALSE(complaints.empty());
  EXPECT_EQ(complaints, read_whole(expected.string()));
}

INSTANTIATE_TEST_SUITE_P(All, BadConfiguration, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

TEST(BadConfigurations, AreAllThere) { EXPECT_GE(names().size(), 40u); }

}  // namespace
