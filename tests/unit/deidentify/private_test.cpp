#include <gmock/gmock.h>

#include <algorithm>

#include "deidentify/private_blocks.h"
#include "made.h"

namespace {

using made::bytes;
using made::element;
using made::instance;
using made::Option;
using made::sequence;
using made::text;
using made::value;

const std::set<Option> kRetain{Option::RetainSafePrivate};

deidentify::Outcome run(std::vector<dicom::Element> more) {
  auto outcome = made::run(instance(std::move(more)), kRetain);
  EXPECT_TRUE(outcome.released) << outcome.reason;
  return outcome;
}

std::vector<std::string> private_tags(const std::vector<dicom::Element>& elements) {
  std::vector<std::string> tags;
  for (const auto& one : elements) {
    if (one.tag.is_private()) tags.push_back(dicom::to_string(one.tag));
    for (const auto& item : one.items)
      for (auto& tag : private_tags(item.elements)) tags.push_back(std::move(tag));
  }
  return tags;
}

std::vector<std::string> private_tags(const deidentify::Outcome& outcome) {
  return private_tags(outcome.file.elements);
}

using Tags = std::vector<std::string>;

TEST(T27, WithoutTheOptionNoPrivateElementRemains) {
  const auto outcome = made::run(instance(
      {text({0x0019, 0x0010}, "LO", "GEMS_ACQU_01"), text({0x0019, 0x1023}, "DS", "27.5")}));
  EXPECT_EQ(private_tags(outcome), Tags{});
}

TEST(T28, WhatIsDeclaredSafeStaysAndTheScanTakesANameFromIt) {
  const auto outcome =
      run({text({0x0019, 0x0010}, "LO", "GEMS_ACQU_01"), text({0x0019, 0x1023}, "DS", "27.5"),
           text({0x0019, 0x109E}, "LO", "for VANDERMOLEN"), text({0x0019, 0x10FF}, "DS", "1"),
           text({0x2005, 0x0010}, "LO", "Philips MR Imaging DD 001"),
           sequence({0x2005, 0x100E}, {text({0x0008, 0x0104}, "LO", "x")}),
           text({0x0033, 0x1055}, "LO", "orphan")});
  EXPECT_EQ(private_tags(outcome), (Tags{"(0019,0010)", "(0019,1023)"}));
  EXPECT_EQ(value(outcome, {0x0019, 0x0010}), "GEMS_ACQU_01");
  EXPECT_EQ(value(outcome, {0x0019, 0x1023}), "27.5");
  const auto& codes = element(outcome, {0x0012, 0x0064})->items;
  EXPECT_EQ(dicom::text_of(codes.back().elements, {0x0008, 0x0100}), "113111");
}

TEST(T28, WithTheLastElementOfABlockItsCreatorGoesToo) {
  const auto outcome = run({text({0x0019, 0x0010}, "LO", "GEMS_ACQU_01"),
                            text({0x0019, 0x109E}, "LO", "for VANDERMOLEN")});
  EXPECT_EQ(private_tags(outcome), Tags{});
}

TEST(T29, ABlockIsKnownByItsCreatorWhereverItLies) {
  const auto outcome =
      run({text({0x0019, 0x0010}, "LO", "ACME"), text({0x0019, 0x1023}, "DS", "1"),
           text({0x0019, 0x0011}, "LO", "GEMS_ACQU_01"), text({0x0019, 0x1123}, "DS", "27.5")});
  EXPECT_EQ(private_tags(outcome), (Tags{"(0019,0011)", "(0019,1123)"}));
}

TEST(T29, AnotherGroupOrAnotherSpellingIsAnotherMaker) {
  for (const auto* creator : {"gems_acqu_01", "GEMS_ACQU_01 X", " GEMS_ACQU_01", "GEMS_PARM_01"})
    EXPECT_EQ(private_tags(
                  run({text({0x0019, 0x0010}, "LO", creator), text({0x0019, 0x1023}, "DS", "1")})),
              Tags{})
        << creator;
  EXPECT_EQ(private_tags(run(
                {text({0x0021, 0x0010}, "LO", "GEMS_ACQU_01"), text({0x0021, 0x1023}, "DS", "1")})),
            Tags{});
}

TEST(T29, CreatorsAreThoseOfTheItem) {
  const auto outcome =
      run({text({0x0019, 0x0010}, "LO", "GEMS_ACQU_01"), text({0x0019, 0x1023}, "DS", "1"),
           sequence({0x0008, 0x1032}, {text({0x0019, 0x1023}, "DS", "2")}),
           sequence({0x0018, 0x9346},
                    {text({0x0019, 0x0012}, "LO", "SIEMENS MR HEADER"),
                     text({0x0019, 0x120C}, "IS", "1000"), text({0x0019, 0x1223}, "DS", "3")})});
  EXPECT_EQ(private_tags(outcome),
            (Tags{"(0019,0012)", "(0019,120C)", "(0019,0010)", "(0019,1023)"}));
  const auto& item = element(outcome, {0x0018, 0x9346})->items[0].elements;
  EXPECT_EQ(private_tags(item), (Tags{"(0019,0012)", "(0019,120C)"}));
  EXPECT_TRUE(element(outcome, {0x0008, 0x1032})->items[0].elements.empty());
}

TEST(T30, ASendersWordThatABlockIsSafeIsIgnored) {
  const auto outcome =
      run({sequence({0x0008, 0x0300},
                    {bytes({0x0008, 0x0301}, "US", {0x33, 0x00}),
                     text({0x0008, 0x0302}, "LO", "ACME"), text({0x0008, 0x0303}, "CS", "SAFE")}),
           text({0x0033, 0x0010}, "LO", "ACME"), text({0x0033, 0x1055}, "LO", "said to be safe")});
  EXPECT_EQ(private_tags(outcome), Tags{});
  EXPECT_EQ(element(outcome, {0x0008, 0x0300}), nullptr);
}

TEST(SafePrivate, OfAnUnknownVRGetsItsOwn) {
  const auto outcome =
      run({bytes({0x2001, 0x0010}, "UN", base::to_bytes(base::as_bytes("Philips Imaging DD 001"))),
           bytes({0x2001, 0x1003}, "UN", {0, 0, 0x7A, 0x44}),
           bytes({0x2001, 0x1004}, "UN", {'N', 'O', 'N', 'E'})});
  EXPECT_EQ(private_tags(outcome), (Tags{"(2001,0010)", "(2001,1003)", "(2001,1004)"}));
  EXPECT_EQ(element(outcome, {0x2001, 0x1003})->vr, dicom::VR("FL"));
  EXPECT_EQ(element(outcome, {0x2001, 0x1004})->vr, dicom::VR("CS"));
  EXPECT_EQ(element(outcome, {0x2001, 0x0010})->vr, dicom::VR("LO"));
}

TEST(SafePrivate, OfAnotherFormThanDeclaredIsRemoved) {
  const auto left = [](dicom::Element strange) {
    return private_tags(run({text({0x0019, 0x0010}, "LO", "SIEMENS MR HEADER"), strange}));
  };
  EXPECT_EQ(left(text({0x0019, 0x100C}, "LO", "1000")), Tags{}) << "another VR";
  EXPECT_EQ(left(text({0x0019, 0x100C}, "IS", "Meier")), Tags{}) << "no number";
  EXPECT_EQ(left(text({0x0019, 0x100C}, "IS", "1\\2")), Tags{}) << "too many";
  EXPECT_EQ(left(text({0x0019, 0x100D}, "CS", "Mr. Meier")), Tags{}) << "no term";
  EXPECT_EQ(left(bytes({0x0019, 0x100E}, "FD", base::Bytes(16, 0))), Tags{}) << "two of three";
  EXPECT_EQ(left(bytes({0x0019, 0x100E}, "FD", base::Bytes(24, 0))),
            (Tags{"(0019,0010)", "(0019,100E)"}));
}

TEST(SafePrivate, ProseAndOpaqueBytesAreNotKnownToBeSafe) {
  EXPECT_EQ(private_tags(run({text({0x7E01, 0x0010}, "LO", "HOLOGIC, Inc."),
                              bytes({0x7E01, 0x1012}, "OB", {0x1F, 0x8B, 8, 0}),
                              text({0x0099, 0x0010}, "LO", "NQHeader"),
                              text({0x0099, 0x1005}, "LT", "seen by the night shift")})),
            Tags{});
}

TEST(SafePrivate, SequencesOfTheTableAreWalkedAndUidsMapped) {
  const auto outcome =
      run({text({0x7E01, 0x0010}, "LO", "HOLOGIC, Inc."),
           sequence({0x7E01, 0x1010}, {text({0x0010, 0x1001}, "PN", "VANDERMOLEN^W"),
                                       text({0x7E01, 0x0010}, "LO", "HOLOGIC, Inc."),
                                       text({0x7E01, 0x1001}, "LO", "1.0")}),
           text({0x0099, 0x0010}, "LO", "NQHeader"), text({0x0099, 0x1002}, "UI", made::kUid)});
  const auto& item = element(outcome, {0x7E01, 0x1010})->items[0].elements;
  EXPECT_EQ(dicom::find(item, {0x0010, 0x1001}), nullptr);
  EXPECT_EQ(dicom::text_of(item, {0x7E01, 0x1001}), "1.0");
  EXPECT_EQ(value(outcome, {0x0099, 0x1002}), made::kMappedUid);
}

TEST(SafePrivate, TextInAnotherCharacterSetIsDecodedForTheScan) {
  const auto outcome = made::run(instance({text({0x0010, 0x0010}, "PN", "M\xFCllerin^Anna"),
                                           text({0x0008, 0x0005}, "CS", "ISO_IR 100"),
                                           text({0x0019, 0x0010}, "LO", "GEMS_ACQU_01"),
                                           text({0x0019, 0x109E}, "LO", "M\xDCLLERIN")}),
                                 kRetain);
  ASSERT_TRUE(outcome.released) << outcome.reason;
  EXPECT_EQ(private_tags(outcome), Tags{});
}

TEST(SafePrivate, NumbersOfUnknownByteOrderAreRemoved) {
  const auto row = *deidentify::tables::find_safe_private(0x2001, "Philips Imaging DD 001", 3);
  const auto unknown = bytes({0x2001, 0x1003}, "UN", {0, 0, 0x7A, 0x44});
  EXPECT_TRUE(deidentify::with_declared_form(unknown, row, false).has_value());
  EXPECT_FALSE(deidentify::with_declared_form(unknown, row, true).has_value());
}

// Each row of the table by itself, in a block of any number.
TEST(SafePrivate, EveryRowOfTheTableIsFoundInAnyBlock) {
  int rows = 0;
  for (const auto& row : deidentify::tables::safe_private()) {
    for (const std::uint16_t block : {0x10, 0x37, 0xFF}) {
      const std::vector<dicom::Element> elements{text({row.group, block}, "LO", row.creator)};
      const auto number = static_cast<std::uint16_t>(block << 8 | row.low_byte);
      const auto* found = deidentify::PrivateBlocks(elements).find_safe({row.group, number});
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->creator, row.creator);
      EXPECT_EQ(found->low_byte, row.low_byte);
    }
    ++rows;
  }
  EXPECT_EQ(rows, 130);
}

}  // namespace
