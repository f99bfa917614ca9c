// Packet: one message between dispatch and its children, over AF_UNIX SOCK_SEQPACKET. JSON text,
// descriptors by SCM_RIGHTS, and keys apart from the text so that they can be wiped. A text too
// long for a packet travels in a sealed memory file. Versioned; every size is bounded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret_bytes.h"
#include "disk/descriptor.h"

namespace jobs {

inline constexpr std::size_t kMaxDescriptors = 200;
inline constexpr std::size_t kMaxSecrets = 200;
inline constexpr std::size_t kMaxText = 64u << 20;

struct Packet {
  std::string text;  // JSON
  std::vector<disk::Descriptor> descriptors;
  std::vector<base::SecretBytes> secrets;
};

// RetryLater when the peer's buffer is full (non-blocking) or the peer is gone.
base::Status send_packet(int socket, const Packet& packet);
// nullopt: the peer closed. Reject: not a packet of ours.
base::Result<std::optional<Packet>> receive_packet(int socket);

base::Result<disk::Descriptor> connect_seqpacket(const std::string& path);
base::Result<disk::Descriptor> listen_seqpacket(const std::string& path, unsigned mode = 0660);

}  // namespace jobs
