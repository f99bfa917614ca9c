#include "mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace power {
namespace {

constexpr std::size_t kLargestRequest = (1u << 20) + 65536;
constexpr int kNotAllowed = 77;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "power_disk: %s: %s\n", what, std::strerror(errno));
  std::exit(kNotAllowed);
}

}  // namespace

Mount::Mount(Volume& volume, const Shape& shape)
    : volume_(volume), shape_(shape), buffer_(kLargestRequest) {
  known_[FUSE_ROOT_ID] = {volume.root(), 1};
  device_ = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device_ < 0) give_up("/dev/fuse");
  const std::string options =
      "fd=" + std::to_string(device_) +
      ",rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions";
  if (mount("power_disk", shape_.folder.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) !=
      0)
    give_up(shape_.folder.c_str());
}

Mount::~Mount() {
  close(device_);
  umount2(shape_.folder.c_str(), MNT_DETACH);
}

bool Mount::serve_one() {
  const ssize_t size = ::read(device_, buffer_.data(), buffer_.size());
  if (size < 0) return errno == EINTR || errno == EAGAIN || errno == ENOENT;
  Request request;
  if (static_cast<std::size_t>(size) < sizeof request.head) return false;
  std::memcpy(&request.head, buffer_.data(), sizeof request.head);
  request.body = std::span<const std::uint8_t>(buffer_.data(), static_cast<std::size_t>(size))
                     .subspan(sizeof request.head);
  switch (request.head.opcode) {
    case FUSE_INTERRUPT:
      return true;
    case FUSE_FORGET:
      forget(request.head.nodeid, request.argument<fuse_forget_in>().nlookup);
      return true;
    case FUSE_BATCH_FORGET:
      for (std::size_t i = 0; i < request.argument<fuse_batch_forget_in>().count; ++i) {
        fuse_forget_one one{};
        std::memcpy(&one, &request.body[sizeof(fuse_batch_forget_in) + i * sizeof one], sizeof one);
        forget(one.nodeid, one.nlookup);
      }
      return true;
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR:
      syncs_.emplace(Clock::now() + volume_.draw(std::chrono::milliseconds(shape_.slowest)),
                     request.head);
      return true;
    default:
      reply(request, Requests::serve(*this, request));
      return true;
  }
}

void Mount::end_syncs() {
  while (!syncs_.empty() && syncs_.begin()->first <= Clock::now()) {
    const Request request{syncs_.begin()->second, {}};
    syncs_.erase(syncs_.begin());
    reply(request, Requests::serve(*this, request));
  }
}

int Mount::pause() const {
  if (syncs_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(syncs_.begin()->first - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void Mount::reply(const Request& request, const Answer& answer) const {
  fuse_out_header head{};
  head.unique = request.head.unique;
  head.error = -answer.error;
  head.len = static_cast<std::uint32_t>(sizeof head + answer.body.size());
  std::array<iovec, 2> parts{
      {{&head, sizeof head}, {const_cast<std::uint8_t*>(answer.body.data()), answer.body.size()}}};
  // ENOENT: who asked was killed and is gone.
  if (writev(device_, parts.data(), parts.size()) < 0 && errno != ENOENT && errno != ENODEV)
    std::perror("power_disk: answer");
}

Answer Mount::entry_of(const Node& node) {
  constexpr std::uint64_t kForLong = 3600;  // nobody else changes anything here
  Known& known = known_[node->number];
  known.node = node;
  ++known.lookups;
  fuse_entry_out entry{};
  entry.nodeid = node->number;
  entry.entry_valid = entry.attr_valid = kForLong;
  entry.attr = Requests::attributes(*node);
  return answer(entry);
}

void Mount::forget(std::uint64_t number, std::uint64_t lookups) {
  const auto known = known_.find(number);
  if (known == known_.end() || number == FUSE_ROOT_ID) return;
  known->second.lookups -= std::min(lookups, known->second.lookups);
  if (known->second.lookups == 0) known_.erase(known);
}

}  // namespace power
