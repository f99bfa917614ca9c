// What a scraper gets: from real rows, bounded, and nothing of a patient.
#include "service/metrics.h"

#include "made_house.h"
#include "service/callers.h"

namespace service {
namespace {

using testing::HasSubstr;
using testing::Not;

class Metrics : public InAHouse {
 protected:
  std::string fresh() {
    house_->hints.metrics = {};
    return metrics_text(*house_);
  }
};

TEST_F(Metrics, CountRowsEventsAndWhatIsHeld) {
  EXPECT_THAT(fresh(), HasSubstr("dcmcourier_instances_received_total 0"));
  arrive({Content{}, Content{"1.2.2", "1.2.2.1", "P2", "NOWHERE"}});
  (void)must(hold(*house_, {{"id", "bundle:1"}}));
  const auto text = fresh();
  EXPECT_THAT(text, HasSubstr("dcmcourier_rows{stage=\"instance\",state=\"examined\"} 2"));
  EXPECT_THAT(text, HasSubstr("dcmcourier_rows{stage=\"share\",state=\"revoked\"} 0"));
  EXPECT_THAT(text, HasSubstr("dcmcourier_instances_received_total 2"));
  EXPECT_THAT(text, HasSubstr("dcmcourier_studies_unrouted_total 1"));
  EXPECT_THAT(text, HasSubstr("dcmcourier_held{stage=\"bundle\"} 1"));
  EXPECT_THAT(text, HasSubstr("dcmcourier_role_connected{role=\"work\"} 0"));
}

TEST_F(Metrics, HoldNothingOfAPatient) {
  arrive({Content{"1.2.1", "1.2.1.1", "VANDERMOLEN", "KNEE"}});
  EXPECT_THAT(fresh(), Not(HasSubstr("VANDERMOLEN")));
  EXPECT_THAT(fresh(), Not(HasSubstr("1.2.1")));
}

TEST_F(Metrics, AreMeasuredOnceForManyWhoAsk) {
  const auto first = fresh();
  arrive({Content{}});
  EXPECT_EQ(metrics_text(*house_), first);
  EXPECT_NE(fresh(), first);
}

TEST_F(Metrics, CountNothingThatWasRolledBack) {
  (void)house_->ledger->commit([&]() -> base::Status {
    must(house_->ledger->audit("bundle.sealed", {}));
    return base::reject("test", "not this time");
  });
  EXPECT_THAT(fresh(), HasSubstr("dcmcourier_bundles_sealed_total 0"));
}

TEST_F(Metrics, KnowTheCallersOfTheSettingsAndNoOthers) {
  auto with = settings();
  with.receiver.callers = {{"CT01", "10.1.2.0/24"}, {"MR01", ""}};
  open(with);
  arrive({Content{}});  // from 10.1.2.3
  SeenCallers callers(*house_);
  auto instance = must(house_->ledger->instance(1)).value();
  must(callers.saw(instance, "CT01"));
  must(callers.saw(instance, "MADEUP"));
  must(house_->ledger->commit([&] { return callers.keep(); }));
  const auto seen = must(callers_last_seen(*house_));
  EXPECT_EQ(seen[0].first, "CT01 from 10.1.2.0/24");
  EXPECT_EQ(seen[0].second, instance.received_at);
  EXPECT_EQ(seen[1].second, 0);
  EXPECT_THAT(fresh(), HasSubstr("{caller=\"CT01 from 10.1.2.0/24\"}"));
  EXPECT_THAT(fresh(), Not(HasSubstr("MADEUP")));
  instance.received_at -= 1000;  // examined again later: never back in time
  SeenCallers again(*house_);
  must(again.saw(instance, "CT01"));
  must(house_->ledger->commit([&] { return again.keep(); }));
  EXPECT_EQ(must(callers_last_seen(*house_))[0].second, instance.received_at + 1000);
}

}  // namespace
}  // namespace service
