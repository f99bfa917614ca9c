// What dispatch's stages share: settings, ledger, folders, keys, and hints in memory. Disk is the
// truth; everything in `hints` may be lost at any time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/secret_bytes.h"
#include "disk/descriptor.h"
#include "expire/expire.h"
#include "ledger/ledger.h"
#include "settings/settings.h"
#include "vault/vault.h"

namespace service {

struct Hints {
  std::map<std::string, base::SecretBytes> association_keys;  // of the spool, by their headers
  bool receive_connected = false;
  bool receive_reported = false;     // since it connected: `open` is what receive knows
  std::map<std::string, bool> open;  // association -> an instance is in flight
  base::Milliseconds next_sweep = 0;
  // Rows that a job is about, of whatever stage: two jobs about one share would overtake each
  // other.
  std::set<std::int64_t> shares_in_hand, bundles_in_hand;
  std::map<std::int64_t, base::Milliseconds> left_until;  // instance that could not be handed over
  std::map<std::int64_t, int> prepared_again;  // bundle -> how often its file was not what it was
  std::map<std::string, base::Milliseconds> complained;  // what was said lately
  bool outbox_full = false;
  bool purging_suspended = false;  // the clock jumped; `dcmcourier clock confirm` lifts it
  expire::Moment last_moment;
  base::Milliseconds looks_due = 0;  // when the vault's looks are taken again, monotonic
  base::Milliseconds purge_due = 0;  // when originals are looked at again, monotonic
  std::map<std::int64_t, base::Milliseconds>
      last_receipt;  // study -> when, monotonic, as seen here
  std::map<std::int64_t, base::Milliseconds>
      planned_ahead;  // study -> the last receipt that its bundles were planned ahead after
  // (study, association) -> the last instance that was stored or on its way when the study's quiet
  // period ended: it may belong to the study. Later ones do not keep it waiting.
  std::map<std::pair<std::int64_t, std::string>, std::uint32_t> awaited;
  base::UnixSeconds portal_ahead = 0;    // the portal's clock less ours
  base::Milliseconds spool_key_due = 0;  // when its age is looked at again, monotonic
  base::Milliseconds portal_asked = -1;  // when that was learned, monotonic; -1: never
  // For who looks: what peers said last, and which roles' children were here when.
  std::string portal_answer;                           // why the portal's time is not known
  std::map<std::int64_t, std::string> upload_answer;   // of a bundle's last attempt
  std::map<std::string, base::Milliseconds> seen;      // role -> monotonic
  std::map<std::string, std::int64_t> children_lost;   // role -> since the start
  std::pair<std::string, base::Milliseconds> metrics;  // as measured, until when
};

class House {
 public:
  static base::Result<std::unique_ptr<House>> open(const std::string& configuration_path,
                                                   settings::Settings settings);

  // The spool key that receiving seals to: a new one every seven days.
  base::Status publish_spool_key();

  // Valid settings swap; the caller has checked them.
  base::Status swap(settings::Settings settings);

  base::UnixSeconds now() const { return clock.now(); }
  // A child ends with its job, and the next one needs a moment.
  bool has(const std::string& role) const;
  std::uint32_t dice() const;
  const route::Recipient* recipient(const std::string& id) const;
  std::string socket_path(const std::string& name) const {
    return settings.runtime_directory + "/" + name + ".sock";
  }

  base::Clock clock;
  std::string configuration_path;
  settings::Settings settings;
  std::unique_ptr<ledger::Ledger> ledger;
  disk::Descriptor lock, spool, outbox;
  base::SecretBytes domain_key;       // empty: none was given
  std::optional<vault::Vault> vault;  // once it was needed
  Hints hints;

 private:
  House() = default;
  base::Status open_folders();
  base::Status publish_workers() const;
  void read_domain_key();
};

}  // namespace service
