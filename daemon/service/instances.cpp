#include "service/instances.h"

#include <dirent.h>
#include <unistd.h>

#include <set>

#include "base/handle.h"
#include "journal/events.h"
#include "seal/stream.h"
#include "service/outbox.h"
#include "spool/format.h"
#include "spool/scan.h"

namespace service {
namespace {

constexpr std::size_t kHead = spool::kHeaderSize + seal::kHeaderSize;

// An agreement on the curve costs more than the rest of handing over: the keys of the last
// associations are remembered, under all of the header that they follow from.
base::Result<const base::SecretBytes*> association_key(House& house, const spool::Header& header,
                                                       base::ByteView head) {
  constexpr std::size_t kRemembered = 64;
  auto& remembered = house.hints.association_keys;
  const std::string name(base::as_text(head.first(spool::kHeaderSize - sizeof header.sequence)));
  const auto found = remembered.find(name);
  if (found != remembered.end()) return &found->second;
  const auto pair = TRY(house.ledger->keys().spool_key(header.key_id));
  auto key = TRY(spool::association_key(header, pair.scalar, header.ephemeral_point, pair.point));
  if (remembered.size() >= kRemembered) remembered.clear();
  return &remembered.emplace(name, std::move(key)).first->second;
}

base::Result<base::SecretBytes> segment_key_of(House& house, const ledger::Instance& instance,
                                               base::ByteView head) {
  const auto header = TRY(spool::parse_header(head.first(spool::kHeaderSize)));
  if (base::to_hex(header.association) != instance.association ||
      header.sequence != instance.sequence)
    return base::reject("service.hand_over", "a spool file that belongs elsewhere");
  const auto* key = TRY(association_key(house, header, head));
  return seal::segment_key(*key, head.subspan(spool::kHeaderSize + 1, seal::kSaltSize),
                           spool::associated_data(head.first(spool::kHeaderSize)));
}

}  // namespace

base::Result<jobs::SealedInstance> hand_over(House& house, const ledger::Instance& instance) {
  const int spool = house.spool.get();
  auto file = spool::open_instance(spool, instance.association, instance.sequence);
  if (!file.ok() && spool::is_lost(spool, instance.association, instance.sequence))
    return base::reject("service.hand_over", "its file is lost from the spool");
  jobs::SealedInstance sealed;
  sealed.instance = instance.id;
  sealed.file = TRY(std::move(file));
  std::array<std::uint8_t, kHead> head{};
  TRY(disk::read_exact_at(sealed.file.get(), head, 0));
  sealed.segment_key = TRY(segment_key_of(house, instance, head));
  return sealed;
}

void leave_for_later(House& house, std::int64_t instance) {
  constexpr base::Milliseconds kPause = 10'000;
  house.hints.left_until[instance] = house.clock.monotonic() + kPause;
}

bool is_left_for_later(House& house, std::int64_t instance) {
  const auto left = house.hints.left_until.find(instance);
  if (left == house.hints.left_until.end()) return false;
  if (house.clock.monotonic() < left->second) return true;
  house.hints.left_until.erase(left);
  return false;
}

base::Status quarantine(House& house, ledger::Instance instance, const std::string& reason) {
  const auto row = TRY(house.ledger->instance(instance.id));
  if (!row || row->state != instance.state) return base::Done{};  // somebody else's step came first
  instance.state = "quarantined";
  instance.reason = reason;
  TRY(house.ledger->commit([&]() -> base::Status {
    TRY(house.ledger->update(instance));
    return house.ledger->audit("instance.quarantined",
                               {{"instance", std::to_string(instance.id)}, {"reason", reason}});
  }));
  journal::instance_quarantined(instance.id, reason);
  return base::Done{};
}

base::Status remove_original(House& house, ledger::Instance instance, const std::string& state,
                             const std::string& why) {
  instance.state = state;
  instance.reason = why;
  TRY(house.ledger->commit([&] { return house.ledger->update(instance); }));
  TRY(spool::remove_instance(house.spool.get(), instance.association, instance.sequence));
  const auto association = TRY(house.ledger->association(instance.association));
  // As long as receive has not said so, a child may still be writing into it.
  const bool over =
      house.hints.receive_reported && !house.hints.open.contains(instance.association);
  if (association && association->closed && over)
    TRY(spool::remove_if_empty(house.spool.get(), instance.association));
  return base::Done{};
}

// A crash between the commit and the removal leaves a file whose row says that it is gone.
base::Status remove_forgotten(House& house) {
  for (const std::string state : {"duplicate", "removed"}) {
    std::int64_t after = 0;
    for (;;) {
      const auto gone = TRY(house.ledger->instances_in(state, 1000, after));
      if (gone.empty()) break;
      after = gone.back().id;
      for (const auto& instance : gone)
        if (spool::has_instance(house.spool.get(), instance.association, instance.sequence))
          TRY(spool::remove_instance(house.spool.get(), instance.association, instance.sequence));
    }
  }
  return base::Done{};
}

base::Status sweep_outbox(House& house) {
  std::set<std::string> named;
  for (const std::string state : {"prepared", "sealed"})
    for (const auto& bundle : TRY(house.ledger->bundles_in(state)))
      for (const auto* id : {&bundle.package_id, &bundle.index_id}) named.insert(outbox_name(*id));
  std::set<std::string> present;
  const base::Handle<DIR, closedir> folder(fdopendir(TRY(house.outbox.duplicate()).release()));
  if (folder == nullptr) return base::retry_later("service.sweep", "the outbox cannot be listed");
  rewinddir(folder.get());
  while (const dirent* entry = readdir(folder.get()))
    if (entry->d_name[0] != '.') present.insert(entry->d_name);
  for (const auto& name : present)
    if (!named.contains(name)) unlinkat(house.outbox.get(), name.c_str(), 0);
  return base::Done{};
}

}  // namespace service
