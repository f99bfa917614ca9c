// What the portal remembers: shares, blobs, tickets, events and its time, in one SQLite database.
// Every change of a share's state goes through the table of state.h, with its effects and its event
// in the same transaction. One thread at a time (base::Guarded).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "database/database.h"
#include "portal/digest.h"
#include "portal/portal_time.h"
#include "portal/state.h"
#include "share/messages.h"
#include "share/record.h"

namespace portal {

using share::Id;

// Where a request came from, for the access log that dispatch fetches.
struct Visitor {
  std::string address;
  std::string agent;  // cleaned
};

struct ShareRow {
  Id id{};
  State state = State::Absent;
  share::Record record;
  std::uint32_t tries = 0;
  std::uint32_t takes = 0;
};

struct BlobRow {
  std::uint64_t length = 0;
  bool finished = false;
  Digest sums{};
};

struct StoredEvent : share::Event {
  Visitor visitor;
};

// The outcome of a command of dispatch.
struct CommandOutcome {
  bool refused = false;  // 409
  share::RecordAnswer answer;
};

enum class OpenResult { Opened, WrongCode, NotReady };
struct OpenOutcome {
  OpenResult result = OpenResult::NotReady;
  State state = State::Absent;
  std::uint32_t tries_left = 0;
};
struct NewTicket {
  Digest hash{};
  bool view = false, take = false;
  base::UnixSeconds ends = 0;
};

// A live ticket, as one request needs it.
struct TicketRow {
  std::int64_t session = 0;
  Id share{};
  std::uint32_t arm = 0, issue = 0;
  base::UnixSeconds opened = 0, ends = 0, not_after = 0;
  bool view = false, take = false;
  unsigned receipts = 0;
};

class Store {
 public:
  static base::Result<Store> open(const std::string& path);

  base::Result<std::optional<PortalTime::Kept>> kept_time();
  base::Status keep_time(const PortalTime::Kept& kept);

  // Blobs.
  base::Result<std::optional<BlobRow>> blob(const Id& id);
  base::Status create_blob(const Id& id, std::uint64_t length, base::UnixSeconds now);
  base::Status finish_blob(const Id& id, const Digest& sums);  // shares may become ready
  base::Status forget_blob(const Id& id);
  base::Result<bool> named_by_live_share(const Id& blob);
  base::Result<std::vector<Id>> unfinished_before(base::UnixSeconds time);

  // Shares, by dispatch.
  base::Result<CommandOutcome> put(const Id& id, const share::Record& record, const Digest& body,
                                   base::UnixSeconds now);
  base::Result<CommandOutcome> command(const Id& id, Act act, base::UnixSeconds now);
  base::Result<std::vector<Id>> erased_by_revoke(const Id& id);

  // Shares, by recipients. The look-up is the same work for every id.
  base::Result<std::optional<ShareRow>> share(const Id& id);
  base::Status expire_if_over(ShareRow& row, base::UnixSeconds now);
  base::Result<OpenOutcome> attempt(const Id& id, const Digest& code_proof_sha256,
                                    const NewTicket& ticket, const Visitor& visitor,
                                    base::UnixSeconds now);
  base::Result<std::optional<TicketRow>> ticket(const Digest& hash, base::UnixSeconds now);
  base::Result<bool> ticket_names(const TicketRow& ticket, const Id& blob);
  base::Status renew(const TicketRow& ticket, const NewTicket& renewed);
  base::Result<bool> count_receipt(const TicketRow& ticket, const StoredEvent& event);
  base::Status count_served(const TicketRow& ticket, const StoredEvent& event);

  // The purge.
  struct Purged {
    std::vector<Id> expired, blobs;
  };
  base::Result<Purged> purge(base::UnixSeconds now, base::UnixSeconds unfinished_before,
                             base::UnixSeconds events_before);
  base::Result<std::vector<Id>> all_blobs();

  // Events.
  base::Status add_event(const StoredEvent& event);
  base::Result<std::vector<StoredEvent>> events_after(std::uint64_t number, unsigned most);

 private:
  explicit Store(database::Database database) : database_(std::move(database)) {}
  struct Taken {
    State state;
    std::vector<Id> erased;
  };
  base::Result<Taken> take_step(const Id& id, const Step& step, base::UnixSeconds now);
  base::Status apply_effects(const Id& id, const Step& step);
  base::Result<std::vector<Id>> delete_blobs_of(const Id& id, base::UnixSeconds now);
  base::Result<bool> held_by_another(const Id& blob, const Id& share, base::UnixSeconds now);
  base::Status complete_if_ready(const Id& id, base::UnixSeconds now);
  base::Result<std::vector<Id>> missing_blobs(const Id& id);
  base::Status write_row(const Id& id, const share::Record& record, const Digest& body);
  base::Status write_blob_names(const Id& id, const share::Record& record);
  base::Result<share::RecordAnswer> answer_of(const Id& id, base::UnixSeconds now);
  base::Result<std::optional<Act>> act_of_put(const Id& id, const share::Record& record,
                                              const Digest& body, bool& same);
  base::Result<bool> count_attempt(const Id& id);
  base::Status wrong_code(const ShareRow& row, const StoredEvent& event, base::UnixSeconds now);
  base::Status right_code(const ShareRow& row, const StoredEvent& event, const NewTicket& ticket);
  base::Status insert_ticket(std::int64_t session, const NewTicket& ticket);
  base::Status count_take(const TicketRow& ticket);
  base::Result<std::vector<Id>> ids(const char* sql, base::UnixSeconds time);
  base::Status expire_due(base::UnixSeconds now, Purged& purged);
  base::Status drop_expired_blobs(base::UnixSeconds now, Purged& purged);
  base::Status forget_old(base::UnixSeconds now, Purged& purged);

  database::Database database_;
};

}  // namespace portal
