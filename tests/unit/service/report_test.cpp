// How a bundle was de-identified, as the audit chain keeps it and `dcmcourier report` shows it.
#include "deidentify/tables.h"
#include "made_house.h"

namespace service {
namespace {

using testing::HasSubstr;

Content hip(int number = 1) {
  return {"1.2.1", "1.2.1." + std::to_string(number), "P1", "HIP", ""};
}

class Report : public InAHouse {
 protected:
  void prepare(const std::function<void(jobs::PrepareReply&)>& change) {
    house_->settings.routes[1].deidentify.options = {"modify_dates"};
    house_->settings.routes[1].deidentify.drop_instance = true;
    arrive({hip(1), hip(2), hip(3)});
    auto lease = claim_prepare();
    auto reply = prepared(work_job<jobs::PrepareJob>(*lease));
    change(reply);
    must(lease->finish(reply));
  }
  // Of the one bundle: field -> value.
  std::map<std::string, std::string> fields() {
    const auto reply = must(show_report(*house_, {{"id", "1"}, {"fields", "true"}}));
    std::map<std::string, std::string> result;
    if (reply.rows.size() == 1)
      for (std::size_t i = 0; i < reply.columns.size(); ++i)
        result[reply.columns[i]] = reply.rows[0][i];
    return result;
  }
};

TEST_F(Report, TellsProfileTablesKeyAndCounts) {
  prepare([](jobs::PrepareReply& reply) { reply.counts = {{"removed", 7}, {"uids_mapped", 3}}; });
  auto found = fields();
  EXPECT_EQ(found["options"], "modify_dates");
  EXPECT_EQ(found["tables"], deidentify::tables::digest());
  EXPECT_EQ(found["tables"].size(), 64u);
  EXPECT_EQ(found["count_removed"], "7");
  EXPECT_EQ(found["released"], "3");
  EXPECT_EQ(found["quarantined"], "0");
  // SHA-256("kid" || 32 bytes of 0x22), by another program.
  EXPECT_EQ(found["key"], "839d6a15");
}

TEST_F(Report, NamesTheKeyThatTheJobWasGiven) {
  prepare([this](jobs::PrepareReply&) {
    house_->domain_key = base::SecretBytes(base::Bytes(32, 0x33));  // swapped meanwhile
  });
  EXPECT_EQ(fields()["key"], "839d6a15");
}

TEST_F(Report, CountsReasonsAndNamesTheMostFrequentFirst) {
  prepare([](jobs::PrepareReply& reply) {
    reply.released = 1;
    reply.setbacks = {{1, "pixels may hold text: colour"}, {2, "pixels may hold text: colour"}};
  });
  auto found = fields();
  EXPECT_EQ(found["quarantined"], "2");
  EXPECT_EQ(found["reason_1"], "2: pixels may hold text: colour");
  const auto shown = must(show_report(*house_, {{"id", "1"}}));
  ASSERT_EQ(shown.more.size(), 1u);
  EXPECT_THAT(shown.more[0].columns[0], HasSubstr("bundle 1"));
}

TEST_F(Report, IsKeptOfABundleThatIsHeldForItsQuarantinedInstances) {
  prepare([](jobs::PrepareReply& reply) {
    reply = {};
    reply.reason = "3 instances were quarantined";
    reply.setbacks = {{1, "private or unknown SOP class"}};
  });
  auto found = fields();
  EXPECT_EQ(found["released"], "0");
  EXPECT_EQ(found["reason_1"], "1: private or unknown SOP class");
}

TEST_F(Report, OfAnIdentifiedBundleNamesNoKey) {
  house_->settings.routes[1].deidentify.none = true;
  arrive({hip()});
  auto lease = claim_prepare();
  must(lease->finish(prepared(work_job<jobs::PrepareJob>(*lease))));
  auto found = fields();
  EXPECT_EQ(found["profile"], "none");
  EXPECT_EQ(found["key"], "none");
}

TEST_F(Report, IsNoneBeforeABundleIsPreparedAndOfNoStudy) {
  arrive({hip()});
  EXPECT_THAT(must(show_report(*house_, {{"id", "1"}})).text, HasSubstr("no bundle of study 1"));
  EXPECT_FALSE(show_report(*house_, {{"id", "77"}}).ok());
  EXPECT_FALSE(show_report(*house_, {{"id", "x"}}).ok());
}

}  // namespace
}  // namespace service
