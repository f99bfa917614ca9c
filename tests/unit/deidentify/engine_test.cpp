#include <gmock/gmock.h>

#include <algorithm>

#include "made.h"

namespace {

using made::bytes;
using made::element;
using made::instance;
using made::Option;
using made::run;
using made::sequence;
using made::text;
using made::value;
using testing::HasSubstr;

constexpr dicom::Tag kStudyDate{0x0008, 0x0020};

bool contains(const base::Bytes& bytes, std::string_view text) {
  return base::as_text(bytes).find(text) != std::string_view::npos;
}

TEST(T02, PatientNameIsThePseudonym) {
  const auto outcome = run(instance({}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0010, 0x0010}), "PW96NNST8Z6YH");
  EXPECT_EQ(value(outcome, {0x0010, 0x0020}), "PW96NNST8Z6YH");
}

TEST(T09, ReferencesOfAnXAAreMappedAndTheRestOfTheItemGoesThroughTheProfile) {
  const auto outcome =
      run(instance({text({0x0008, 0x0060}, "CS", "XA"),
                    sequence({0x0008, 0x1140}, {text({0x0008, 0x1150}, "UI", made::kXA),
                                                text({0x0008, 0x1155}, "UI", made::kUid),
                                                text({0x0010, 0x4000}, "LT", "private remarks")})},
                   made::kXA));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  const auto& item = element(outcome, {0x0008, 0x1140})->items.at(0).elements;
  EXPECT_EQ(dicom::text_of(item, {0x0008, 0x1155}), made::kMappedUid);
  EXPECT_EQ(dicom::text_of(item, {0x0008, 0x1150}), made::kXA);
  EXPECT_EQ(dicom::find(item, {0x0010, 0x4000}), nullptr);
}

TEST(T12, PatientCharacteristicsAreKeptAndTextsAreCleaned) {
  const auto outcome =
      run(instance({text({0x0010, 0x0040}, "CS", "F"), text({0x0010, 0x1010}, "AS", "045Y"),
                    text({0x0010, 0x1020}, "DS", "1.7"), text({0x0010, 0x1030}, "DS", "70"),
                    text({0x0010, 0x2110}, "LO", "Nuts, as Dr. Osterhout found"),
                    text({0x0038, 0x0050}, "LO", "wheelchair of Mrs Vandermolen"),
                    text({0x0040, 0x0012}, "LO", "asked Osterhout"),
                    text({0x0038, 0x0500}, "LO", "calm since 17 May 2023")}),
          {Option::RetainPatientCharacteristics});
  EXPECT_EQ(value(outcome, {0x0010, 0x0040}), "F");
  EXPECT_EQ(value(outcome, {0x0010, 0x1010}), "045Y");
  EXPECT_EQ(value(outcome, {0x0010, 0x1030}), "70");
  EXPECT_EQ(value(outcome, {0x0010, 0x2110}), "Nuts");
  EXPECT_EQ(value(outcome, {0x0038, 0x0050}), "wheelchair of");
  EXPECT_EQ(value(outcome, {0x0038, 0x0500}), "calm");
  EXPECT_EQ(element(outcome, {0x0040, 0x0012}), nullptr);
  const auto& codes = element(outcome, {0x0012, 0x0064})->items;
  ASSERT_EQ(codes.size(), 2u);
  EXPECT_EQ(dicom::text_of(codes[0].elements, {0x0008, 0x0100}), "113100");
  EXPECT_EQ(dicom::text_of(codes[1].elements, {0x0008, 0x0100}), "113108");
}

TEST(T13, AgesOver89AreOne) {
  const auto age = [](const char* text_value) {
    return value(run(instance({text({0x0010, 0x1010}, "AS", text_value)}),
                     {Option::RetainPatientCharacteristics}),
                 {0x0010, 0x1010});
  };
  EXPECT_EQ(age("093Y"), "090Y");
  EXPECT_EQ(age("089Y"), "089Y");
  EXPECT_EQ(age("006M"), "006M");
  EXPECT_EQ(age("OLD!"), "absent");
}

TEST(T14, FullDatesStayButTheBirthDateDoesNot) {
  const auto outcome =
      run(instance({text(kStudyDate, "DA", "20230517"), text({0x0010, 0x0030}, "DA", "19610423")}),
          {Option::RetainFullDates});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kStudyDate), "20230517");
  EXPECT_EQ(value(outcome, {0x0010, 0x0030}), "");
  EXPECT_EQ(value(outcome, {0x0028, 0x0303}), "UNMODIFIED");
}

TEST(T15, ModifiedDatesAreShiftedAndSaidSo) {
  const auto outcome =
      run(instance({text(kStudyDate, "DA", "20230517"), text({0x0008, 0x0030}, "TM", "101502.250"),
                    text({0x0010, 0x0030}, "DA", "19610423")}),
          {Option::ModifyDates});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kStudyDate), "20160713");
  EXPECT_EQ(value(outcome, {0x0008, 0x0030}), "101502.250");
  EXPECT_EQ(value(outcome, {0x0010, 0x0030}), "");
  EXPECT_EQ(value(outcome, {0x0028, 0x0303}), "MODIFIED");
}

TEST(T15, ADayThatAnotherWasMovedToIsNoHit) {
  const auto outcome =
      run(instance({text(kStudyDate, "DA", "20230517"), text({0x0008, 0x0021}, "DA", "20160713")}),
          {Option::ModifyDates});
  EXPECT_TRUE(outcome.released) << outcome.reason;
}

TEST(T16, WithoutADatesOptionTheyAreRemoved) {
  const auto outcome = run(instance({text(kStudyDate, "DA", "20230517")}));
  EXPECT_EQ(value(outcome, kStudyDate), "");
  EXPECT_EQ(value(outcome, {0x0028, 0x0303}), "REMOVED");
}

TEST(T18, RetainedUidsStayAndTheFileMetaIsRebuilt) {
  const auto outcome = run(instance({}), {Option::RetainUIDs});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0008, 0x0018}), made::kUid);
  EXPECT_FALSE(contains(made::written(outcome), "SENDER_AE_X"));
}

TEST(T20, AUidIsMappedEverywhere) {
  const auto outcome =
      run(instance({sequence({0x0008, 0x1032}, {text({0x0008, 0x1155}, "UI", made::kUid)})}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0008, 0x0018}), made::kMappedUid);
  EXPECT_EQ(outcome.file.meta.sop_instance_uid, made::kMappedUid);
  EXPECT_EQ(dicom::text_of(element(outcome, {0x0008, 0x1032})->items[0].elements, {0x0008, 0x1155}),
            made::kMappedUid);
}

TEST(T21, RegisteredUidsStay) {
  const auto outcome = run(instance({text({0x0020, 0x0052}, "UI", "1.2.840.10008.1.4.1.1")}));
  EXPECT_EQ(value(outcome, {0x0008, 0x0016}), made::kCT);
  EXPECT_EQ(value(outcome, {0x0020, 0x0052}), "1.2.840.10008.1.4.1.1");
}

TEST(T22, EveryValueOfAMultiValuedUidIsMapped) {
  const auto outcome =
      run(instance({text({0x0008, 0x3010}, "UI", std::string(made::kUid) + "\\1.2.3")}));
  EXPECT_EQ(value(outcome, {0x0008, 0x3010}),
            std::string(made::kMappedUid) + "\\2.25.265167921702543904579733803694101665194");
}

TEST(T23, AnEmptyUidStaysEmptyAndAnIllegalOneIsMappedAndCounted) {
  const auto outcome =
      run(instance({text({0x0020, 0x0052}, "UI", ""), text({0x0008, 0x3010}, "UI", "1.2.abc")}));
  EXPECT_EQ(value(outcome, {0x0020, 0x0052}), "");
  EXPECT_THAT(value(outcome, {0x0008, 0x3010}), HasSubstr("2.25."));
  EXPECT_EQ(outcome.counts.at("anomalies"), 1u);
}

TEST(T24, AnUnregisteredUidUnderTheStandardsRootIsMapped) {
  const auto outcome = run(instance({text({0x0020, 0x0052}, "UI", "1.2.840.10008.99.1.2.3")}));
  EXPECT_THAT(value(outcome, {0x0020, 0x0052}), HasSubstr("2.25."));
}

made::Element nested(int depth, made::Element inner) {
  for (int i = 0; i < depth; ++i) inner = sequence({0x0008, 0x1032}, {std::move(inner)});
  return inner;
}

TEST(T26, TwelveLevelsDownNothingIsLeft) {
  const auto outcome = run(instance({nested(12, text({0x0010, 0x1001}, "PN", "VANDERMOLEN^W"))}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_FALSE(contains(made::written(outcome), "VANDERMOLEN"));
}

TEST(T26, MoreThan64LevelsAreQuarantined) {
  const auto outcome = run(instance({nested(70, text({0x0008, 0x0100}, "SH", "x"))}));
  EXPECT_FALSE(outcome.released);
  EXPECT_THAT(outcome.reason, HasSubstr("64"));
}

TEST(T27, NoPrivateElementRemains) {
  const auto outcome =
      run(instance({text({0x0033, 0x1055}, "LO", "orphan"), text({0x0019, 0x0010}, "LO", "ACME"),
                    sequence({0x0008, 0x1032}, {text({0x0019, 0x1023}, "DS", "1")})}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  const auto odd = [](const dicom::Element& one) { return one.tag.is_private(); };
  EXPECT_TRUE(std::none_of(outcome.file.elements.begin(), outcome.file.elements.end(), odd));
  EXPECT_TRUE(element(outcome, {0x0008, 0x1032})->items[0].elements.empty());
  EXPECT_EQ(outcome.counts.at("private_removed"), 3u);
}

TEST(T31, StudyDescriptionIsAbsent) {
  const auto outcome =
      run(instance({text({0x0008, 0x1030}, "LO", "CT CHEST FOR VANDERMOLEN W. 05/17/2023")}));
  EXPECT_EQ(element(outcome, {0x0008, 0x1030}), nullptr);
}

TEST(T35, APatientNamedHandDoesNotQuarantineHands) {
  auto file =
      instance({text({0x0010, 0x0010}, "PN", "Hand^May"), text({0x0018, 0x0015}, "CS", "HAND")});
  const auto outcome = run(file);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0018, 0x0015}), "HAND");
}

TEST(T36, AShortNameIsNoSubstring) {
  const auto outcome = run(
      instance({text({0x0010, 0x0010}, "PN", "Li^Bo"), text({0x0008, 0x0070}, "LO", "Libo Ltd")}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, {0x0008, 0x0070}), "Libo Ltd");
}

TEST(T37, ADateThatIsNoneGoesTheBasicWay) {
  const auto outcome = run(instance({text(kStudyDate, "DA", "UNKNOWN")}), {Option::ModifyDates});
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(value(outcome, kStudyDate), "");
  EXPECT_EQ(outcome.counts.at("anomalies"), 1u);
}

TEST(T40, AnUnnamedDateIsRemoved) {
  EXPECT_EQ(element(run(instance({text({0x0008, 0x041F}, "DT", "20230517")})), {0x0008, 0x041F}),
            nullptr);
}

TEST(T43, UnknownCharacterSetsWithOtherThanAsciiAreQuarantined) {
  const auto outcome = run(
      instance({text({0x0008, 0x0005}, "CS", "KLINGON"), text({0x0008, 0x0070}, "LO", "M\xFC")}));
  EXPECT_FALSE(outcome.released);
  EXPECT_EQ(outcome.reason, "text that cannot be decoded in (0008,0070)");
  EXPECT_TRUE(
      run(instance({text({0x0008, 0x0005}, "CS", "KLINGON"), text({0x0008, 0x0070}, "LO", "M")}))
          .released);
}

TEST(T44, AnItemsOwnCharacterSetIsHonoured) {
  const auto outcome = run(
      instance({text({0x0010, 0x0010}, "PN", "M\xC3\xBCllerin^A"),
                text({0x0008, 0x0005}, "CS", "ISO_IR 192"),
                sequence({0x0008, 0x1032}, {text({0x0008, 0x0005}, "CS", "ISO_IR 100"),
                                            text({0x0008, 0x0104}, "LO", "f\xFCr M\xFCLLERIN")})}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(dicom::text_of(element(outcome, {0x0008, 0x1032})->items[0].elements, {0x0008, 0x0104}),
            "ANONYMIZED");
}

TEST(T45, FileMetaIsRebuiltFromNothing) {
  const auto outcome = run(instance({}));
  EXPECT_EQ(outcome.file.meta.source_ae_title, "");
  EXPECT_EQ(outcome.file.meta.receiving_ae_title, "");
  const auto all = made::written(outcome);
  EXPECT_TRUE(std::all_of(all.begin(), all.begin() + 128, [](auto byte) { return byte == 0; }));
}

TEST(T46, TrailingPaddingIsRemoved) {
  EXPECT_EQ(element(run(instance({bytes({0xFFFC, 0xFFFC}, "OB", {1, 2})})), {0xFFFC, 0xFFFC}),
            nullptr);
}

TEST(T47, SignaturesAreRemovedAtEveryLevelAndCounted) {
  const auto outcome =
      run(instance({sequence({0xFFFA, 0xFFFA}, {}), sequence({0x4FFE, 0x0001}, {}),
                    sequence({0x0008, 0x1032}, {sequence({0xFFFA, 0xFFFA}, {})})}));
  EXPECT_EQ(element(outcome, {0xFFFA, 0xFFFA}), nullptr);
  EXPECT_TRUE(element(outcome, {0x0008, 0x1032})->items[0].elements.empty());
  EXPECT_EQ(outcome.counts.at("signatures_invalidated"), 3u);
}

TEST(T48, OriginalAndModifiedAttributesAreRemoved) {
  for (const std::uint16_t number : {0x0561, 0x0550, 0x0551})
    EXPECT_EQ(element(run(instance({sequence({0x0400, number}, {})})), {0x0400, number}), nullptr);
}

TEST(T49, OverlaysAreRemovedAndEmbeddedOnesQuarantined) {
  const auto outcome =
      run(instance({bytes({0x6000, 0x0102}, "US", {0, 0}), bytes({0x6000, 0x3000}, "OW", {1, 1})}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, {0x6000, 0x3000}), nullptr);
  const auto embedded = run(instance({bytes({0x6002, 0x0102}, "US", {12, 0})}));
  EXPECT_FALSE(embedded.released);
  EXPECT_THAT(embedded.reason, HasSubstr("overlay"));
}

TEST(T52, IconsAreRemoved) {
  EXPECT_EQ(element(run(instance({sequence({0x0088, 0x0200}, {})})), {0x0088, 0x0200}), nullptr);
}

TEST(T65, BinaryOffTheListAndDisguisedValuesAreRemoved) {
  const auto outcome = run(instance(
      {bytes({0x0018, 0x0050}, "UN", {1, 0}), bytes({0x0018, 0x1412}, "OB", {1, 0}),
       text({0x0020, 0x0013}, "LO", "not a number"), bytes({0x0028, 0x3006}, "OW", {1, 0})}));
  EXPECT_EQ(element(outcome, {0x0018, 0x0050}), nullptr);
  EXPECT_EQ(element(outcome, {0x0020, 0x0013}), nullptr);
  EXPECT_NE(element(outcome, {0x0028, 0x3006}), nullptr);
}

TEST(T68, TheDataSetsUidWins) {
  auto file = instance({});
  file.meta.sop_instance_uid = "1.2.3.4.5.6.7.8.9.10.11.12";
  EXPECT_EQ(run(file).file.meta.sop_instance_uid, made::kMappedUid);
}

TEST(T72, TheOutputIsMarkedAndOldMarksAreGone) {
  const auto outcome =
      run(instance({text({0x0012, 0x0062}, "CS", "NO"), text({0x0012, 0x0063}, "LO", "by somebody"),
                    sequence({0x0012, 0x0064}, {text({0x0008, 0x0100}, "SH", "113111")})}));
  EXPECT_EQ(value(outcome, {0x0012, 0x0062}), "YES");
  EXPECT_THAT(value(outcome, {0x0012, 0x0063}), HasSubstr("dcmcourier"));
  EXPECT_LE(value(outcome, {0x0012, 0x0063}).size(), 64u);
  ASSERT_EQ(element(outcome, {0x0012, 0x0064})->items.size(), 1u);
  EXPECT_EQ(element(outcome, {0x0028, 0x0301}), nullptr);
}

TEST(T73, WhatSaysItIsDeidentifiedIsProcessedAllTheSame) {
  const auto outcome = run(instance({text({0x0012, 0x0062}, "CS", "YES")}));
  EXPECT_EQ(value(outcome, {0x0010, 0x0010}), "PW96NNST8Z6YH");
}

TEST(T74, AnIdentifierInOptionalTextIsMendedOnce) {
  const auto outcome = run(
      instance({text({0x0008, 0x0070}, "LO", "Siemens for Vandermolen"),
                sequence({0x0008, 0x1032}, {text({0x0008, 0x0104}, "LO", "for VANDERMOLEN")})}));
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, {0x0008, 0x0070}), nullptr);
  EXPECT_EQ(dicom::text_of(element(outcome, {0x0008, 0x1032})->items[0].elements, {0x0008, 0x0104}),
            "ANONYMIZED");
  EXPECT_EQ(outcome.counts.at("mended"), 2u);
}

TEST(T74, AnIdentifierInStructureIsQuarantined) {
  const auto outcome = run(instance({text({0x0018, 0x0015}, "CS", "VANDERMOLEN")}));
  EXPECT_FALSE(outcome.released);
  EXPECT_EQ(outcome.reason, "the residual scan found an identifier in (0018,0015)");
}

TEST(T75, AnIdentifierInWideCharactersOfBinaryIsQuarantined) {
  base::Bytes wide;
  for (const char c : std::string("Vandermolen"))
    wide.insert(wide.end(), {static_cast<std::uint8_t>(c), 0});
  EXPECT_FALSE(run(instance({bytes({0x0028, 0x2000}, "OB", wide)})).released);
}

TEST(T78, TheSameInputGivesTheSameBytes) {
  const auto file = instance({text(kStudyDate, "DA", "20230517")});
  EXPECT_EQ(made::written(run(file, {Option::ModifyDates})),
            made::written(run(file, {Option::ModifyDates})));
}

TEST(T79, PixelDataPassAsTheyAre) {
  auto file = instance({made::number({0x0028, 0x0010}, 512), made::number({0x0028, 0x0011}, 512)});
  auto* pixels = dicom::find(file.elements, {0x7FE0, 0x0010});
  pixels->shape = dicom::Element::Shape::Extent;
  pixels->value.clear();
  pixels->extents = {{1000, 524288}};
  const auto outcome = run(file);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(element(outcome, {0x7FE0, 0x0010})->extents[0].length, 524288u);
}

TEST(Engine, RemovesLargeTextUnread) {
  auto file = instance({});
  dicom::Element large;
  large.tag = {0x0008, 0x0070};
  large.vr = "LO";
  large.shape = dicom::Element::Shape::Extent;
  large.extents = {{0, 1 << 20}};
  deidentify::put(file.elements, large);
  EXPECT_EQ(element(run(file), {0x0008, 0x0070}), nullptr);
}

TEST(Engine, AsksForTheKeyWhenThereIsNone) {
  auto engine = deidentify::Engine::create(deidentify::Choices{}, {}, identity::Identifiers());
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.fault().remedy, base::Remedy::AskAdministrator);
}

}  // namespace
