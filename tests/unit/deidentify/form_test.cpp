// What is written otherwise than its attribute asks for.
#include <gmock/gmock.h>

#include "made.h"

namespace {

using deidentify::Option;
using made::element;
using made::instance;
using made::run;
using made::text;
using made::value;
using testing::AnyOf;
using testing::HasSubstr;

TEST(Form, OfPixelDataOrWhatDescribesThemThatIsNotTheirsIsHeldBack) {
  for (const auto& strange :
       {text({0x7FE0, 0x0010}, "UN", "pixels"), text({0x0028, 0x0010}, "UN", "12"),
        text({0x0028, 0x1053}, "UN", "1"), text({0x0028, 0x1052}, "DS", "Hans Meier 24.12.53")}) {
    const auto outcome = run(instance({strange}));
    EXPECT_FALSE(outcome.released) << dicom::to_string(strange.tag);
    EXPECT_THAT(outcome.reason, AnyOf(HasSubstr("another form"), HasSubstr("does not say")));
  }
}

TEST(Form, OfALargeNumberThatIsNoneIsHeldBack) {
  base::Bytes note(70'000, '1');
  auto file = instance({});
  dicom::Element large;
  large.tag = {0x0018, 0x0050};
  large.vr = "DS";
  large.shape = dicom::Element::Shape::Extent;
  large.extents = {{0, note.size()}};
  deidentify::put(file.elements, large);
  const auto engine = deidentify::Engine::create({}, made::map(), identity::collect(file));
  const auto reason = [&] {
    return engine.value().rewrite(file, dicom::MemorySource(note)).value().reason;
  };
  EXPECT_EQ(reason(), "");
  note[69'999] = 'x';
  EXPECT_THAT(reason(), HasSubstr("other than numbers in (0018,0050)"));
}

TEST(Form, OfAUIDThatIsNoneIsMappedThoughUIDsAreKept) {
  const auto outcome = run(instance({text({0x0020, 0x0052}, "UI", "aunt of the mayor"),
                                     text({0x0020, 0x0200}, "UI", "1.2.3")}),
                           {Option::RetainUIDs});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0020, 0x0052}).substr(0, 5), "2.25.");
  EXPECT_EQ(value(outcome, {0x0020, 0x0200}), "1.2.3");
}

TEST(Form, OfANumberThatIsNoneIsRemoved) {
  const auto outcome = run(instance({text({0x0018, 0x0050}, "DS", "Hans Meier 24.12.53"),
                                     text({0x0020, 0x0013}, "IS", "Fr. Meier")}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, {0x0018, 0x0050}), nullptr);
  EXPECT_EQ(element(outcome, {0x0020, 0x0013}), nullptr);
}

}  // namespace
