#include "deidentify/classify.h"

#include <gmock/gmock.h>

#include "made.h"

namespace {

using made::instance;
using made::text;
using testing::HasSubstr;
using testing::Optional;

std::string reason(const dicom::File& file) { return made::run(file).reason; }

TEST(T53, StructuredReportsAreQuarantined) {
  EXPECT_THAT(reason(instance({}, "1.2.840.10008.5.1.4.1.1.88.67")),
              HasSubstr("Clean Structured Content"));
}

TEST(T55, DocumentsAndVideoAreQuarantined) {
  EXPECT_THAT(reason(instance({}, "1.2.840.10008.5.1.4.1.1.104.1")), HasSubstr("documents"));
  EXPECT_THAT(reason(instance({}, "1.2.840.10008.5.1.4.1.1.77.1.1.1")), HasSubstr("video"));
}

TEST(T61, ClassesOfScreensAreSuspect) {
  for (const auto* uid : {"1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.6.1",
                          "1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.77.1.1",
                          "1.2.840.10008.5.1.4.1.1.7.4"})
    EXPECT_THAT(reason(instance({}, uid)), HasSubstr("pixels may hold text")) << uid;
}

TEST(T66, PrivateAndUnknownClassesAreQuarantined) {
  EXPECT_THAT(reason(instance({}, "1.3.12.2.1107.5.9.1")), HasSubstr("private or unknown"));
  EXPECT_THAT(reason(instance({}, "")), HasSubstr("no SOP Class"));
}

TEST(T67, ADirectoryOrAnInstanceWithoutUidIsQuarantined) {
  EXPECT_FALSE(made::run(instance({}, "1.2.840.10008.1.3.10")).released);
  EXPECT_THAT(reason(instance({text({0x0008, 0x0018}, "UI", "")})), HasSubstr("no SOP Instance"));
}

TEST(PolicyClasses, AreHeldBackWithAReason) {
  for (const auto* uid : {"1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.66.5",
                          "1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.11.5",
                          "1.2.840.10008.5.1.4.1.1.481.1", "1.2.840.10008.5.1.4.1.1.481.10",
                          "1.2.840.10008.5.1.4.1.1.88.2", "1.2.840.10008.5.1.4.1.1.131"}) {
    EXPECT_FALSE(made::run(instance({}, uid)).released) << uid;
    EXPECT_THAT(reason(instance({}, uid)), testing::Not(HasSubstr("among those"))) << uid;
  }
}

TEST(SuspectPixels, OfEightBitsAreThoseOfACTAlone) {
  const auto eight_bits = [](const char* sop_class) {
    const auto file = instance({made::bytes({0x0028, 0x0100}, "US", {8, 0})}, sop_class);
    return deidentify::suspect_pixels(file).value_or("");
  };
  EXPECT_THAT(eight_bits("1.2.840.10008.5.1.4.1.1.2"), HasSubstr("CT of 8 bits"));
  EXPECT_THAT(eight_bits("1.2.840.10008.5.1.4.1.1.2.1"), HasSubstr("CT of 8 bits"));
  EXPECT_EQ(eight_bits("1.2.840.10008.5.1.4.1.1.20"), "");
}

TEST(SuspectPixels, AreToldByWhatTheHeaderSays) {
  const auto suspect = [](std::vector<dicom::Element> more) {
    return deidentify::suspect_pixels(instance(std::move(more))).has_value();
  };
  EXPECT_FALSE(suspect({}));
  EXPECT_TRUE(suspect({text({0x0028, 0x0301}, "CS", "YES")}));
  EXPECT_FALSE(suspect({text({0x0028, 0x0301}, "CS", "NO")}));
  EXPECT_TRUE(suspect({text({0x0008, 0x0064}, "CS", "WSD")}));
  EXPECT_TRUE(suspect({text({0x0008, 0x0008}, "CS", "DERIVED\\SECONDARY\\SCREEN SAVE")}));
  EXPECT_TRUE(suspect({text({0x0008, 0x0008}, "CS", "ORIGINAL\\PRIMARY\\DOSE_INFO")}));
  for (const char* modality : {"OT", " US", "US ", "CT\\US"})
    EXPECT_TRUE(suspect({text({0x0008, 0x0060}, "CS", modality)})) << modality;
  EXPECT_FALSE(suspect({text({0x0008, 0x0060}, "CS", "CT")}));
  EXPECT_TRUE(suspect({text({0x0008, 0x103E}, "LO", "Dose Report")}));
  EXPECT_TRUE(suspect({text({0x0028, 0x0004}, "CS", "RGB")}));
  EXPECT_TRUE(suspect({made::number({0x0028, 0x0002}, 3)})) << "colour that says MONOCHROME2";
  EXPECT_TRUE(suspect({made::bytes({0x0028, 0x0100}, "US", {8, 0})}));
  EXPECT_TRUE(suspect({made::sequence(
      {0x5200, 0x9229},
      {made::sequence({0x0018, 0x9329}, {text({0x0008, 0x9007}, "CS", "DERIVED\\SECONDARY")})})}));
}

}  // namespace
