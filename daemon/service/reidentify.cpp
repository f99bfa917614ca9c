#include "service/reidentify.h"

#include <sys/stat.h>

#include <sstream>

#include "seal/primitives.h"
#include "service/facts.h"
#include "service/stages.h"

namespace service {
namespace {

constexpr base::Milliseconds kBetweenLooks = 60'000;
constexpr const char* kTaken = "vault_looks";  // a note: "<id of the vault> <number> <at>"
constexpr std::size_t kMostLooks = 500;        // in one commit

std::string id_of(const base::SecretBytes& domain_key) {
  base::Bytes message = base::to_bytes(base::as_bytes("kid"));
  base::append(message, domain_key.view());
  return base::to_hex(seal::sha256(message)).substr(0, 8);
}

std::string first_value(const std::vector<jobs::Facts>& study, const char* path) {
  for (const auto& facts : study) {
    const auto found = facts.attributes.find(path);
    if (found == facts.attributes.end()) continue;
    for (const auto& value : found->second)
      if (!value.empty()) return value;
  }
  return {};
}

bool is_there(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0;
}

// After a sync that failed SQLite goes on with pages that the disk never saw: they are read anew.
template <typename T>
base::Result<T> heeded(House& house, base::Result<T> outcome) {
  if (!outcome.ok()) house.vault.reset();
  return outcome;
}

base::Result<vault::Vault*> vault_of(House& house) {
  const auto path = vault::path_in(house.settings.storage.directory);
  // One that was moved away, or put back from a backup, is another file.
  if (house.vault && !house.vault->is_at(path)) house.vault.reset();
  if (!house.vault) house.vault.emplace(TRY(vault::Vault::open(path, vault::Vault::Begin::Yes)));
  return &*house.vault;
}

base::Result<std::int64_t> add(House& house, const ledger::Bundle& bundle,
                               const vault::SensitiveEntry& entry) {
  auto* opened = TRY(vault_of(house));
  const auto identity = house.ledger->keys().digest("vault", vault::content_of(entry));
  const auto number = TRY(opened->add(entry, identity, house.settings.vault_key));
  TRY(opened->assign(bundle.id, bundle.package_id, number));
  return number;
}

base::Result<bool> is_entered(House& house, const ledger::Bundle& bundle) {
  auto* opened = TRY(vault_of(house));
  return opened->has(bundle.id, bundle.package_id);
}

base::Status audit_look(House& house, const vault::Look& look) {
  const bool refused = look.outcome.starts_with("refused");
  return house.ledger->audit(refused ? "vault.refused" : "vault.looked",
                             {{"at", std::to_string(look.at)},
                              {"who", short_reason(look.who)},
                              {"outcome", short_reason(look.outcome)},
                              {"asked", std::to_string(look.asked)},
                              {"answered", std::to_string(look.answered)}});
}

// The last look of a vault that the chain has.
struct Taken {
  std::int64_t number = 0, at = 0;
};

Taken taken_of(const std::string& note, const std::string& id) {
  std::istringstream words(note);
  std::string of;
  Taken taken;
  words >> of >> taken.number >> taken.at;
  return of == id ? taken : Taken();
}

base::Status audit_looks(House& house, const std::vector<vault::Look>& looks, const std::string& id,
                         bool went_back) {
  if (went_back) TRY(house.ledger->audit("vault.went_back", {}));
  for (const auto& look : looks) TRY(audit_look(house, look));
  const auto last = looks.empty() ? vault::Look() : looks.back();
  return house.ledger->set_note(
      kTaken, id + " " + std::to_string(last.number) + " " + std::to_string(last.at));
}

// An older copy was put in its place: numbers begin anew behind what it has.
base::Result<bool> has_gone_back(vault::Vault& vault, const Taken& taken) {
  if (taken.number == 0) return false;
  const auto last = TRY(vault.looks_after(taken.number - 1, 1));
  return last.empty() || last[0].number != taken.number ||
         (taken.at != 0 && last[0].at != taken.at);
}

base::Result<std::size_t> take(House& house) {
  if (!is_there(vault::path_in(house.settings.storage.directory))) return std::size_t{0};
  auto* opened = TRY(vault_of(house));
  const auto id = TRY(opened->id());
  const auto taken = taken_of(TRY(house.ledger->note(kTaken)), id);
  const bool went_back = TRY(has_gone_back(*opened, taken));
  const auto looks = TRY(opened->looks_after(went_back ? 0 : taken.number, kMostLooks));
  if (looks.empty() && !went_back) return std::size_t{0};
  const auto done = house.ledger->commit([&] { return audit_looks(house, looks, id, went_back); });
  if (!done.ok()) return done.fault();
  return looks.size();
}

}  // namespace

vault::SensitiveEntry entry_of(const House& house, const BundleProfile& profile,
                               const std::vector<jobs::Facts>& study,
                               const deidentify::PatientMap& patient) {
  const auto& options = profile.deidentify.options;
  const bool kept = std::find(options.begin(), options.end(), "retain_uids") != options.end();
  const auto& first = study.front();
  vault::Entry entry;
  entry.patient_id = first.patient_id;
  entry.issuer_of_patient_id = first.issuer_of_patient_id;
  entry.accession_number = first_value(study, kAccessionNumber);
  entry.study_instance_uid = first.study_instance_uid;
  entry.pseudonym = patient.pseudonym;
  entry.new_study_instance_uid =
      kept ? first.study_instance_uid
           : deidentify::map_uid(patient.uid_key, first.study_instance_uid);
  entry.options = options;
  entry.domain_key = id_of(house.domain_key);
  entry.made_at = house.now();
  return vault::SensitiveEntry(std::move(entry));
}

base::Result<std::int64_t> enter(House& house, const ledger::Bundle& bundle,
                                 const vault::SensitiveEntry& entry) {
  if (house.settings.vault_key.empty())
    return base::ask_administrator(
        "service.vault", "its route asks for the vault, and keys.vault is gone from the settings");
  return heeded(house, add(house, bundle, entry));
}

base::Result<bool> may_leave(House& house, const ledger::Bundle& bundle) {
  if (!TRY(parse_profile(bundle.profile)).vault) return true;
  return heeded(house, is_entered(house, bundle));
}

base::Status take_looks(House& house) {
  if (house.clock.monotonic() < house.hints.looks_due) return base::Done{};
  house.hints.looks_due = house.clock.monotonic() + kBetweenLooks;
  TRY(heeded(house, take(house)));
  return base::Done{};
}

base::Result<control::Reply> take_looks_now(House& house, const Arguments&) {
  const auto count = TRY(heeded(house, take(house)));
  return said("looks taken into the audit chain: " + std::to_string(count));
}

}  // namespace service
