#include "identity/forms.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "identity/encode.h"

namespace {

using identity::Kind;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

bool has(const std::vector<identity::Form>& forms, std::string_view bytes) {
  return std::any_of(forms.begin(), forms.end(), [&](const identity::Form& form) {
    return base::as_text(form.bytes) == bytes;
  });
}

TEST(WrittenDates, AreTwelve) {
  EXPECT_THAT(identity::written_dates("20230517"), SizeIs(12));
  for (const auto* date : {"20230517", "2023-05-17", "17.05.2023", "05/17/2023", "17 may 2023",
                           "17-may-2023", "may 17, 2023"})
    EXPECT_THAT(identity::written_dates("20230517"), Contains(date));
}

TEST(WrittenDates, AreNoneForWhatIsNoDay) {
  EXPECT_THAT(identity::written_dates("20231317"), IsEmpty());
  EXPECT_THAT(identity::written_dates("00000000"), IsEmpty());
  EXPECT_THAT(identity::written_dates("2023"), IsEmpty());
}

TEST(WrittenForms, NameANameInBothOrders) {
  const auto forms = identity::written_forms({Kind::Name, "vandermolen^wilhelmina"});
  EXPECT_TRUE(has(forms, "vandermolen^wilhelmina"));
  EXPECT_TRUE(has(forms, "wilhelmina vandermolen"));
  EXPECT_TRUE(has(forms, "vandermolen, wilhelmina"));
}

TEST(WrittenForms, AreNoneForShortOnesAndTerms) {
  EXPECT_THAT(identity::written_forms({Kind::Id, "7734"}), IsEmpty());
  EXPECT_THAT(identity::written_forms({Kind::Name, "shoulder"}), IsEmpty());
  EXPECT_THAT(identity::written_forms({Kind::Name, "hand^may"}), testing::Not(IsEmpty()));
}

TEST(WrittenForms, KnowTheEncodingsOfAName) {
  const auto forms = identity::written_forms({Kind::Name, "Müller"});
  EXPECT_TRUE(has(forms, "m\xC3\xBCller"));
  EXPECT_TRUE(has(forms, "m\xFCller"));  // Latin-1
  EXPECT_TRUE(has(forms, "m\xDCller"));  // Latin-1, capital
  EXPECT_TRUE(has(forms, "muller"));
}

TEST(WrittenForms, KnowJapaneseWithItsEscape) {
  const auto forms = identity::written_forms({Kind::Name, "山田"});
  EXPECT_TRUE(has(forms, "山田"));
  EXPECT_TRUE(has(forms, "\x1B$b;3ed")) << "ASCII bytes are folded";
}

TEST(ShortForms, AreWholeValues) {
  EXPECT_THAT(identity::short_forms({Kind::Id, "7734"}), Contains("7734"));
  EXPECT_THAT(identity::short_forms({Kind::Name, "li^bo"}), Contains("bo li"));
  EXPECT_THAT(identity::short_forms({Kind::Id, "1"}), IsEmpty());
}

TEST(Encodings, WriteAsciiOnceForBothOrdersOfUtf16) {
  const auto all = identity::encodings("abc");
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(base::as_text(all[1]), std::string_view("a\0b\0c", 5));
}

}  // namespace
