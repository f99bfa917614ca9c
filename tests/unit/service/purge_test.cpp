// Codes that are agreed once, originals whose time is over, and a clock that cannot be trusted.
#include "made_house.h"

namespace service {
namespace {

using testing::HasSubstr;

class AnAgreedCode : public InAHouse {
 protected:
  AnAgreedCode() {
    house_->settings.routes = {rule("knees", "KNEE", {"roe"})};
    arrive({Content{}});
    publish();
    house_->hints.portal_asked = house_->clock.monotonic();
  }
};

TEST_F(AnAgreedCode, ThatNobodyHasMadeHoldsTheShareUntilSomebodyDoes) {
  EXPECT_EQ(claim_entrust(), nullptr);
  EXPECT_THAT(share().held, HasSubstr("recipients code roe"));
  const auto code = must(recipient_code(*house_, {{"id", "roe"}})).text;
  EXPECT_EQ(share().held, "");
  entrust();
  EXPECT_TRUE(share().ready);
  EXPECT_EQ(must(share_code(*house_, {{"id", share().id}})).text, code);
  EXPECT_TRUE(audited("administrator.code_made"));
}

TEST_F(AnAgreedCode, IsReplacedOnlyWhenAskedTo) {
  const auto code = must(recipient_code(*house_, {{"id", "roe"}}));
  EXPECT_EQ(code.exit_code, 0);
  EXPECT_NE(must(recipient_code(*house_, {{"id", "roe"}})).exit_code, 0);
  const auto next = must(recipient_code(*house_, {{"id", "roe"}, {"replace", "true"}}));
  EXPECT_EQ(next.exit_code, 0);
  EXPECT_NE(next.text, code.text);
  EXPECT_NE(must(recipient_code(*house_, {{"id", "nobody"}})).exit_code, 0);
}

class Purging : public InAHouse {
 protected:
  void age() {
    auto row = study();
    row.last_receipt = house_->now() - house_->settings.studies.keep - 1;
    must(house_->ledger->update(row, row.state));
    house_->hints.purge_due = 0;
    must(purge(*house_));
  }
  bool kept() { return fs::exists(file_of(instance(1))); }
};

TEST_F(Purging, KeepsWhatALiveShareMayStillNeed) {
  arrive({Content{}});
  age();
  EXPECT_TRUE(kept());
  auto row = share();
  row.state = "revoked";
  must(house_->ledger->update(row, "waiting"));
  age();
  EXPECT_FALSE(kept());
  EXPECT_EQ(instance(1).state, "removed");
  EXPECT_TRUE(audited("study.expired_by_policy"));
}

TEST_F(Purging, RemovesAnUnroutedStudyInItsTimeAndNotBefore) {
  arrive({Content{"1.2.1", "1.2.1.1", "P1", "ELBOW"}});
  must(purge(*house_));
  EXPECT_TRUE(kept());
  age();
  EXPECT_FALSE(kept());
}

TEST_F(Purging, KeepsWhatIsHeldOrStillArriving) {
  arrive({Content{}, Content{"1.2.1", "1.2.1.2", "P2"}});
  EXPECT_FALSE(study().held.empty());
  age();
  EXPECT_TRUE(kept());
}

TEST_F(Purging, StopsWhenTheClockHasJumpedUntilSomebodyConfirmsIt) {
  arrive({Content{"1.2.1", "1.2.1.1", "P1", "ELBOW"}});
  house_->hints.last_moment.wall -= 3601 + 60;
  age();
  EXPECT_TRUE(house_->hints.purging_suspended);
  EXPECT_TRUE(kept());
  age();
  EXPECT_TRUE(kept());
  house_->hints.purging_suspended = false;
  age();
  EXPECT_FALSE(kept());
}

}  // namespace
}  // namespace service
