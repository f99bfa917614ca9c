#include "receive/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace receive {
namespace {

constexpr std::size_t kBufferSize = 2 * (kMaxPDULength + kPDUHeaderSize);
constexpr std::uint32_t kMaxOtherLength = 256;  // releases and aborts have four bytes

std::uint32_t length_limit(std::uint8_t type) {
  switch (static_cast<PDUType>(type)) {
    case PDUType::AssociateRQ:
      return kMaxAssociateLength;
    case PDUType::Data:
      return kMaxPDULength;
    default:
      return kMaxOtherLength;
  }
}

bool is_known(std::uint8_t type) { return type >= 0x01 && type <= 0x07; }

// Waits for `events`; false when the deadline passed. Interrupted by signals only where `signals`
// lets them in.
bool wait_for(int socket, short events, base::Milliseconds left, const sigset_t* signals) {
  const timespec timeout{left / 1000, (left % 1000) * 1'000'000};
  pollfd one{socket, events, 0};
  return ppoll(&one, 1, &timeout, signals) != 0;
}

}  // namespace

Transport::Transport(int socket, const base::Clock& clock,
                     const volatile std::sig_atomic_t& stopping)
    : socket_(socket), clock_(clock), stopping_(stopping), buffer_(kBufferSize) {
  const int flags = fcntl(socket, F_GETFL);
  fcntl(socket, F_SETFL, flags | O_NONBLOCK);
}

std::optional<Broken> Transport::wait_readable(const Pace& pace) const {
  const bool may_stop =
      pace.phase() == Pace::Phase::Idle || pace.phase() == Pace::Phase::Associating;
  if (may_stop && stopping_ != 0) return Broken::Stopping;
  const base::Milliseconds left = pace.deadline() - clock_.monotonic();
  if (left <= 0) return Broken::TimedOut;
  sigset_t none;
  sigemptyset(&none);
  wait_for(socket_, POLLIN, left, may_stop ? &none : nullptr);
  return std::nullopt;
}

std::optional<Broken> Transport::receive_more(const Pace& pace) {
  const ssize_t n = recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
  if (n > 0) {
    end_ += static_cast<std::size_t>(n);
    return std::nullopt;
  }
  if (n == 0) return Broken::ClosedByPeer;
  if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_readable(pace);
  if (errno == EINTR) return std::nullopt;
  return Broken::ClosedByPeer;
}

std::optional<Broken> Transport::fill(std::size_t size, const Pace& pace) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - begin_ < size) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, available());
    end_ = available();
    begin_ = 0;
  }
  while (available() < size) {
    if (const auto broken = receive_more(pace); broken) return broken;
  }
  return std::nullopt;
}

std::variant<PDU, Broken> Transport::next_pdu(Pace& pace) {
  if (clock_.monotonic() >= pace.deadline()) return Broken::TimedOut;
  if (const auto broken = fill(kPDUHeaderSize, pace); broken) return *broken;
  if (pace.phase() == Pace::Phase::Idle) pace.enter(Pace::Phase::Command, clock_.monotonic());
  const PDUHeader header =
      parse_pdu_header(base::ByteView(buffer_).subspan(begin_, kPDUHeaderSize));
  if (!is_known(header.type)) return Broken::Unrecognized;
  if (header.length > length_limit(header.type)) return Broken::Malformed;
  const std::size_t size = kPDUHeaderSize + header.length;
  if (const auto broken = fill(size, pace); broken) return *broken;
  const PDU pdu{static_cast<PDUType>(header.type),
                base::ByteView(buffer_).subspan(begin_ + kPDUHeaderSize, header.length)};
  begin_ += size;
  pace.pdu_ended(clock_.monotonic());
  return pdu;
}

bool Transport::send(base::ByteView bytes, base::Milliseconds deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    const base::Milliseconds left = deadline - clock_.monotonic();
    if (left <= 0) return false;
    wait_for(socket_, POLLOUT, left, nullptr);
  }
  return true;
}

void Transport::linger(base::Milliseconds deadline) {
  shutdown(socket_, SHUT_WR);
  for (;;) {
    const ssize_t n = recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (n == 0) return;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return;
    const base::Milliseconds left = deadline - clock_.monotonic();
    if (left <= 0) return;
    if (n < 0) wait_for(socket_, POLLIN, left, nullptr);
  }
}

}  // namespace receive
