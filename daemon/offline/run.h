// De-identifying files without a service: two passes, the first over all of a study's originals for
// what identifies it, the second for each instance. All parsing happens in confined children.
#pragma once

#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/secret_bytes.h"
#include "deidentify/difference.h"
#include "deidentify/engine.h"

namespace offline {

enum class Fate : std::uint8_t { Released, Quarantined, Skipped, Failed };

struct Result {
  std::string input;   // the path that was given
  std::string output;  // below the folder, when released
  Fate fate = Fate::Failed;
  std::string reason;  // without patient data
};

struct Request {
  deidentify::Choices choices;
  base::SecretBytes domain_key;
  bool hold_study = false;  // one quarantined instance keeps its study back
  std::vector<std::string> files;
  std::string out;   // empty: nothing is written, `compared` is told
  bool add = false;  // to a folder that is not empty
  bool show_values = false;
};

struct Told {
  std::function<void(std::size_t done, std::size_t of, const char* what)> progress;
  std::function<void(const std::string& input, const std::string& reason,
                     const std::vector<deidentify::Change>& changes)>
      compared;
  const volatile std::sig_atomic_t* stopping = nullptr;
};

struct Summary {
  std::vector<Result> files;  // in the order of their paths
  std::size_t studies = 0;
  std::map<std::string, std::uint64_t> counts;  // action -> elements
  bool interrupted = false;
  std::size_t count(Fate fate) const;
};

// AskAdministrator: nothing was done (the folder, the options, a file that cannot be opened...).
base::Result<Summary> run(Request request, const Told& told);

}  // namespace offline
