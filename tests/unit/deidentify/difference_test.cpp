#include "deidentify/difference.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "made.h"

namespace {

using deidentify::Change;
using deidentify::Trace;
using made::instance;
using made::sequence;
using made::text;

struct Told {
  deidentify::Outcome outcome;
  std::vector<Change> changes;
  const Change* at(const std::string& place) const {
    const auto found = std::find_if(changes.begin(), changes.end(),
                                    [&](const Change& one) { return one.place == place; });
    return found == changes.end() ? nullptr : &*found;
  }
};

Told told(const dicom::File& original, std::set<made::Option> options = {}, bool show = false) {
  const base::Bytes none;
  auto engine = deidentify::Engine::create(deidentify::Choices{options, {}}, made::map(),
                                           identity::collect(original));
  if (!engine) return {};
  Trace trace;
  auto outcome = engine.value().rewrite(original, dicom::MemorySource(none), &trace);
  if (!outcome || !outcome.value().released) return {};
  auto changes = deidentify::difference(original, outcome.value().file, trace, show);
  return {std::move(outcome).value(), std::move(changes)};
}

TEST(Difference, HasAllThatWasThereAndAllThatIsThere) {
  const auto original = instance({text({0x0010, 0x4000}, "LT", "remarks")});
  const auto one = told(original);
  for (const auto& element : original.elements)
    EXPECT_NE(one.at(dicom::to_string(element.tag)), nullptr) << dicom::to_string(element.tag);
  for (const auto& element : one.outcome.file.elements)
    EXPECT_NE(one.at(dicom::to_string(element.tag)), nullptr) << dicom::to_string(element.tag);
}

TEST(Difference, NamesTheRowAndTheOptionThatDecided) {
  const auto original =
      instance({text({0x0008, 0x0021}, "DA", "20230517"), text({0x0010, 0x4000}, "LT", "remarks")});
  const auto basic = told(original);
  EXPECT_EQ(basic.at("(0010,4000)")->action, "removed");
  EXPECT_EQ(basic.at("(0010,4000)")->reason, "E.1-1 X");
  const auto shifted = told(original, {made::Option::ModifyDates});
  EXPECT_EQ(shifted.at("(0008,0021)")->action, "shifted");
  EXPECT_EQ(shifted.at("(0008,0021)")->reason, "E.1-1 X/D, modify_dates");
  EXPECT_EQ(shifted.at("(0010,4000)")->reason, "E.1-1 X");
  const auto kept = told(original, {made::Option::RetainFullDates});
  EXPECT_EQ(kept.at("(0008,0021)")->action, "kept");
  EXPECT_EQ(kept.at("(0008,0021)")->reason, "E.1-1 X/D, retain_full_dates");
}

TEST(Difference, HidesValuesUnlessTheyAreAskedFor) {
  const auto original = instance({text({0x0010, 0x4000}, "LT", "remarks.")});
  EXPECT_EQ(told(original).at("(0010,4000)")->before, "••• (8)");
  EXPECT_EQ(told(original, {}, true).at("(0010,4000)")->before, "remarks.");
  EXPECT_EQ(told(original).at("(0010,4000)")->after, "-");
}

TEST(Difference, NumbersTheItemsAndSaysWhatBecameOfEachElementInThem) {
  const auto original =
      instance({sequence({0x0008, 0x1140}, {text({0x0008, 0x1155}, "UI", "1.2.3.4.5.6"),
                                            text({0x0010, 0x4000}, "LT", "remarks")})},
               made::kXA);
  const auto one = told(original);
  ASSERT_NE(one.at("(0008,1140)[1](0010,4000)"), nullptr);
  EXPECT_EQ(one.at("(0008,1140)[1](0010,4000)")->action, "removed");
  EXPECT_EQ(one.at("(0008,1140)[1](0010,4000)")->depth, 1u);
  EXPECT_EQ(one.at("(0008,1140)")->action, "items");
}

TEST(Difference, TellsOfPrivateAndUnknownAttributes) {
  const auto one =
      told(instance({text({0x0009, 0x0010}, "LO", "ACME"), text({0x0008, 0xEE99}, "LO", "what"),
                     text({0x0018, 0x0050}, "DS", "no number")}));
  EXPECT_EQ(one.at("(0009,0010)")->reason, "private");
  EXPECT_EQ(one.at("(0008,EE99)")->reason, "not in PS3.6");
  EXPECT_EQ(one.at("(0018,0050)")->reason, "VR DS; not in the form of its VR");
}

TEST(Trace, DoesNotChangeWhatIsMade) {
  const auto original = instance({text({0x0010, 0x4000}, "LT", "remarks")});
  const auto plain = made::run(original);
  const auto traced = told(original);
  ASSERT_EQ(plain.file.elements.size(), traced.outcome.file.elements.size());
  EXPECT_EQ(plain.counts, traced.outcome.counts);
}

}  // namespace
