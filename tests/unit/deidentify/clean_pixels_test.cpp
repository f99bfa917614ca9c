#include "deidentify/clean_pixels.h"

#include <gmock/gmock.h>

#include "made.h"

namespace {

using made::bytes;
using made::element;
using made::instance;
using made::Option;
using made::run;
using made::text;
using made::value;
using testing::HasSubstr;

constexpr const char* kUS = "1.2.840.10008.5.1.4.1.1.6.1";
constexpr dicom::Tag kPixelData{0x7FE0, 0x0010};
constexpr dicom::Tag kBurnedIn{0x0028, 0x0301};

dicom::Element number(dicom::Tag tag, std::uint8_t low, std::uint8_t high = 0) {
  return bytes(tag, "US", {low, high});
}

dicom::Element corner(std::uint16_t tag, std::uint8_t at) {
  return bytes({0x0018, tag}, "UL", {at, 0, 0, 0});
}

// Four rows of four bytes each.
dicom::File ultrasound(std::vector<dicom::Element> more) {
  std::vector<dicom::Element> all{text({0x0008, 0x0060}, "CS", "US"),
                                  text(kBurnedIn, "CS", "YES"),
                                  number({0x0028, 0x0002}, 1),
                                  number({0x0028, 0x0010}, 4),
                                  number({0x0028, 0x0011}, 4),
                                  number({0x0028, 0x0100}, 8),
                                  number({0x0028, 0x0101}, 8),
                                  number({0x0028, 0x0102}, 7),
                                  number({0x0028, 0x0103}, 0),
                                  number({0x0028, 0x0106}, 9),
                                  bytes(kPixelData, "OB", base::Bytes(16, 9))};
  for (auto& one : more) all.push_back(std::move(one));
  return instance(std::move(all), kUS);
}

dicom::File with_region() {
  return ultrasound({made::sequence({0x0018, 0x6011}, {corner(0x6018, 1), corner(0x601A, 1),
                                                       corner(0x601C, 2), corner(0x601E, 2)})});
}

TEST(T56, OutsideOfTheRegionsIsBlackAndTheMarksSayWhatRan) {
  const auto outcome = run(with_region(), {Option::CleanPixelData});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, kPixelData)->value,
            (base::Bytes{0, 0, 0, 0, 0, 9, 9, 0, 0, 9, 9, 0, 0, 0, 0, 0}));
  EXPECT_EQ(value(outcome, kBurnedIn), "NO");
  EXPECT_EQ(element(outcome, {0x0028, 0x0106}), nullptr);
  const auto& codes = element(outcome, {0x0012, 0x0064})->items;
  ASSERT_EQ(codes.size(), 2u);
  EXPECT_EQ(dicom::text_of(codes[1].elements, {0x0008, 0x0100}), "113101");
  EXPECT_EQ(outcome.counts.at("pixels_blanked_outside_regions"), 1u);
}

TEST(T56, WithoutTheOptionNothingIsCleaned) {
  EXPECT_THAT(run(with_region()).reason, HasSubstr("pixels may hold text"));
}

TEST(T57, SuspectPixelsWithoutRuleOrRegionAreQuarantined) {
  EXPECT_THAT(run(ultrasound({}), {Option::CleanPixelData}).reason,
              HasSubstr("pixels may hold text"));
}

TEST(T59, ARuleWithPixelsThatCannotBeDecodedIsQuarantined) {
  auto file = with_region();
  file.syntax = dicom::transfer_syntax("1.2.840.10008.1.2.4.201");
  auto* pixels = dicom::find(file.elements, kPixelData);
  pixels->shape = dicom::Element::Shape::Encapsulated;
  pixels->extents = {{0, 0}, {0, 0}};
  EXPECT_THAT(run(file, {Option::CleanPixelData}).reason, HasSubstr("unknown form"));
}

TEST(CleanPixelData, DoesNotCureOtherReasons) {
  for (auto file : {instance({}, "1.2.840.10008.5.1.4.1.1.88.67"),
                    instance({}, "1.2.840.10008.5.1.4.1.1.77.1.1.1"), instance({}, "1.2.3")})
    EXPECT_FALSE(run(file, {Option::CleanPixelData}).released);
  auto hidden = with_region();
  deidentify::put(hidden.elements, number({0x6000, 0x0102}, 12));
  EXPECT_THAT(run(hidden, {Option::CleanPixelData}).reason, HasSubstr("cannot be cleared"));
}

// A rule that matches does not stand for the regions, however the modality is written.
TEST(CleanPixelData, HeedsTheRegionsOfWhatIsAnUltrasoundByItsClassOrModality) {
  deidentify::Choices choices{{Option::CleanPixelData}, {}};
  choices.site.device_rules = {"S1\tXX\t\t~Acme\t\t\t\t\t\t\t\t1\t1\t1\t1"};
  for (const char* modality : {"us", " US", "US\\OT", "OT"}) {
    auto file = with_region();
    deidentify::put(file.elements, text({0x0008, 0x0070}, "LO", "ACME"));
    deidentify::put(file.elements, text({0x0008, 0x0060}, "CS", modality));
    const auto outcome = made::run_with(file, choices);
    ASSERT_TRUE(outcome.released) << outcome.reason;
    EXPECT_EQ(element(outcome, kPixelData)->value,
              (base::Bytes{0, 0, 0, 0, 0, 0, 9, 0, 0, 9, 9, 0, 0, 0, 0, 0}))
        << modality;
  }
}

TEST(CleanPixelData, TakesTheSitesOwnRules) {
  const auto file = ultrasound({text({0x0008, 0x0070}, "LO", "ACME")});
  deidentify::Choices choices{{Option::CleanPixelData}, {}};
  choices.site.device_rules = {"S1\tUS\t=US\t~Acme\t\t\t\t\t\t\t\t0\t0\t4\t1"};
  made::Reader reader;
  auto engine = deidentify::Engine::create(choices, made::map(), identity::collect(file), &reader);
  ASSERT_TRUE(engine.ok()) << engine.fault().what;
  const auto outcome = engine.value().rewrite(file, dicom::MemorySource({}));
  ASSERT_TRUE(outcome.ok() && outcome.value().released);
  EXPECT_EQ(element(outcome.value(), kPixelData)->value,
            (base::Bytes{0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}));
  EXPECT_EQ(outcome.value().counts.at("pixel_rule_S1"), 1u);
  choices.site.device_rules = {"S1\tUS\t=US\t~Acme"};
  EXPECT_FALSE(deidentify::Engine::create(choices, made::map(), identity::collect(file)).ok());
}

}  // namespace
