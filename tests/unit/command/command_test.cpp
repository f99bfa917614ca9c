#include "command/command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "command/keys.h"

namespace {

namespace fs = std::filesystem;

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(command::parse_duration("90s"), 90);
  EXPECT_EQ(command::parse_duration("15m"), 900);
  EXPECT_EQ(command::parse_duration("12h"), 43'200);
  EXPECT_EQ(command::parse_duration("3d"), 259'200);
}

TEST(Duration, IsNothingElse) {
  for (const char* text : {"", "s", "3", "d3", "3 d", "-3d", "+3d", "3.5h", "3w", "3dd", "1234567d",
                           "0x3d", "99999999999999999999d", "3D"})
    EXPECT_EQ(command::parse_duration(text), 0) << text;
}

TEST(Table, StandsInColumns) {
  const control::Reply reply{0, "", {"study", "state"}, {{"1", "routed"}, {"1234567", "held"}}};
  EXPECT_EQ(command::as_table(reply),
            "study    state\n"
            "1        routed\n"
            "1234567  held\n");
}

TEST(Table, HasOthersBelowItAndLeavesOutThoseThatAreEmpty) {
  control::Reply reply{0, "up", {"a"}, {{"1"}}};
  reply.more = {{{"b"}, {}}, {{"held", "why"}, {{"x", "y"}}}};
  EXPECT_EQ(command::as_table(reply), "up\n\na\n1\n\nheld  why\nx     y\n");
  EXPECT_EQ(nlohmann::json::parse(command::as_json(reply)).size(), 1u);
}

TEST(Table, CountsCharactersNotBytes) {
  const control::Reply reply{0, "", {"name", "x"}, {{"Müller", "1"}, {"Mueller", "2"}}};
  EXPECT_EQ(command::as_table(reply),
            "name     x\n"
            "Müller   1\n"
            "Mueller  2\n");
}

TEST(Table, SaysNoneWhereThereIsNothing) {
  EXPECT_EQ(command::as_table({0, "", {"study"}, {}}), "none\n");
  EXPECT_EQ(command::as_table({0, "done", {}, {}}), "done\n");
  EXPECT_EQ(command::as_table({0, "done", {"a"}, {{"1"}}}), "done\n\na\n1\n");
}

// A patient name that a terminal would obey: escape sequences must not reach it.
TEST(Table, LetsNoControlCharacterThrough) {
  const control::Reply reply{0, "a\x1B[2Jb", {"x"}, {{"\x1B]0;title\x07\r\x7F\tend"}}};
  const auto text = command::as_table(reply);
  for (char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  EXPECT_EQ(text.find('\x7F'), std::string::npos);
  EXPECT_NE(text.find("a?[2Jb"), std::string::npos);
}

TEST(Table, DoesNotTripOverARowOfAnotherLength) {
  const control::Reply reply{0, "", {"a", "b"}, {{"1"}, {"1", "2", "3"}, {}}};
  EXPECT_EQ(command::as_table(reply), "a  b\n1\n1  2  3\n\n");
}

TEST(JSON, IsAListOfObjectsWithNamesToProgramWith) {
  const control::Reply reply{0, "", {"study", "last receipt"}, {{"1", "then\n"}, {"2", "\xFF"}}};
  const auto json = nlohmann::json::parse(command::as_json(reply));
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["study"], "1");
  EXPECT_EQ(json[0]["last_receipt"], "then\n");
  EXPECT_EQ(nlohmann::json::parse(command::as_json({0, "", {"a"}, {}})), nlohmann::json::array());
}

class Keys : public testing::Test {
 protected:
  Keys() {
    std::string name = (fs::temp_directory_path() / "command.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    config_ = folder_ + "/dcmcourier.yaml";
  }
  ~Keys() override { fs::remove_all(folder_); }
  static std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string folder_, config_;
};

TEST_F(Keys, AreMadeBesideTheConfigurationForNobodyElseToRead) {
  ASSERT_EQ(command::create_keys(config_, ""), 0);
  for (const char* name : {"kek", "deidentify-key"}) {
    const auto path = folder_ + "/credentials/" + name;
    const auto text = content(path);
    EXPECT_EQ(text.size(), 65u);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), 64u);
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
  }
  EXPECT_NE(content(folder_ + "/credentials/kek"),
            content(folder_ + "/credentials/deidentify-key"));
}

TEST_F(Keys, AreNeverOverwritten) {
  ASSERT_EQ(command::create_keys(config_, ""), 0);
  const auto kek = content(folder_ + "/credentials/kek");
  fs::remove(folder_ + "/credentials/deidentify-key");
  ASSERT_EQ(command::create_keys(config_, ""), 0);
  EXPECT_EQ(content(folder_ + "/credentials/kek"), kek);
  EXPECT_TRUE(fs::exists(folder_ + "/credentials/deidentify-key"));
}

TEST_F(Keys, GoWhereTheyAreAskedTo) {
  ASSERT_EQ(command::create_keys(config_, folder_ + "/a/b"), 0);
  EXPECT_TRUE(fs::exists(folder_ + "/a/b/kek"));
  ASSERT_EQ(command::pair_with_portal(config_, folder_ + "/a/b"), 0);
  EXPECT_NE(content(folder_ + "/a/b/portal-key").find("PRIVATE KEY"), std::string::npos);
  EXPECT_NE(command::pair_with_portal(config_, folder_ + "/a/b"), 0);
}

TEST_F(Keys, ThatCannotBeWrittenAreAnError) {
  std::ofstream(folder_ + "/file") << "";
  EXPECT_EQ(command::create_keys(config_, folder_ + "/file/under"), 73);
}

}  // namespace
