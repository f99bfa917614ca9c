// The folder that a run writes to. A file has its name when it is whole, searched and synced;
// before, it lies in a folder of its own that goes with the run. Nothing is overwritten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "disk/descriptor.h"

namespace offline {

class Output {
 public:
  // Made where it is missing. AskAdministrator when it holds something already, unless `add`.
  static base::Result<Output> open(const std::string& path, bool add);
  Output(Output&&) noexcept = default;
  Output& operator=(Output&&) = delete;
  ~Output();

  // The next empty file to be written and read again.
  base::Result<disk::Descriptor> next();
  // Drops the file that next() gave last.
  void drop();
  // Gives it its name: "STUDY/INSTANCE.dcm", which is returned. Reject when the name is taken.
  base::Result<std::string> keep(const disk::Descriptor& file, const std::string& study,
                                 const std::string& instance);
  // The same, with the name put off until name_all(): all of a study or nothing.
  base::Result<std::string> keep_for_later(const disk::Descriptor& file, const std::string& study,
                                           const std::string& instance);
  base::Status name_all();
  void drop_all();

 private:
  struct Waiting {
    std::string temporary, study, name;
  };
  Output(std::string path, std::string temporary, disk::Descriptor folder)
      : path_(std::move(path)), temporary_(std::move(temporary)), folder_(std::move(folder)) {}
  std::string temporary_name(std::uint64_t number) const;
  base::Status name(const Waiting& one);

  std::string path_, temporary_;
  disk::Descriptor folder_;
  std::uint64_t number_ = 0;
  std::vector<Waiting> waiting_;
};

}  // namespace offline
