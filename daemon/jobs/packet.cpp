#include "jobs/packet.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jobs {
namespace {

// Packet on the wire: version (1) || text in memory file? (1) || number of secrets (u32) || for
// each its length (u32) and bytes || text. All of it fits kMaxPacket; a longer text goes to a
// memory file, which is then the first descriptor.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxPacket = 96 * 1024;

base::Fault bad_packet(const char* what) { return base::reject("jobs.packet", what); }

base::Bytes encode(const Packet& packet, bool outside) {
  base::Bytes bytes = {kVersion, static_cast<std::uint8_t>(outside ? 1 : 0)};
  base::append_u32_be(bytes, static_cast<std::uint32_t>(packet.secrets.size()));
  for (const auto& secret : packet.secrets) {
    base::append_u32_be(bytes, static_cast<std::uint32_t>(secret.size()));
    base::append(bytes, secret.view());
  }
  if (!outside) base::append(bytes, base::as_bytes(packet.text));
  return bytes;
}

// The control message that carries descriptors.
struct Ancillary {
  alignas(cmsghdr) char buffer[CMSG_SPACE(sizeof(int) * (kMaxDescriptors + 1))] = {};
};

void attach(msghdr& message, Ancillary& ancillary, const std::vector<int>& fds) {
  if (fds.empty()) return;
  message.msg_control = ancillary.buffer;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
}

std::vector<disk::Descriptor> detach(msghdr& message) {
  std::vector<disk::Descriptor> descriptors;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

base::Status take_secrets(base::ByteView& rest, Packet& packet) {
  const std::uint32_t count = base::read_u32_be(rest);
  rest = rest.subspan(4);
  if (count > kMaxSecrets) return bad_packet("too many secrets");
  for (std::uint32_t i = 0; i < count; ++i) {
    if (rest.size() < 4) return bad_packet("cut short");
    const std::uint32_t size = base::read_u32_be(rest);
    if (rest.size() - 4 < size) return bad_packet("cut short");
    packet.secrets.emplace_back(rest.subspan(4, size));
    rest = rest.subspan(4 + size);
  }
  return base::Done{};
}

base::Status take_outside_text(Packet& packet) {
  if (packet.descriptors.empty()) return bad_packet("its text is missing");
  const disk::Descriptor memory = std::move(packet.descriptors.front());
  packet.descriptors.erase(packet.descriptors.begin());
  const int seals = fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_WRITE) == 0 || (seals & F_SEAL_SHRINK) == 0)
    return bad_packet("its text can still be changed");
  const std::uint64_t size = TRY(disk::size_of(memory.get()));
  if (size > kMaxText) return bad_packet("its text is too long");
  packet.text.resize(size);
  return disk::read_exact_at(
      memory.get(), {reinterpret_cast<std::uint8_t*>(packet.text.data()), packet.text.size()}, 0);
}

base::Result<Packet> decode(base::ByteView bytes, std::vector<disk::Descriptor> descriptors) {
  Packet packet;
  packet.descriptors = std::move(descriptors);
  if (bytes.size() < 6) return bad_packet("cut short");
  if (bytes[0] != kVersion) return bad_packet("of another version");
  const bool outside = bytes[1] != 0;
  base::ByteView rest = bytes.subspan(2);
  TRY(take_secrets(rest, packet));
  if (outside) {
    TRY(take_outside_text(packet));
  } else {
    packet.text = base::as_text(rest);
  }
  return packet;
}

base::Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::ask_administrator("jobs.socket",
                                   path + ": longer than a socket's name may be (107 bytes)");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

base::Status send_packet(int socket, const Packet& packet) {
  if (packet.descriptors.size() > kMaxDescriptors || packet.secrets.size() > kMaxSecrets ||
      packet.text.size() > kMaxText)
    return bad_packet("too large to send");
  std::size_t secrets = 0;
  for (const auto& secret : packet.secrets) secrets += 4 + secret.size();
  const bool outside = packet.text.size() + secrets + 6 > kMaxPacket;
  disk::Descriptor memory;
  std::vector<int> fds;
  if (outside) {
    memory = TRY(disk::sealed_memory(base::as_bytes(packet.text)));
    fds.push_back(memory.get());
  }
  for (const auto& descriptor : packet.descriptors) fds.push_back(descriptor.get());

  base::SecretBytes bytes(encode(packet, outside));
  iovec piece{bytes.writable().data(), bytes.size()};
  Ancillary ancillary;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  attach(message, ancillary, fds);
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR)
      return base::retry_later("jobs.send", std::string("sendmsg: ") + std::strerror(errno));
  }
  return base::Done{};
}

base::Result<std::optional<Packet>> receive_packet(int socket) {
  auto bytes = base::SecretBytes::of_size(kMaxPacket + 1);
  iovec piece{bytes.writable().data(), bytes.size()};
  Ancillary ancillary;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.buffer;
  message.msg_controllen = sizeof ancillary.buffer;
  ssize_t size = 0;
  while ((size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno != EINTR)
      return base::retry_later("jobs.receive", std::string("recvmsg: ") + std::strerror(errno));
  }
  auto descriptors = detach(message);
  if (size == 0) return std::optional<Packet>();
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return bad_packet("larger than agreed");
  return std::optional<Packet>(
      TRY(decode(bytes.view().first(static_cast<std::size_t>(size)), std::move(descriptors))));
}

base::Result<disk::Descriptor> connect_seqpacket(const std::string& path) {
  const sockaddr_un address = TRY(address_of(path));
  disk::Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return disk::system_fault("jobs.connect", "socket", errno);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return base::retry_later("jobs.connect", path + ": " + std::strerror(errno));
  return socket;
}

base::Result<disk::Descriptor> listen_seqpacket(const std::string& path, unsigned mode) {
  const sockaddr_un address = TRY(address_of(path));
  disk::Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return disk::system_fault("jobs.listen", "socket", errno);
  ::unlink(path.c_str());
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), static_cast<mode_t>(mode)) != 0 || listen(socket.get(), 64) != 0)
    return disk::system_fault("jobs.listen", path, errno);
  return socket;
}

}  // namespace jobs
