// The vault: vault.db, a database of its own. Dispatch adds to it; `dcmcourier reidentify` looks,
// and each look is noted here first, for dispatch to take into the audit chain.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "database/database.h"
#include "vault/entry.h"

namespace vault {

struct Look {
  std::int64_t number = 0;
  std::int64_t at = 0;
  std::string who;      // the user, never whom was looked for
  std::string outcome;  // "shown", "exported", "refused: ..."
  std::int64_t asked = 0, answered = 0;
};

struct Row {
  std::int64_t number = 0;
  base::Bytes sealed;
};

class Vault {
 public:
  enum class Begin : std::uint8_t { No, Yes };
  // AskAdministrator when it is damaged; without Begin::Yes also when it is not there.
  static base::Result<Vault> open(const std::string& path, Begin begin);

  // False: another file stands there now, or none.
  bool is_at(const std::string& path) const;

  // Durable when it returns. `identity`: a keyed digest of the content; the same content for the
  // same key is one entry, also of several bundles. Returns the entry's number.
  base::Result<std::int64_t> add(const SensitiveEntry& entry, base::ByteView identity,
                                 base::ByteView point);
  // The package that leaves under this entry; one for each bundle, the last that was prepared.
  base::Status assign(std::int64_t bundle, base::ByteView package_id, std::int64_t entry);
  // Whether the package has its entry, and that is as it was written.
  base::Result<bool> has(std::int64_t bundle, base::ByteView package_id);

  base::Result<std::vector<Row>> find(std::string_view released);
  base::Result<std::vector<Row>> all();

  base::Result<std::string> id();  // another one for another vault
  base::Status note(const Look& look);
  base::Result<std::vector<Look>> looks_after(std::int64_t number, std::size_t limit);

 private:
  Vault(database::Database database, dev_t device, ino_t file)
      : database_(std::move(database)), device_(device), file_(file) {}
  base::Status write(const SensitiveEntry& entry, base::ByteView identity, base::ByteView point);
  base::Result<std::int64_t> number_of(base::ByteView identity, const KeyId& key);
  database::Database database_;
  dev_t device_;
  ino_t file_;
};

// What dispatch and the command both need to agree on.
std::string path_in(const std::string& storage_directory);

}  // namespace vault
