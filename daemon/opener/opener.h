// Opens a link: fetch, verify, decrypt, unpack. What is left in the folder is complete and verified
// file by file; what went wrong is said in words for the recipient.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace opener {

struct Options {
  std::string link;
  std::string code_file;  // "-": standard input; empty: ask at the terminal
  std::string out;        // made where it is missing; must be empty
  std::string ca_file;    // empty: the system's authorities
  bool quiet = false;
};

struct Summary {
  std::string sender;
  std::uint32_t study_revision = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  base::UnixSeconds issued = 0;
  base::UnixSeconds not_after = 0;
};
base::Result<Summary> open_link(const Options& options);

int exit_code(const base::Fault& fault);  // of sysexits.h

}  // namespace opener
