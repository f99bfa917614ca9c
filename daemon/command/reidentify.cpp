#include "command/reidentify.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>

#include "command/command.h"
#include "disk/descriptor.h"

namespace command {
namespace {

constexpr int kUsage = 64, kNotFound = 65, kNoInput = 66, kUnavailable = 69, kCantCreate = 73,
              kTempFail = 75, kNoPermission = 77;
constexpr std::size_t kMostKeyFile = 4096;

int say(int code, const std::string& text) {
  std::fprintf(stderr, "dcmcourier: %s\n", text.c_str());
  return code;
}

std::string user() {
  const passwd* found = getpwuid(geteuid());
  std::string name = found != nullptr ? found->pw_name : "uid " + std::to_string(geteuid());
  const char* behind = geteuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
  return behind != nullptr && *behind != '\0' ? name + " by sudo of " + behind : name;
}

base::Result<seal::KeyPair> read_key(const std::string& path) {
  const base::SecretBytes text(TRY(disk::read_small_file(path, kMostKeyFile)));
  auto digits = base::as_text(text.view());
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r'))
    digits.remove_suffix(1);
  auto scalar = base::from_hex(digits);
  if (!scalar || scalar->size() != 32)
    return base::reject("command.vault", path + ": must be 64 hex digits");
  return seal::p256_from_scalar(base::SecretBytes(std::move(*scalar)));
}

// One look at the vault: noted, then answered.
class Search {
 public:
  Search(const Reidentification& asked, vault::Vault& vault) : asked_(asked), vault_(vault) {}

  base::Status note(const std::string& outcome, std::size_t answered) {
    vault::Look look;
    look.at = std::time(nullptr);
    look.who = user();
    look.outcome = outcome;
    look.asked = static_cast<std::int64_t>(asked_.names.size());
    look.answered = static_cast<std::int64_t>(answered);
    return vault_.note(look);
  }

  // Why it is refused, or empty.
  std::string take_keys() {
    if (asked_.keys.empty()) return "no key was given (--key FILE)";
    for (const auto& path : asked_.keys) {
      auto key = read_key(path);
      if (!key.ok()) return "the key cannot be used: " + key.fault().what;
      keys_.push_back(std::move(key).value());
    }
    return {};
  }

  base::Status open_all() {
    if (asked_.names.empty()) open_rows(TRY(vault_.all()));
    for (const auto& name : asked_.names) {
      const auto rows = TRY(vault_.find(name));
      if (rows.empty()) missing_.push_back(name);
      open_rows(rows);
    }
    return base::Done{};
  }

  std::vector<vault::SensitiveEntry>& entries() { return entries_; }
  const std::vector<std::string>& missing() const { return missing_; }
  std::size_t closed() const { return closed_; }  // sealed to a key that was not given
  std::size_t damaged() const { return damaged_; }

 private:
  void open_rows(const std::vector<vault::Row>& rows) {
    for (const auto& row : rows) {
      if (!seen_.insert(row.number).second) continue;
      const auto id = vault::key_id_of(row.sealed);
      const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const seal::KeyPair& one) {
        return vault::key_id(one.point) == id;
      });
      if (key == keys_.end()) {
        ++closed_;
        continue;
      }
      auto entry = vault::open_entry(row.sealed, *key);
      if (!entry.ok()) ++damaged_;
      if (entry.ok()) entries_.push_back(std::move(entry).value());
    }
  }

  const Reidentification& asked_;
  vault::Vault& vault_;
  std::vector<seal::KeyPair> keys_;
  std::vector<vault::SensitiveEntry> entries_;
  std::set<std::int64_t> seen_;
  std::vector<std::string> missing_;
  std::size_t closed_ = 0, damaged_ = 0;
};

std::string day_of(std::int64_t at) {
  const std::time_t time = at;
  std::tm parts{};
  char text[32] = "";
  if (localtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%F", &parts);
  return text;
}

void show(const std::vector<vault::SensitiveEntry>& entries, bool json) {
  control::Reply reply;
  reply.columns = {"pseudonym", "patient id", "issuer", "study", "new study", "accession", "made"};
  for (const auto& one : entries) {
    const auto& e = one.reveal();
    reply.rows.push_back({e.pseudonym, e.patient_id, e.issuer_of_patient_id, e.study_instance_uid,
                          e.new_study_instance_uid, e.accession_number, day_of(e.made_at)});
  }
  const std::string text = json ? as_json(reply) : as_table(reply);
  std::fputs(text.c_str(), stdout);
}

std::set<std::pair<std::string, std::string>> pairs_of(
    const std::vector<vault::SensitiveEntry>& entries, bool studies) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const auto& one : entries) {
    const auto& e = one.reveal();
    pairs.insert(studies ? std::pair(e.study_instance_uid, e.new_study_instance_uid)
                         : std::pair(e.patient_id, e.pseudonym));
  }
  return pairs;
}

base::Status write_new(const std::string& path, base::ByteView content) {
  const disk::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return disk::system_fault("command.vault", path, errno);
  TRY(disk::write_all(file.get(), content));
  return disk::sync_content(file.get());
}

std::string what_is_left(const Search& search) {
  std::string text;
  if (search.closed() > 0)
    text += std::to_string(search.closed()) + " entries are sealed to another key. ";
  if (search.damaged() > 0) text += std::to_string(search.damaged()) + " entries are damaged. ";
  return text;
}

int export_csv(const Reidentification& asked, Search& search) {
  const auto pairs = pairs_of(search.entries(), asked.studies);
  const std::string count =
      std::to_string(pairs.size()) + (asked.studies ? " studies" : " patients");
  if (!asked.yes) {
    std::printf("%s would be written to %s; nothing was. Add --yes.\n", count.c_str(),
                asked.csv.c_str());
    return 0;
  }
  std::string text = "id_old,id_new\n";
  for (const auto& [old_id, new_id] : pairs) text += csv_line(old_id, new_id);
  if (asked.csv == "-") {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  const auto written = write_new(asked.csv, base::as_bytes(text));
  if (!written.ok()) return say(kCantCreate, written.fault().what);
  std::printf("%s: %s, readable by you alone\n", asked.csv.c_str(), count.c_str());
  return 0;
}

int refuse(Search& search, const std::string& why) {
  const auto noted = search.note("refused: " + why.substr(0, why.find(':')), 0);
  if (!noted.ok())
    return say(kUnavailable, "refused, and the vault cannot note it: " + noted.fault().what);
  return say(kNoPermission, "refused, and noted: " + why);
}

int answer(const Reidentification& asked, Search& search) {
  const std::string why = search.take_keys();
  if (!why.empty()) return refuse(search, why);
  const auto opened = search.open_all();
  if (!opened.ok()) return say(kUnavailable, opened.fault().what);
  if (search.entries().empty() && search.closed() > 0)
    return refuse(search, "the key opens none of the entries");
  const std::string outcome = asked.csv.empty() ? "shown" : asked.yes ? "exported" : "counted";
  const auto noted = search.note(outcome, search.entries().size());
  if (!noted.ok())
    return say(kUnavailable, "a look that cannot be noted is not answered: " + noted.fault().what);
  int code = 0;
  if (!asked.csv.empty()) code = export_csv(asked, search);
  if (asked.csv.empty() && !search.entries().empty()) show(search.entries(), asked.json);
  const auto left = what_is_left(search);
  if (!left.empty()) code = say(kNotFound, left);
  for (const auto& name : search.missing())
    code = say(kNotFound, name + ": no entry in this vault");
  return code;
}

}  // namespace

std::string csv_line(const std::string& old_id, const std::string& new_id) {
  std::string line;
  for (const auto* field : {&old_id, &new_id}) {
    if (field == &new_id) line += ',';
    const bool quoted = field->find_first_of("\",\r\n ") != std::string::npos;
    if (quoted) line += '"';
    for (char c : *field) line += c == '"' ? "\"\"" : std::string(1, c);
    if (quoted) line += '"';
  }
  return line + "\n";
}

int reidentify(const Reidentification& asked, const std::function<void()>& tell) {
  if (asked.names.empty() && asked.csv.empty())
    return say(kUsage, "name pseudonyms or Study Instance UIDs, or --csv FILE for all of them");
  if (access(asked.vault.c_str(), F_OK) != 0)
    return say(kNoInput, asked.vault + ": there is no vault");
  auto vault = vault::Vault::open(asked.vault, vault::Vault::Begin::No);
  if (!vault.ok())
    return say(vault.fault().remedy == base::Remedy::RetryLater ? kTempFail : kUnavailable,
               "the vault cannot be opened: " + vault.fault().what);
  Search search(asked, vault.value());
  const int code = answer(asked, search);
  tell();
  return code;
}

int create_vault_key(const std::string& path) {
  const bool there = access(path.c_str(), F_OK) == 0;
  if (!there) {
    const auto pair = seal::generate_p256();
    const base::SecretBytes text(base::as_bytes(base::to_hex(pair.scalar.view()) + "\n"));
    const auto written = write_new(path, text.view());
    if (!written.ok()) return say(kCantCreate, written.fault().what);
  }
  const auto pair = read_key(path);
  if (!pair.ok()) return say(kCantCreate, pair.fault().what);
  std::printf(
      "%s: %s. Who holds it can re-identify: it belongs to the data protection officer, with a "
      "copy\nin a safe, and not on this machine. Its public half, for the configuration:\n\n"
      "keys:\n  vault: \"p256:%s\"\n",
      path.c_str(), there ? "is there already, left alone" : "made",
      base::to_hex(pair.value().point).c_str());
  return 0;
}

}  // namespace command
