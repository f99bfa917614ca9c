// Reading YAML from hands that may be careless or hostile.
#include <gtest/gtest.h>

#include <chrono>

#include "settings/node.h"
#include "settings/utf8.h"

namespace {

using settings::Complaints;
using settings::Node;

std::string only_complaint(const std::string& yaml) {
  Complaints complaints;
  settings::parse_yaml(yaml, "f", complaints);
  EXPECT_EQ(complaints.size(), 1u) << yaml.substr(0, 100);
  return complaints.empty() ? "" : to_string(complaints.all()[0]);
}

TEST(Yaml, ATreeKeepsThePlaceOfEachValue) {
  Complaints complaints;
  const auto root = settings::parse_yaml("a:\n  - b: 'x'\n    c:\n", "f", complaints);
  ASSERT_TRUE(root && complaints.empty());
  const Node& item = root->find("a")->items.at(0);
  EXPECT_EQ(item.find("b")->text, "x");
  EXPECT_EQ(item.find("b")->line, 2);
  EXPECT_EQ(item.find("b")->column, 8);
  EXPECT_TRUE(item.find("c")->is_nothing());
  EXPECT_EQ(*item.file, "f");
}

TEST(Yaml, AnEmptyFileIsNothing) {
  Complaints complaints;
  const auto root = settings::parse_yaml("# only a comment\n", "f", complaints);
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->is_nothing());
}

TEST(Yaml, SyntaxErrorsHaveLineAndColumn) {
  EXPECT_EQ(only_complaint("a: [1, 2\nb: 3\n").substr(0, 10), "f:2:2: YAM");
  EXPECT_EQ(only_complaint("a:\n\t- b\n").substr(0, 4), "f:2:");
}

TEST(Yaml, AKeyThatStandsTwiceIsAComplaint) {
  EXPECT_EQ(only_complaint("a: 1\nb: 2\na: 3\n"), "f:3:1: 'a' stands here twice, first on line 1");
}

TEST(Yaml, KeysMustBeText) {
  EXPECT_EQ(only_complaint("[a, b]: 1\n"), "f:1:1: a key must be text");
  EXPECT_EQ(only_complaint("~: 1\n"), "f:1:1: a key must be text");
}

TEST(Yaml, AliasesAreFollowed) {
  Complaints complaints;
  const auto root = settings::parse_yaml("a: &x {k: v}\nb: *x\n", "f", complaints);
  ASSERT_TRUE(root && complaints.empty());
  EXPECT_EQ(root->find("b")->find("k")->text, "v");
}

TEST(Yaml, AliasesThatMultiplyAreRefused) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 1; k < 10; ++k) yaml += ", " + last;
    yaml += "]\n";
  }
  EXPECT_NE(only_complaint(yaml).find("more than 100000 values"), std::string::npos);
}

TEST(Yaml, AnAliasWithinItsAnchorAndAnUnknownAliasAreRefused) {
  EXPECT_NE(only_complaint("a: &x [*x]\n").find("YAML"), std::string::npos);
  EXPECT_NE(only_complaint("a: *nothing\n").find("YAML"), std::string::npos);
}

TEST(Yaml, NestingIsBoundedAndEndsSoon) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_NE(only_complaint(std::string(1'000'000, '[')).find("nested"), std::string::npos);
  std::string blocks;
  for (int i = 0; i < 500; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_NE(only_complaint(blocks).find("nested"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST(Yaml, TagsAndFurtherDocumentsAreRefused) {
  EXPECT_NE(only_complaint("a: !!python/object:os.system x\n").find("tag"), std::string::npos);
  EXPECT_NE(only_complaint("a: 1\n---\nb: 2\n").find("second YAML document"), std::string::npos);
}

TEST(Yaml, BytesThatAreNotUtf8AreRefusedWithTheirPlace) {
  EXPECT_EQ(only_complaint("a: 1\nb: \xE9t\xE9\n"),
            "f:2:4: a byte that is not UTF-8 text; save the file as UTF-8");
  EXPECT_NE(only_complaint(std::string("a: \0b\n", 6)).find("f:1:4"), std::string::npos);
}

TEST(Yaml, AFileThatIsTooLargeOrMissingIsAComplaint) {
  Complaints complaints;
  EXPECT_FALSE(settings::read_yaml_file("/nonexistent/x.yaml", complaints).root);
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(to_string(complaints.all()[0]).substr(0, 40),
            "/nonexistent/x.yaml: cannot be read: /no");
}

TEST(Utf8, OverlongFormsSurrogatesAndCutSequencesAreNone) {
  EXPECT_FALSE(settings::first_bad_byte("k\xC3\xB6nig \xE2\x82\xAC \xF0\x9F\x98\x80\n"));
  for (const std::string bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                "\xC3", "\x80", "\x1B", "\x7F"}) {
    EXPECT_EQ(settings::first_bad_byte("ab" + bad), 2u);
  }
}

}  // namespace
