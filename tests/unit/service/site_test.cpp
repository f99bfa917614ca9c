// The hospital's own lists on their way to work and verify, and what a change of them does.
#include "made_house.h"
#include "service/outlook.h"
#include "service/policy.h"
#include "service/selection.h"

namespace service {
namespace {

using testing::Contains;
using testing::Not;

Content hip() { return {"1.2.1", "1.2.1.1", "P1", "HIP", ""}; }

class Site : public InAHouse {
 protected:
  void list(const std::string& name, const std::string& digest) {
    house_->settings.site.names = {name};
    house_->settings.site.number_patterns = {"KH-[0-9]{4}"};
    house_->settings.site.digest = digest;
  }
};

TEST_F(Site, ListsGoWithTheJobAndNamesAreSearchedForByVerifyToo) {
  list("OKAFOR^ADA", "aa");
  arrive({hip()});
  auto lease = claim_prepare();
  const auto job = work_job<jobs::PrepareJob>(*lease);
  EXPECT_EQ(job.site.names, std::vector<std::string>{"OKAFOR^ADA"});
  EXPECT_EQ(job.site.number_patterns, std::vector<std::string>{"KH-[0-9]{4}"});
  const identity::Identifier okafor{identity::Kind::Name, "okafor^ada"};
  const auto verified =
      must(forbidden_in(*house_, bundle(), must(parse_profile(bundle().profile))));
  EXPECT_THAT(verified.reveal(), Contains(okafor));
}

// A name that is a part of the body may stay in a text where it is none: verify does not look for
// it, and the child that cleans texts knows it.
TEST_F(Site, WhoCleansTextsKnowsTheNamesThatMayStay) {
  house_->settings.routes[1].deidentify.options = {"clean_descriptors"};
  auto hand = hip();
  hand.patient = "HAND";
  arrive({hand});
  const identity::Identifier name{identity::Kind::Id, "HAND"};
  auto lease = claim_prepare();
  EXPECT_THAT(work_job<jobs::PrepareJob>(*lease).identifiers.reveal(), Contains(name));
  const auto verified =
      must(forbidden_in(*house_, bundle(), must(parse_profile(bundle().profile))));
  EXPECT_THAT(verified.reveal(), Not(Contains(name)));
}

TEST_F(Site, OtherListsAreAnotherPreparation) {
  arrive({hip()});
  const auto without = must(preparation_of(*house_, bundle()));
  EXPECT_EQ(without, bundle().preparation);
  list("OKAFOR^ADA", "aa");
  const auto with = must(preparation_of(*house_, bundle()));
  list("MEIER^IDA", "bb");
  EXPECT_NE(with, without);
  EXPECT_NE(must(preparation_of(*house_, bundle())), with);
}

TEST_F(Site, TheReportHasTheDigestOfTheListsThatTheJobWasGiven) {
  list("OKAFOR^ADA", "aa");
  arrive({hip()});
  auto lease = claim_prepare();
  auto reply = prepared(work_job<jobs::PrepareJob>(*lease));
  list("MEIER^IDA", "bb");
  must(lease->finish(reply));
  const auto report = must(show_report(*house_, {{"id", "1"}}));
  EXPECT_THAT(report.more.at(0).rows, Contains(std::vector<std::string>{"site", "aa"}));
}

}  // namespace
}  // namespace service
