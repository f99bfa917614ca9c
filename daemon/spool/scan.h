// What lies in the spool, for whoever takes instances out of it, and the sweeping of what is empty.
// Disk is the truth: every function looks again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "disk/descriptor.h"
#include "spool/format.h"

namespace spool {

struct Contents {
  bool origin = false;
  std::vector<std::uint32_t> sequences;  // present, ascending
  // Instances were stored up to here; with files removed it is only the highest one present.
  std::uint32_t last() const { return sequences.empty() ? 0 : sequences.back(); }
  bool contiguous() const { return sequences.empty() || last() == first() + count() - 1; }
  bool empty() const { return sequences.empty() && foreign == 0; }
  std::uint32_t foreign = 0;  // entries that are neither: never removed, worth a complaint

 private:
  std::uint32_t first() const { return sequences.front(); }
  std::uint32_t count() const { return static_cast<std::uint32_t>(sequences.size()); }
};

// `spool` is the open folder in all of these; `association` is 32 hex digits (anything else is
// refused before a path is made of it).
bool is_association(std::string_view name);
base::Result<std::vector<std::string>> list_associations(int spool);  // sorted
base::Result<Contents> scan(int spool, const std::string& association);
// One look instead of a scan: a child stores 1, 2, 3... without gaps, so "is the next one there?"
// is all that following an open association takes.
bool has_instance(int spool, const std::string& association, std::uint32_t sequence);
// It is certainly not there, which a disk that fails or a folder that is closed to us does not say.
bool is_lost(int spool, const std::string& association, std::uint32_t sequence);
// What has_instance() has seen outlives a power cut from here on, whether its writer has said so or
// not.
base::Status sync_association(int spool, const std::string& association);
base::Result<Origin> read_origin(int spool, const std::string& association);

base::Result<disk::Descriptor> open_instance(int spool, const std::string& association,
                                             std::uint32_t sequence);
base::Status remove_instance(int spool, const std::string& association, std::uint32_t sequence);

// Removes a folder that holds nothing but `origin` (or nothing); false when it holds more. Only for
// an association that is closed: an open one would lose its folder.
base::Result<bool> remove_if_empty(int spool, const std::string& association);
// remove_if_empty over the whole spool; how many it removed.
base::Result<std::uint32_t> sweep(int spool);

struct Space {
  std::uint64_t available = 0, total = 0;  // bytes, for an ordinary user
};
base::Result<Space> space(int folder);
// Below this much available nothing new begins: `bytes`, or where 0, the smaller of that part of
// the disk and 20 GB.
std::uint64_t low_water(const Space& space, std::uint64_t bytes, double part);

}  // namespace spool
