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

TEST(SuspectFrames, MustBeInFragmentsWhereTheSyntaxSaysSo) {
  auto file = instance({made::bytes({0x7FE0, 0x0010}, "OB", {1, 2, 3, 4})});
  const dicom::MemorySource nothing{{}};
  EXPECT_EQ(deidentify::suspect_frames(file, nothing).value(), std::nullopt);
  file.syntax = dicom::transfer_syntax("1.2.840.10008.1.2.4.50");
  EXPECT_THAT(deidentify::suspect_frames(file, nothing).value(),
              Optional(HasSubstr("not in fragments")));
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
  EXPECT_TRUE(suspect({made::bytes({0x0028, 0x0100}, "US", {8, 0})}));
  EXPECT_TRUE(suspect({made::sequence(
      {0x5200, 0x9229},
      {made::sequence({0x0018, 0x9329}, {text({0x0008, 0x9007}, "CS", "DERIVED\\SECONDARY")})})}));
}

// One fragment holding these bytes.
std::optional<std::string> frames(std::string_view syntax, base::Bytes head) {
  auto file = instance({});
  file.syntax = dicom::transfer_syntax(syntax);
  auto* pixels = dicom::find(file.elements, {0x7FE0, 0x0010});
  pixels->shape = dicom::Element::Shape::Encapsulated;
  pixels->extents = {{0, 0}, {0, head.size()}};
  auto found = deidentify::suspect_frames(file, dicom::MemorySource(head));
  return found ? found.value() : std::optional<std::string>("fault");
}

base::Bytes jpeg(std::uint8_t marker, std::string_view content) {
  base::Bytes bytes{0xFF, 0xD8, 0xFF, marker, 0, static_cast<std::uint8_t>(content.size() + 2)};
  base::append(bytes, base::as_bytes(content));
  base::append(bytes, base::Bytes{0xFF, 0xF7, 0, 4, 8, 0, 0xFF, 0xDA, 0, 2, 1, 2, 3});
  return bytes;
}

constexpr const char* kJpegLS = "1.2.840.10008.1.2.4.80";
constexpr const char* kJpeg2000 = "1.2.840.10008.1.2.4.90";

TEST(T60, CommentsAndApplicationSegmentsAreQuarantined) {
  EXPECT_THAT(frames(kJpegLS, jpeg(0xFE, "VANDERMOLEN")), Optional(HasSubstr("segments")));
  EXPECT_THAT(frames(kJpegLS, jpeg(0xE1, "Exif")), Optional(HasSubstr("segments")));
  EXPECT_EQ(frames(kJpegLS, jpeg(0xE0, std::string_view("JFIF\0\1\1\0\0\1\0\1\0\0", 14))),
            std::nullopt);
  EXPECT_EQ(frames(kJpegLS, jpeg(0xC4, "tables")), std::nullopt);
}

TEST(T60, OnlyAnEncodersOwnMarkIsLetPass) {
  EXPECT_EQ(frames(kJpegLS, jpeg(0xFE, std::string_view("LEAD Technologies Inc. V1.01\0", 29))),
            std::nullopt);
  EXPECT_NE(frames(kJpegLS, jpeg(0xFE, "LEAD Technologies Inc. Vander")), std::nullopt);
  base::Bytes codestream{0xFF, 0x4F, 0xFF, 0x64, 0, 37, 0, 1};
  base::append(codestream, base::as_bytes("Created by OpenJPEG version 2.5.0"));
  base::append(codestream, base::Bytes{0xFF, 0x90, 0, 10, 0, 0, 0, 0});
  EXPECT_EQ(frames(kJpeg2000, codestream), std::nullopt);
  codestream[20] = 'X';
  EXPECT_NE(frames(kJpeg2000, codestream), std::nullopt);
}

TEST(T59, FormsThatCannotBeReadAreQuarantined) {
  EXPECT_NE(frames("1.2.840.10008.1.2.4.102", {0, 0, 1, 0xBA}), std::nullopt);  // MPEG-4
  EXPECT_NE(frames("1.2.840.10008.1.2.4.110", {0xFF, 0x0A}), std::nullopt);     // JPEG XL
  EXPECT_NE(frames("1.2.3.4", jpeg(0xC4, "x")), std::nullopt);                  // private
  EXPECT_NE(frames(kJpegLS, {0, 1, 2, 3}), std::nullopt);
  EXPECT_NE(frames(kJpeg2000, {0, 0, 0, 12, 'j', 'P', ' ', ' '}), std::nullopt)
      << "a JP2 file with its boxes";
  EXPECT_EQ(frames("1.2.840.10008.1.2.5", {1, 0, 0, 0}), std::nullopt);
}

TEST(T60, AHeadWithoutAnEndIsQuarantined) {
  EXPECT_NE(frames(kJpegLS, {0xFF, 0xD8, 0xFF, 0xC4, 0xFF}), std::nullopt);
  EXPECT_NE(frames(kJpegLS, {0xFF, 0xD8, 0xFF, 0xC4, 0, 0}), std::nullopt);
}

}  // namespace
