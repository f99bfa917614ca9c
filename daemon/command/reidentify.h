// `dcmcourier reidentify`: whom a pseudonym stands for, by who holds the vault's private key. Works
// on vault.db itself, with or without a running dispatch; each look is noted there first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "vault/vault.h"

namespace command {

struct Reidentification {
  std::string vault;               // path of vault.db
  std::vector<std::string> keys;   // files with private keys: the present one, and older ones
  std::vector<std::string> names;  // pseudonyms, new Study Instance UIDs
  std::string csv;                 // a file to make, "-" for standard output; empty: a table
  bool studies = false;            // in the CSV UIDs of studies, else Patient IDs
  bool yes = false;                // write the CSV; without it only say what would be written
  bool json = false;
};
// `tell`: after a look was noted, so that a running dispatch takes it into the audit chain.
int reidentify(const Reidentification& asked, const std::function<void()>& tell);

// Makes the pair: the private key into a new file, its public half printed for keys.vault. A file
// that is there is left alone, and its public half printed again.
int create_vault_key(const std::string& path);

// Fields quoted as RFC 4180 asks.
std::string csv_line(const std::string& old_id, const std::string& new_id);

}  // namespace command
