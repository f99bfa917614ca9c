// The ledger: what is where, on SQLite. Every step is a compare-and-swap on a row's state with its
// audit record in the same commit; patient data is sealed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "base/clock.h"
#include "ledger/keys.h"
#include "ledger/rows.h"

namespace ledger {

class Ledger {
 public:
  // ledger.db and keys.db in `folder`.
  static base::Result<std::unique_ptr<Ledger>> open(const std::string& folder,
                                                    const base::SecretBytes& kek,
                                                    const base::Clock& clock);

  // One commit: the steps and the audit records that they append.
  base::Status commit(const std::function<base::Status()>& steps);
  base::Status audit(const std::string& event, std::map<std::string, std::string> fields);
  // Audit events committed since the start, and "received", "received bytes".
  const std::map<std::string, std::int64_t>& counted() const { return counted_; }
  // Before what cannot be taken back: keys.db, which no backup brings back, remembers how far the
  // chain has come.
  base::Status mark();
  base::Result<bool> has_gone_back();  // this ledger ends before the mark
  audit::Chain& chain() { return chain_; }
  Keys& keys() { return keys_; }

  // Associations and instances.
  base::Result<std::optional<Association>> association(const std::string& id);
  base::Result<std::vector<Association>> open_associations();
  base::Status put(const Association& association);
  base::Status add_received(Association& association, std::int64_t received_at, std::uint64_t size);
  base::Result<std::optional<Instance>> instance(std::int64_t id);
  base::Result<std::vector<Instance>> instances_in(const std::string& state, std::size_t limit,
                                                   std::int64_t after = 0);
  base::Result<std::vector<Instance>> instances_of(
      std::int64_t study);  // examined ones, oldest first
  base::Result<std::optional<Instance>> first_under(std::int64_t study, base::ByteView sop_key);
  base::Status update(const Instance& instance);
  base::Status put_facts(std::int64_t instance, std::string_view facts);
  base::Result<std::string> facts(std::int64_t instance);
  // What identifies the study's patient and origin, once for all of its instances. Never fewer: an
  // instance that is quarantined or removed leaves what it has brought.
  // True when some were new.
  base::Result<bool> add_identifiers(std::int64_t study, const std::vector<std::string>& texts);
  base::Result<std::vector<std::string>> identifiers(std::int64_t study);
  base::Result<std::int64_t> identifier_count(std::int64_t study);
  base::Result<bool> others_in_folder(const std::string& association);
  base::Result<bool> examined_again(std::int64_t study);  // some of it waits for that
  base::Result<std::optional<std::int64_t>> oldest_received();
  base::Result<std::vector<std::string>> contributors(std::int64_t study);  // association ids
  // The first unexamined instance of each association that has brought instances of this study.
  base::Result<std::map<std::string, std::uint32_t>> first_unexamined_beside(std::int64_t study);

  // Studies.
  // Found or made; `approved`: 0 when even its first revision waits for a person.
  base::Result<Study> study_under(base::ByteView key, std::int64_t received_at,
                                  std::int64_t approved = 1);
  base::Result<std::optional<Study>> study(std::int64_t id);
  base::Result<std::vector<Study>> studies_in(const std::string& state, bool held_too = false);
  base::Result<std::vector<Study>> all_studies();
  base::Status update(const Study& study, const std::string& expected_state);

  // Bundles and shares.
  // The one with this preparation, or made; no longer ahead when `wanted` is not.
  base::Result<Bundle> bundle_for(const Bundle& wanted);
  base::Result<std::optional<Bundle>> bundle(std::int64_t id);
  base::Result<std::vector<Bundle>> bundles_in(const std::string& state);
  base::Status update(const Bundle& bundle, const std::string& expected_state);
  base::Status add(const Share& share);
  base::Result<std::optional<Share>> share(
      const std::string& id);  // whole id or an unambiguous beginning
  base::Result<std::optional<Share>> share_of(std::int64_t study, const std::string& route,
                                              const std::string& recipient);
  base::Result<std::vector<Share>> shares_in(const std::set<std::string>& states);
  base::Result<std::vector<Share>> all_shares();
  base::Status update(const Share& share, const std::string& expected_state);
  base::Result<bool> bundle_in_use(std::int64_t bundle);  // a live share names it
  base::Result<bool> bundle_wanted(std::int64_t bundle);  // in use, or ahead of its study and fits
  base::Status overtake(std::int64_t study);  // what was prepared ahead of it is of no use
  base::Status forget_preparation(std::int64_t bundle);  // no preparation finds it again

  // Small values: the portal's event cursor, ...
  base::Result<std::string> note(const std::string& name);
  base::Status set_note(const std::string& name, const std::string& value);

  struct Count {
    std::string stage, state;
    std::int64_t count = 0, held = 0, oldest = 0;
  };
  base::Result<std::vector<Count>> counts();
  base::Result<std::int64_t> spooled_bytes();
  struct Held {
    std::string kind, id, reason;  // "bundle", "3", why
  };
  base::Result<std::vector<Held>> held();  // whatever waits for an administrator

 private:
  Ledger(database::Database database, Keys keys, const base::Clock& clock);
  base::Status changed_one(const char* what);

  database::Database database_;
  Keys keys_;
  audit::Chain chain_;
  const base::Clock& clock_;
  std::map<std::string, std::int64_t> counted_, uncommitted_;
};

}  // namespace ledger
