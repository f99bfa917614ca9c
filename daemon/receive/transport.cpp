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
                     const volatile std::sig_atomic_t& stopping,
                     std::optional<tls::Session> session)
    : socket_(socket),
      clock_(clock),
      stopping_(stopping),
      session_(std::move(session)),
      buffer_(kBufferSize) {
  const int flags = fcntl(socket, F_GETFL);
  fcntl(socket, F_SETFL, flags | O_NONBLOCK);
}

std::optional<Broken> Transport::wait(short events, const Pace& pace) const {
  const bool may_stop =
      pace.phase() == Pace::Phase::Idle || pace.phase() == Pace::Phase::Associating;
  if (may_stop && stopping_ != 0) return Broken::Stopping;
  const base::Milliseconds left = pace.deadline() - clock_.monotonic();
  if (left <= 0) return Broken::TimedOut;
  sigset_t none;
  sigemptyset(&none);
  wait_for(socket_, events, left, may_stop ? &none : nullptr);
  return std::nullopt;
}

// A modality that is set to plain DICOM would else see a broken connection and no reason.
std::optional<Broken> Transport::await_hello(const Pace& pace) const {
  for (;;) {
    std::uint8_t first = 0;
    const ssize_t n = recv(socket_, &first, 1, MSG_PEEK);
    if (n == 0) return Broken::ClosedByPeer;
    if (n == 1 && first == static_cast<std::uint8_t>(PDUType::AssociateRQ))
      return Broken::SpeaksPlain;
    if (n == 1) return std::nullopt;
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return Broken::ClosedByPeer;
    if (const auto broken = wait(POLLIN, pace); broken) return broken;
  }
}

std::optional<Broken> Transport::shake_hands(const Pace& pace) {
  if (!session_) return std::nullopt;
  if (const auto broken = await_hello(pace); broken) return broken;
  for (;;) {
    const tls::Step step = session_->shake_hands();
    if (step == tls::Step::Done) return std::nullopt;
    if (step == tls::Step::Closed) return Broken::ClosedByPeer;
    if (step == tls::Step::Failed) return Broken::TLSFailed;
    const short events = step == tls::Step::WantRead ? POLLIN : POLLOUT;
    if (const auto broken = wait(events, pace); broken) return broken;
  }
}

tls::Moved Transport::take(std::span<std::uint8_t> into) {
  if (session_) return session_->read(into);
  const ssize_t n = recv(socket_, into.data(), into.size(), 0);
  if (n > 0) return {tls::Step::Done, static_cast<std::size_t>(n)};
  const bool later = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {later ? tls::Step::WantRead : tls::Step::Closed, 0};
}

tls::Moved Transport::give(base::ByteView bytes) {
  if (session_ && !session_->established()) return {tls::Step::Closed, 0};
  if (session_) return session_->write(bytes);
  const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0) return {tls::Step::Done, static_cast<std::size_t>(n)};
  const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {later ? tls::Step::WantWrite : tls::Step::Closed, 0};
}

std::optional<Broken> Transport::receive_more(const Pace& pace) {
  const tls::Moved moved = take(std::span(buffer_).subspan(end_));
  switch (moved.step) {
    case tls::Step::Done:
      end_ += moved.size;
      return std::nullopt;
    case tls::Step::WantRead:
      return wait(POLLIN, pace);
    case tls::Step::WantWrite:
      return wait(POLLOUT, pace);
    case tls::Step::Failed:
      return Broken::TLSFailed;
    case tls::Step::Closed:
      break;
  }
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
  if (!is_known(header.type)) {
    const bool hello = pace.phase() == Pace::Phase::Associating && !session_;
    return hello && header.type == tls::kHandshakeRecord ? Broken::SpeaksTLS : Broken::Unrecognized;
  }
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
    const tls::Moved moved = give(bytes);
    if (moved.step == tls::Step::Done) {
      bytes = bytes.subspan(moved.size);
      continue;
    }
    if (moved.step == tls::Step::Closed || moved.step == tls::Step::Failed) return false;
    const base::Milliseconds left = deadline - clock_.monotonic();
    if (left <= 0) return false;
    wait_for(socket_, moved.step == tls::Step::WantRead ? POLLIN : POLLOUT, left, nullptr);
  }
  return true;
}

void Transport::linger(base::Milliseconds deadline) {
  if (session_) session_->close();
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
