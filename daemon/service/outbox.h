// The outbox: sealed bundles on their way to the portal.
#pragma once

#include <string>

#include "service/house.h"

namespace service {

inline std::string outbox_name(base::ByteView id) { return base::to_hex(id) + ".blob"; }
base::Result<disk::Descriptor> make_outbox_file(House& house, base::ByteView id);
base::Result<disk::Descriptor> open_outbox_file(House& house, base::ByteView id);
// False while somebody still holds it open to write: a work child that has answered could change
// what verify has judged. Nobody can open it anew: the folder is dispatch's alone.
bool is_left_alone(const disk::Descriptor& file);
base::Status remove_outbox_file(House& house, base::ByteView id);  // gone already is fine

base::Result<std::uint64_t> outbox_size(House& house);  // bytes on disk
// Whether another bundle may be sealed: the outbox's part of the disk, and low water.
base::Result<bool> outbox_has_room(House& house, std::uint64_t bytes);

// Removes files and keys of a bundle: the deletion that counts. Its row is the caller's.
base::Status forget_bundle_content(House& house, const ledger::Bundle& bundle);
std::string package_key_name(std::int64_t bundle);
std::string index_key_name(std::int64_t bundle);

}  // namespace service
