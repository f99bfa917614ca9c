#include "identity/fold.h"

#include <gtest/gtest.h>

#include "identity/terms.h"

namespace {

TEST(Fold, TakesCaseAndMarksOff) {
  EXPECT_EQ(identity::fold("MÜLLER"), "muller");
  EXPECT_EQ(identity::fold("Łukasz Ørsted Straße"), "lukasz orsted strasse");
  EXPECT_EQ(identity::fold("Nguyễn"), "nguyen");
  EXPECT_EQ(identity::fold("ИВАНОВ"), "иванов");
  EXPECT_EQ(identity::fold("山田"), "山田");
}

TEST(Fold, DropsCombiningMarks) { EXPECT_EQ(identity::fold("Mu\xCC\x88ller"), "muller"); }

TEST(Fold, KeepsMarksWhenOnlyCaseChanges) {
  EXPECT_EQ(identity::lower_case("MÜLLER"), "müller");
  EXPECT_EQ(identity::upper_case("müller"), "MÜLLER");
}

TEST(Fold, ReplacesBytesThatAreNoUtf8) {
  const auto points = identity::decode_utf8("a\xFF\xC3");
  EXPECT_EQ(points.size(), 3u);
  EXPECT_EQ(points[1], char32_t(0xFFFD));
}

TEST(Terms, KnowAnatomyAndStopWords) {
  EXPECT_TRUE(identity::is_term("hand"));
  EXPECT_TRUE(identity::is_term("chest"));
  EXPECT_TRUE(identity::is_term("zygoma"));
  EXPECT_FALSE(identity::is_term("vandermolen"));
  EXPECT_TRUE(identity::is_stop_word("hospital"));
  EXPECT_FALSE(identity::is_stop_word("okafor"));
}

}  // namespace
