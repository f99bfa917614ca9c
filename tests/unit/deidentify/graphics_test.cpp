#include "deidentify/graphics.h"

#include <gmock/gmock.h>

#include <cstring>

#include "deidentify/rewrite.h"
#include "made.h"

namespace {

using made::bytes;
using made::element;
using made::Option;
using made::sequence;
using made::text;
using made::value;
using testing::ElementsAre;

constexpr dicom::Tag kAnnotations{0x0070, 0x0001};
constexpr dicom::Tag kLayer{0x0070, 0x0002};
constexpr dicom::Tag kTextObjects{0x0070, 0x0008};
constexpr dicom::Tag kGraphicObjects{0x0070, 0x0009};
constexpr dicom::Tag kLayers{0x0070, 0x0060};

dicom::Element graphic(const char* type, std::size_t points) {
  return sequence(kGraphicObjects,
                  {text({0x0070, 0x0005}, "CS", "PIXEL"), bytes({0x0070, 0x0020}, "US", {2, 0}),
                   bytes({0x0070, 0x0021}, "US", {static_cast<std::uint8_t>(points), 0}),
                   bytes({0x0070, 0x0022}, "FL", base::Bytes(points * 8, 0)),
                   text({0x0070, 0x0023}, "CS", type), text({0x0070, 0x0024}, "CS", "N")});
}

dicom::Element words(const char* said = "seen by Quillfeather") {
  return sequence(kTextObjects,
                  {text({0x0070, 0x0004}, "CS", "PIXEL"), text({0x0070, 0x0006}, "ST", said)});
}

// Annotations on a layer each, and the layers.
std::vector<dicom::Element> drawn(
    std::vector<std::pair<const char*, std::vector<dicom::Element>>> annotations) {
  auto all = sequence(kAnnotations, {}), layers = sequence(kLayers, {});
  all.items.clear();
  layers.items.clear();
  for (auto& [name, objects] : annotations) {
    objects.insert(objects.begin(), text(kLayer, "CS", name));
    all.items.push_back({std::move(objects)});
    layers.items.push_back({{text(kLayer, "CS", name), text({0x0070, 0x0062}, "IS", "1"),
                             text({0x0070, 0x0068}, "LO", "of Quillfeather")}});
  }
  return {all, layers};
}

dicom::File state(std::vector<dicom::Element> more, const char* sop_class = made::kGSPS) {
  more.push_back(text({0x0008, 0x0060}, "CS", "PR"));
  more.push_back(text({0x0070, 0x0080}, "CS", "FINDINGS"));
  more.push_back(text({0x0070, 0x0081}, "LO", "for Quillfeather"));
  more.push_back(text({0x0070, 0x0082}, "DA", "20230517"));
  more.push_back(text({0x0070, 0x0083}, "TM", "101502"));
  more.push_back(text({0x0070, 0x0084}, "PN", "QUILLFEATHER^ADA"));
  auto file = made::instance(std::move(more), sop_class);
  std::erase_if(file.elements, [](const dicom::Element& one) { return one.tag.group == 0x7FE0; });
  return file;
}

deidentify::Outcome run(const dicom::File& file) {
  auto outcome = made::run(file, {Option::CleanGraphics});
  EXPECT_TRUE(outcome.released) << outcome.reason;
  const auto all = made::written(outcome);
  EXPECT_EQ(base::as_text(all).find("uillfeather"), std::string_view::npos);
  EXPECT_EQ(base::as_text(all).find("QUILLFEATHER"), std::string_view::npos);
  return outcome;
}

std::vector<std::string> codes(const deidentify::Outcome& outcome) {
  std::vector<std::string> found;
  for (const auto& item : element(outcome, {0x0012, 0x0064})->items)
    found.push_back(dicom::text_of(item.elements, {0x0008, 0x0100}));
  return found;
}

TEST(T10, ThePresentationsDateIsADummy) {
  const auto outcome = run(state({}));
  EXPECT_EQ(value(outcome, {0x0070, 0x0082}), "19000101");
  EXPECT_EQ(value(outcome, {0x0070, 0x0083}), "000000");
  EXPECT_EQ(value(outcome, {0x0070, 0x0081}), "") << "Type 2";
}

TEST(T51, TextGoesAndWithItAnAnnotationOfNothingElseAndItsLayer) {
  const auto outcome = run(
      state(drawn({{"DR QUILLFEATHER", {words()}}, {"MARKS", {words(), graphic("CIRCLE", 2)}}})));
  const auto* annotations = element(outcome, kAnnotations);
  ASSERT_EQ(annotations->items.size(), 1u);
  const auto& left = annotations->items[0].elements;
  EXPECT_EQ(dicom::find(left, kTextObjects), nullptr);
  EXPECT_EQ(dicom::find(left, kGraphicObjects)->items.size(), 1u);
  const auto& layers = element(outcome, kLayers)->items;
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(dicom::text_of(layers[0].elements, kLayer), dicom::text_of(left, kLayer));
  EXPECT_EQ(dicom::text_of(left, kLayer), "LAYER2");
  EXPECT_THAT(codes(outcome), ElementsAre("113100", "113103"));
}

TEST(T51, WhereNothingIsLeftNeitherAnnotationsNorLayersAre) {
  const auto outcome = run(state(drawn({{"A", {words()}}})));
  EXPECT_EQ(element(outcome, kAnnotations), nullptr);
  EXPECT_EQ(element(outcome, kLayers), nullptr);
  EXPECT_THAT(codes(outcome), ElementsAre("113100", "113103"));
}

TEST(T51, WithoutGraphicsNoneAreSaidToBeClean) {
  EXPECT_THAT(codes(run(state({}))), ElementsAre("113100"));
  EXPECT_THAT(codes(run(made::instance({}))), ElementsAre("113100"));
}

TEST(T51, WithoutTheOptionPresentationStatesAreQuarantined) {
  EXPECT_EQ(made::run(state({})).reason, "presentation states need Clean Graphics");
}

TEST(T51, EveryClassOfTheFamilyIsCleaned) {
  int classes = 0;
  for (const auto& row : deidentify::tables::sop_classes()) {
    if (row.option != "clean_graphics") continue;
    ++classes;
    const auto outcome =
        run(state(drawn({{"A", {words(), graphic("ELLIPSE", 4)}}}), std::string(row.uid).c_str()));
    EXPECT_EQ(value(outcome, {0x0070, 0x0082}), "19000101") << row.uid;
    EXPECT_EQ(value(outcome, {0x0070, 0x0081}), "") << row.uid;
    EXPECT_EQ(element(outcome, kAnnotations)->items.size(), 1u) << row.uid;
  }
  EXPECT_EQ(classes, 5);
}

TEST(T51, TextIsCleanedWhereThereIsACleaner) {
  const deidentify::Rules rules({Option::CleanGraphics, Option::CleanDescriptors}, made::kGSPS);
  const auto map = made::map();
  const auto cleaner =
      deidentify::TextCleaner::create(identity::Identifiers(), {}, deidentify::TextMode::AllowList)
          .value();
  deidentify::Rewriter rewriter(rules, map, cleaner);
  const auto elements =
      rewriter.rewrite(state(drawn({{"A", {words("9 mm, Dr Quillfeather")}}})).elements);
  const auto& left = dicom::find(elements, kAnnotations)->items.at(0).elements;
  const auto& said = dicom::find(left, kTextObjects)->items.at(0).elements;
  EXPECT_EQ(dicom::text_of(said, {0x0070, 0x0006}), "9 mm");
  EXPECT_EQ(dicom::text_of(said, {0x0070, 0x0004}), "PIXEL");
}

TEST(Graphics, OfManyPointsMayBeHandwriting) {
  const auto plain = [](const char* type, std::size_t points) {
    return deidentify::is_plain_graphic(graphic(type, points).items[0].elements);
  };
  EXPECT_TRUE(plain("POINT", 1));
  EXPECT_TRUE(plain("CIRCLE", 2));
  EXPECT_TRUE(plain("ELLIPSE", 4));
  EXPECT_TRUE(plain("POLYLINE", 2));
  EXPECT_FALSE(plain("POLYLINE", 9));
  EXPECT_FALSE(plain("INTERPOLATED", 30));
  EXPECT_FALSE(plain("CIRCLE", 5));
  EXPECT_FALSE(plain("SIGNATURE", 1));
}

TEST(Graphics, WithTextOfTheirOwnGo) {
  const auto outcome = run(state(
      drawn({{"A",
              {graphic("POINT", 1),
               sequence({0x0070, 0x0209}, {text({0x0070, 0x0006}, "ST", "Quillfeather")})}}})));
  EXPECT_EQ(dicom::find(element(outcome, kAnnotations)->items[0].elements, {0x0070, 0x0209}),
            nullptr);
}

TEST(Graphics, AShutterThatIsAnOverlayIsQuarantined) {
  EXPECT_EQ(made::run(state({text({0x0018, 0x1600}, "CS", "RECTANGULAR\\BITMAP")}),
                      {Option::CleanGraphics})
                .reason,
            "a shutter that is an overlay plane");
}

}  // namespace
