// The store's part about what ends: shares past not_after, blobs past purge_after, old rows.
#include "portal/store.h"
#include "portal/store_row.h"
#include "share/limits.h"

namespace portal {

base::Status Store::expire_due(base::UnixSeconds now, Purged& purged) {
  const auto due =
      TRY(ids("SELECT id FROM shares WHERE not_after<=? "
              "AND state IN ('staged','ready','locked','suspended')",
              now));
  for (const Id& id : due) {
    auto row = TRY(share(id));
    if (!row) continue;
    TRY(expire_if_over(*row, now));
    purged.expired.push_back(id);
  }
  return base::Done{};
}

base::Status Store::drop_expired_blobs(base::UnixSeconds now, Purged& purged) {
  const auto due =
      TRY(ids("SELECT DISTINCT shares.id FROM shares JOIN share_blobs ON share=shares.id "
              "JOIN blobs ON blobs.id=blob WHERE purge_after<=? AND state IN ('expired','revoked')",
              now));
  const auto drop = [&]() -> base::Status {
    for (const Id& id : due) {
      const auto erased = TRY(delete_blobs_of(id, now));
      purged.blobs.insert(purged.blobs.end(), erased.begin(), erased.end());
    }
    return base::Done{};
  };
  return due.empty() ? base::Status(base::Done{}) : database_.transaction(drop);
}

base::Status Store::forget_old(base::UnixSeconds now, Purged& purged) {
  const auto old =
      TRY(ids("SELECT id FROM shares WHERE ended<=? AND state IN ('expired','revoked')",
              now - share::kAbsentAfterSeconds));
  const auto forget = [&]() -> base::Status {
    for (const Id& id : old) {
      const auto row = TRY(share(id));
      const auto next = row ? step(row->state, Act::LongAgo) : std::nullopt;
      if (!next) continue;
      const auto taken = TRY(take_step(id, *next, now));
      purged.blobs.insert(purged.blobs.end(), taken.erased.begin(), taken.erased.end());
    }
    return base::Done{};
  };
  return old.empty() ? base::Status(base::Done{}) : database_.transaction(forget);
}

base::Result<std::vector<Id>> Store::unfinished_before(base::UnixSeconds time) {
  return ids("SELECT id FROM blobs WHERE finished=0 AND created<=?", time);
}

base::Result<Store::Purged> Store::purge(base::UnixSeconds now,
                                         base::UnixSeconds unfinished_created_before,
                                         base::UnixSeconds events_before) {
  Purged purged;
  TRY(expire_due(now, purged));
  TRY(drop_expired_blobs(now, purged));
  TRY(forget_old(now, purged));
  const auto unfinished = TRY(unfinished_before(unfinished_created_before));
  for (const Id& id : unfinished) {
    TRY(forget_blob(id));
    purged.blobs.push_back(id);
  }
  TRY(database_.prepare("DELETE FROM events WHERE at<=?").bind(events_before).run());
  TRY(database_.prepare("DELETE FROM tickets WHERE ends<=?").bind(now).run());
  return purged;
}

}  // namespace portal
