#include "receive/refuse.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace receive {
namespace {

constexpr std::size_t kMost = 64;
constexpr base::Milliseconds kPatience = 5'000;

// True while the peer may still send.
bool pass_over(int socket) {
  char scratch[4096];
  for (int round = 0; round < 64; ++round) {
    const ssize_t n = recv(socket, scratch, sizeof scratch, MSG_DONTWAIT);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  }
  return true;
}

void answer(int socket, base::ByteView bytes) {
  // Ten bytes on a new connection always fit.
  [[maybe_unused]] const ssize_t sent =
      send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown(socket, SHUT_WR);
}

}  // namespace

void RefusedConnections::take(Connection connection, base::Bytes bytes, base::Milliseconds now) {
  if (refused_.size() >= kMost) {  // a flood: answered at once, and read or not
    answer(connection.socket.get(), bytes);
    return;
  }
  refused_.push_back({std::move(connection.socket), std::move(bytes), now + kPatience});
}

void RefusedConnections::abort(Connection connection, base::Bytes bytes, base::Milliseconds now) {
  answer(connection.socket.get(), bytes);
  if (refused_.size() < kMost)
    refused_.push_back({std::move(connection.socket), {}, now + kPatience});
}

void RefusedConnections::append_to(std::vector<pollfd>& polled) const {
  for (const Refused& refused : refused_) polled.push_back({refused.socket.get(), POLLIN, 0});
}

// The request is waited for before it is answered; then the peer closes.
bool RefusedConnections::serve_one(Refused& refused) {
  if (!pass_over(refused.socket.get())) return false;
  if (!refused.answer.empty()) answer(refused.socket.get(), refused.answer);
  refused.answer.clear();
  return true;
}

void RefusedConnections::serve(const pollfd* polled, base::Milliseconds now) {
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    Refused& refused = refused_[i];
    const bool more = polled[i].revents == 0 || serve_one(refused);
    if (!more || now >= refused.deadline) refused.socket.close();
  }
  std::erase_if(refused_, [](const Refused& refused) { return !refused.socket.valid(); });
}

}  // namespace receive
