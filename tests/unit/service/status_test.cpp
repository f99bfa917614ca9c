// What an administrator sees at a glance.
#include "made_house.h"

namespace service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The line of a table that begins so; empty when there is none.
std::vector<std::string> line_of(const std::vector<control::Table>& tables, const std::string& head,
                                 const std::string& first) {
  for (const auto& table : tables)
    for (const auto& row : table.rows)
      if (table.columns.at(0) == head && row.at(0) == first) return row;
  return {};
}

class Status : public InAHouse {};

TEST_F(Status, ListsStagesInTheOrderInWhichAStudyPasses) {
  arrive({Content{}, Content{"1.2.2", "1.2.2.1", "P2", "NOWHERE"}});
  std::vector<std::string> seen;
  for (const auto& row : show_status(*house_, {}).rows) seen.push_back(row[0] + " " + row[1]);
  EXPECT_THAT(seen, ElementsAre("instance examined", "study unrouted", "study routed",
                                "bundle planned", "share waiting"));
}

TEST_F(Status, KeepsTheColumnsThatProgramsKnowAndAddsSecondsForThem) {
  arrive({Content{}});
  EXPECT_THAT(show_status(*house_, {}).columns,
              ElementsAre("stage", "state", "count", "held", "oldest"));
  const auto reply = show_status(*house_, {}, {{"seconds", "true"}});
  EXPECT_EQ(reply.columns.back(), "oldest seconds");
  for (const auto& row : reply.rows) EXPECT_EQ(row.size(), 6u);
}

TEST_F(Status, GroupsWhatIsHeldByReasonWithTheCommandThatReleasesIt) {
  arrive({Content{}, Content{"1.2.2", "1.2.2.1", "P2"}, Content{"1.2.3", "1.2.3.1", "P3", "NO"}});
  (void)must(hold(*house_, {{"id", "bundle:1"}}));
  (void)must(hold(*house_, {{"id", "bundle:2"}}));
  (void)must(hold(*house_, {{"id", "3"}}));
  const auto more = show_status(*house_, {}).more;
  EXPECT_THAT(line_of(more, "held", "2 bundles"),
              ElementsAre("2 bundles", "bundle:1 bundle:2", "held by an administrator",
                          "dcmcourier release bundle:1"));
  EXPECT_THAT(line_of(more, "held", "1 study"),
              ElementsAre("1 study", "3", "held by an administrator", "dcmcourier release 3"));
  (void)must(release(*house_, {{"id", "bundle:1"}}));
  (void)must(release(*house_, {{"id", "bundle:2"}}));
  EXPECT_THAT(line_of(show_status(*house_, {}).more, "held", "2 bundles"), ElementsAre());
}

TEST_F(Status, NamesTheCodeThatIsToBeHandedOver) {
  arrive({Content{}});
  auto row = share();
  row.held = "no code is agreed with doe; make one: dcmcourier recipients code doe";
  must(house_->ledger->update(row, "waiting"));
  const auto line = line_of(show_status(*house_, {}).more, "held", "1 share");
  EXPECT_EQ(line.at(2), "no code is agreed with doe");
  EXPECT_EQ(line.at(3), "dcmcourier recipients code doe");
}

TEST_F(Status, SaysWhatWaitsForWhomWithTheLastAnswerAndTheNextTry) {
  arrive({Content{}});
  EXPECT_EQ(line_of(show_status(*house_, {}).more, "waiting", "1 bundle").at(2), "work");
  EXPECT_EQ(line_of(show_status(*house_, {}).more, "waiting", "1 share").at(2), "its bundle");
  publish();
  EXPECT_EQ(line_of(show_status(*house_, {}).more, "waiting", "1 share").at(2), "the portal");
  auto row = share();
  row.ready = true;
  row.attempts = 3;
  row.next_attempt = house_->now() + 90;
  row.last = "the mail server asks to wait: 451 later";
  must(house_->ledger->update(row, "waiting"));
  const auto line = line_of(show_status(*house_, {}).more, "waiting", "1 share");
  EXPECT_EQ(line.at(2), "the mail server");
  EXPECT_EQ(line.at(4), "3");
  EXPECT_THAT(line.at(5), testing::AnyOf("in 90 s", "in 89 s"));
  EXPECT_EQ(line.at(6), "the mail server asks to wait: 451 later");
}

TEST_F(Status, SaysWhichRolesAreMissing) {
  EXPECT_THAT(show_status(*house_, {}).text,
              HasSubstr("receive is not connected; not connected: work, verify, send"));
  house_->hints.receive_connected = true;
  for (const char* role : {"work", "verify"}) house_->hints.seen[role] = house_->clock.monotonic();
  EXPECT_THAT(show_status(*house_, {}).text,
              HasSubstr("receive is up, 0 associations; up: work, verify; not connected: send"));
  house_->hints.seen["work"] -= 60'000;
  EXPECT_THAT(show_status(*house_, {}).text, HasSubstr("not connected: work, send"));
}

}  // namespace
}  // namespace service
