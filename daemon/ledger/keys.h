// The keys at rest (docs/share.md section 11). Wrapped, in a database of their own outside every
// backup; erasing one is the deletion that counts, so an erased row is overwritten, deleted, and
// wiped out of the journal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "database/database.h"
#include "seal/primitives.h"

namespace ledger {

class Keys {
 public:
  // `kek`: 32 bytes. A wrong one is AskAdministrator, never a new ledger key.
  // `may_begin`: make the ledger key when there is none yet.
  static base::Result<Keys> open(const std::string& path, const base::SecretBytes& kek,
                                 bool may_begin = true);

  base::Status put(const std::string& name, const base::SecretBytes& value);
  base::Result<std::optional<base::SecretBytes>> get(const std::string& name);
  base::Result<base::SecretBytes> need(
      const std::string& name);  // AskAdministrator when it is not there
  base::Status erase(const std::string& name);

  // The pair that receiving seals to, made when there is none or the newest is older than `age`.
  base::Result<seal::KeyPair> current_spool_key(base::UnixSeconds now, base::UnixSeconds age);
  base::Result<base::UnixSeconds> newest_spool_key();  // when it was made; 0: there is none
  base::Result<seal::KeyPair> spool_key(base::ByteView key_id);

  // Keyed digest under which a value that identifies can be looked up.
  base::Bytes digest(std::string_view kind, std::string_view value) const;
  base::SecretBytes audit_key() const;

  // Row values of the ledger (section 11): a value moved to another row does not open.
  base::Result<base::Bytes> seal_row(std::string_view table, std::string_view row,
                                     std::string_view column, base::ByteView value) const;
  base::Result<base::Bytes> open_row(std::string_view table, std::string_view row,
                                     std::string_view column, base::ByteView sealed) const;

 private:
  Keys(std::string path, database::Database database, base::SecretBytes ledger_key);
  base::Status be_certain();
  base::Status changed(base::Status done);
  const std::string path_;
  database::Database database_;
  bool uncertain_ = false;  // whether memory and disk still agree
  base::SecretBytes ledger_key_, row_key_;
};

}  // namespace ledger
