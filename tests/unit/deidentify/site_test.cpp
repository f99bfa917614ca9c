#include "deidentify/site.h"

#include <gmock/gmock.h>

#include "made.h"

namespace {

using made::instance;
using made::text;
using testing::HasSubstr;

deidentify::Outcome run(const dicom::File& file, deidentify::SiteLists site) {
  auto engine = deidentify::Engine::create(deidentify::Choices{{}, std::move(site)}, made::map(),
                                           identity::collect(file));
  if (!engine) return {};
  const base::Bytes none;
  auto outcome = engine.value().rewrite(file, dicom::MemorySource(none));
  return outcome ? std::move(outcome).value() : deidentify::Outcome{};
}

deidentify::SiteLists names(std::vector<std::string> list) {
  deidentify::SiteLists site;
  site.names = std::move(list);
  return site;
}
deidentify::SiteLists patterns(std::vector<std::string> list) {
  deidentify::SiteLists site;
  site.number_patterns = std::move(list);
  return site;
}

TEST(SiteNames, AreTakenOutOfTextInAnyOrderThoughTheStudyHasThemNot) {
  for (const char* written : {"Okafor, Ada", "by ADA OKAFOR", "okafor", "Ada.Okafor"}) {
    const auto file = instance({text({0x0018, 0x1020}, "LO", written)});
    EXPECT_EQ(made::value(made::run(file), {0x0018, 0x1020}), written);
    const auto outcome = run(file, names({"OKAFOR^ADA"}));
    EXPECT_EQ(made::element(outcome, {0x0018, 0x1020}), nullptr) << written;
  }
}

TEST(SiteNames, InWhatIsNoOptionalTextHoldTheInstanceBack) {
  const auto outcome = run(instance({text({0x0018, 0x0015}, "CS", "KATTEGAT HOSPITAL")}),
                           names({"Kattegat Hospital"}));
  EXPECT_FALSE(outcome.released);
  EXPECT_THAT(outcome.reason, HasSubstr("(0018,0015)"));
}

TEST(SiteNames, WithoutACaretAreFoundAsAWholeAlone) {
  const auto outcome =
      run(instance({text({0x0018, 0x1020}, "LO", "hospital build")}), names({"Kattegat Hospital"}));
  EXPECT_EQ(made::value(outcome, {0x0018, 0x1020}), "hospital build");
}

TEST(SiteNames, ChangeNothingWhereTheyDoNotStand) {
  const auto file = instance({text({0x0018, 0x1020}, "LO", "7.1.4")});
  EXPECT_EQ(made::written(run(file, names({"OKAFOR^ADA"}))), made::written(made::run(file)));
}

TEST(NumberPatterns, TakeOutWordsThatTheyFitAsAWhole) {
  const auto site = patterns({"MRN-[0-9]{4}"});
  for (const char* written : {"for MRN-4711", "(MRN-4711)", "see MRN-4711."}) {
    const auto outcome = run(instance({text({0x0018, 0x1020}, "LO", written)}), site);
    EXPECT_EQ(made::element(outcome, {0x0018, 0x1020}), nullptr) << written;
  }
  for (const char* written : {"MRN-47110", "xMRN-4711", "7.1.4"}) {
    const auto outcome = run(instance({text({0x0018, 0x1020}, "LO", written)}), site);
    EXPECT_EQ(made::value(outcome, {0x0018, 0x1020}), written);
  }
}

TEST(NumberPatterns, DoNotHitThePseudonym) {
  EXPECT_TRUE(run(instance({}), patterns({"P[0-9A-Z]{12}"})).released);
}

TEST(NumberPatterns, ThatAreNoneAreRefused) {
  EXPECT_FALSE(deidentify::NumberPatterns::create({"MRN-("}).ok());
}

}  // namespace
