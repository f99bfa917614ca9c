// The audit chain: each record is bound to all before it by a keyed digest, and is written in the
// same commit as what it tells of. Records hold local ids, counts and reasons; no patient data.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "database/database.h"

namespace audit {

struct Record {
  std::string event;                          // "study.routed"
  std::map<std::string, std::string> fields;  // "study" -> "12"
};

// Schema of the chain's table: part of the ledger's migrations.
extern const char* const kSchema;

class Chain {
 public:
  Chain(database::Database& database, base::SecretBytes key)
      : database_(database), key_(std::move(key)) {}

  // Appends inside the caller's transaction.
  base::Status append(base::UnixSeconds at, const Record& record);

  base::Result<std::int64_t> length();  // sequence number of the last record

  struct Verdict {
    std::int64_t records = 0;
    std::int64_t broken_at = 0;  // sequence number of the first record that does not fit; 0: whole
  };
  base::Result<Verdict> verify();
  // Each record as one line of JSON, oldest first, from sequence number `from`.
  base::Status each(std::int64_t from, const std::function<bool(const std::string& line)>& take);

 private:
  database::Database& database_;
  base::SecretBytes key_;
};

}  // namespace audit
