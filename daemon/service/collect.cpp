// Collecting: spool files become rows, in the order in which they were stored. The sweep at the
// start looks at everything again, and removes what a crash has left half done.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "journal/events.h"
#include "service/answer.h"
#include "service/instances.h"
#include "service/share_keys.h"
#include "service/stages.h"
#include "spool/scan.h"

namespace service {
namespace {

constexpr std::uint32_t kAtOnce = 512;  // rows in one commit
constexpr base::Milliseconds kSweepEvery = 10 * 60'000;
constexpr std::uint32_t kLostAtOnce = 1000;  // rows for files that are missing; a name may lie

ledger::Association fresh_association(House& house, const std::string& id) {
  ledger::Association association;
  association.id = id;
  association.opened_at = house.now();
  const auto origin = spool::read_origin(house.spool.get(), id);
  if (!origin.ok()) {
    journal::fault("collect", origin.fault());
    return association;
  }
  association.peer_address = origin.value().peer_address;
  association.listener = origin.value().listener;
  association.opened_at = origin.value().opened_at;
  return association;
}

// The file's own time: when receive finished writing it.
base::Result<std::pair<std::int64_t, std::uint64_t>> time_and_size(const House& house,
                                                                   const ledger::Association& a) {
  auto opened = spool::open_instance(house.spool.get(), a.id, a.next_sequence);
  // What is no file at all is quarantined like any that cannot be opened.
  if (!opened.ok() && opened.fault().remedy == base::Remedy::Reject)
    return std::pair<std::int64_t, std::uint64_t>(house.now(), 0);
  const auto file = TRY(std::move(opened));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return disk::system_fault("service.collect", "fstat", errno);
  return std::pair<std::int64_t, std::uint64_t>(status.st_mtim.tv_sec,
                                                static_cast<std::uint64_t>(status.st_size));
}

// How many files there are from the next one on, kAtOnce at most.
std::uint32_t count_new_files(const House& house, const ledger::Association& association) {
  std::uint32_t count = 0;
  while (count < kAtOnce &&
         spool::has_instance(house.spool.get(), association.id, association.next_sequence + count))
    ++count;
  return count;
}

// A name is seen before receive has synced it. Without a sync of our own, a row could outlive a
// power cut that its file does not: a ghost, which the instance that is sent again is compared
// with. What arrives meanwhile waits for the next look: chasing a modality that stores would sync
// once for each of its instances, and keep everybody else waiting.
base::Status take_new_files(House& house, ledger::Association& association) {
  for (std::uint32_t count = kAtOnce; count == kAtOnce;) {
    count = count_new_files(house, association);
    if (count == 0) return base::Done{};
    TRY(spool::sync_association(house.spool.get(), association.id));
    TRY(house.ledger->commit([&]() -> base::Status {
      for (std::uint32_t n = 0; n < count; ++n) {
        const auto [received_at, size] = TRY(time_and_size(house, association));
        TRY(house.ledger->add_received(association, received_at, size));
      }
      return base::Done{};
    }));
  }
  return base::Done{};
}

// The first file behind the one that is next; 0: none.
base::Result<std::uint32_t> first_behind(House& house, const ledger::Association& association) {
  const auto contents = TRY(spool::scan(house.spool.get(), association.id));
  const auto found = std::ranges::upper_bound(contents.sequences, association.next_sequence);
  return found == contents.sequences.end() ? 0 : *found;
}

// Files are stored without gaps: one that is not there while a later one is, is lost. Its row is
// quarantined as soon as somebody wants to open it; those behind it go on.
base::Status pass_over_lost(House& house, ledger::Association& association) {
  for (;;) {
    TRY(take_new_files(house, association));
    const auto next = TRY(first_behind(house, association));
    if (next == 0) return base::Done{};
    // Stored since we looked, by a child that is still writing.
    if (spool::has_instance(house.spool.get(), association.id, association.next_sequence)) continue;
    TRY(house.ledger->commit([&]() -> base::Status {
      TRY(house.ledger->audit("association.files_lost",
                              {{"association", association.id},
                               {"from", std::to_string(association.next_sequence)},
                               {"to", std::to_string(next - 1)}}));
      for (std::uint32_t n = 0; n < kLostAtOnce && association.next_sequence < next; ++n)
        TRY(house.ledger->add_received(association, house.now(), 0));
      association.next_sequence = next;
      return house.ledger->put(association);
    }));
  }
}

// One that stored nothing, such as a C-ECHO: receive has removed its folder.
bool has_folder(const House& house, const std::string& id) {
  return faccessat(house.spool.get(), id.c_str(), F_OK, 0) == 0 || errno != ENOENT;
}

base::Status close(House& house, ledger::Association& association) {
  association.closed = true;
  TRY(house.ledger->commit([&]() -> base::Status {
    TRY(house.ledger->put(association));
    return house.ledger->audit("association.closed",
                               {{"association", association.id},
                                {"peer", association.peer_address},
                                {"instances", std::to_string(association.next_sequence - 1)}});
  }));
  // While receive has not said what is open, a child may still be writing its first instance.
  if (house.hints.receive_reported && has_folder(house, association.id) &&
      !TRY(house.ledger->others_in_folder(association.id)))
    TRY(spool::remove_if_empty(house.spool.get(), association.id));
  return base::Done{};
}

// Whether receive may still write into it. When receive is gone, all are closed.
bool is_open(const House& house, const std::string& id) {
  return house.hints.receive_connected && house.hints.open.contains(id);
}

base::Status collect_one(House& house, ledger::Association association) {
  // Order matters: an association that was closed before we looked cannot grow afterwards.
  const bool open = is_open(house, association.id);
  TRY(take_new_files(house, association));
  if (open) return base::Done{};
  if (has_folder(house, association.id)) TRY(pass_over_lost(house, association));
  return close(house, association);
}

base::Status sweep_folder(House& house, const std::string& id) {
  auto known = TRY(house.ledger->association(id));
  // Without an instance its origin may not have been written yet.
  if (!known && TRY(spool::scan(house.spool.get(), id)).sequences.empty()) return base::Done{};
  ledger::Association association = known ? *known : fresh_association(house, id);
  if (!known) TRY(house.ledger->put(association));
  return pass_over_lost(house, association);
}

// What a lost hint has left: files of associations that opened and closed unheard of.
base::Status sweep_folders(House& house) {
  house.hints.next_sweep = house.clock.monotonic() + kSweepEvery;
  base::Status outcome = base::Done{};
  for (const auto& id : TRY(spool::list_associations(house.spool.get()))) {
    auto swept = sweep_folder(house, id);
    if (!swept.ok()) outcome = std::move(swept);
  }
  return outcome;
}

base::Status collect_named(House& house, const std::string& id) {
  auto known = TRY(house.ledger->association(id));
  if (!known && !has_folder(house, id)) return base::Done{};
  if (!known) {
    known = fresh_association(house, id);
    TRY(house.ledger->put(*known));
  } else if (known->closed) {
    known->closed = false;  // reported open again: receive knows better
  }
  return collect_one(house, std::move(*known));
}

}  // namespace

base::Status collect(House& house) {
  base::Status outcome = base::Done{};
  if (house.clock.monotonic() >= house.hints.next_sweep) outcome = sweep_folders(house);
  std::set<std::string> ids;
  for (const auto& association : TRY(house.ledger->open_associations())) ids.insert(association.id);
  for (const auto& [id, in_flight] : house.hints.open) ids.insert(id);
  for (const auto& id : ids) {
    if (!spool::is_association(id)) continue;
    auto collected = collect_named(house, id);
    if (!collected.ok()) outcome = std::move(collected);  // the others go on
  }
  return outcome;
}

// A crash between the commit that announced a share and the erasing of its secret.
base::Status erase_used_secrets(House& house) {
  for (const auto& share : TRY(house.ledger->shares_in({"announced"})))
    TRY(house.ledger->keys().erase(secret_key_name(share)));
  return base::Done{};
}

// Nobody gets the same mail twice: what a lost part of the ledger may have known as sent waits for
// a person.
base::Status hold_what_may_have_been_sent(House& house) {
  auto& ledger = *house.ledger;
  if (!TRY(ledger.has_gone_back())) return base::Done{};
  TRY(ledger.commit([&]() -> base::Status {
    TRY(ledger.set_note(kWentBackAt, std::to_string(house.now())));
    for (const char* state : {"assembling", "complete", "unrouted"})
      for (auto& study : TRY(ledger.studies_in(state, true))) {
        study.approved = 0;
        if (study.held.empty() && study.state == "complete") study.held = kMayHaveBeenSent;
        TRY(ledger.update(study, state));
      }
    for (auto& share : TRY(ledger.shares_in({"waiting"}))) {
      if (share.held.empty()) share.held = kMayHaveBeenSent;
      TRY(ledger.update(share, "waiting"));
    }
    return ledger.audit("ledger.went_back", {});
  }));
  journal::fault("start",
                 base::ask_administrator("ledger",
                                         "ledger.db is older than what it had noted: it was "
                                         "restored, or a part of it is lost. Nothing that may have "
                                         "been sent since is sent before it is released"));
  return ledger.mark();
}

base::Status sweep(House& house) {
  TRY(hold_what_may_have_been_sent(house));
  const auto swept = sweep_folders(house);
  if (!swept.ok()) journal::fault("sweep", swept.fault());
  TRY(erase_used_secrets(house));
  TRY(examine_for_new_rules(house));
  TRY(remove_forgotten(house));
  return sweep_outbox(house);
}

}  // namespace service
