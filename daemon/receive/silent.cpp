#include "receive/silent.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>

namespace receive {
namespace {

enum class Heard { Nothing, Something, End };

Heard listen_to(int socket) {
  char first = 0;
  const ssize_t n = recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0) return Heard::Something;
  const bool nothing = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return nothing ? Heard::Nothing : Heard::End;
}

}  // namespace

std::size_t who_gives_way(const std::vector<Address>& oldest_first) {
  std::map<std::array<std::uint8_t, 16>, std::size_t> counts;
  for (const Address& address : oldest_first) ++counts[address.bytes];
  const auto most = std::max_element(
      oldest_first.begin(), oldest_first.end(),
      [&](const Address& a, const Address& b) { return counts[a.bytes] < counts[b.bytes]; });
  return static_cast<std::size_t>(most - oldest_first.begin());
}

std::optional<Caller> SilentConnections::take(Caller caller) {
  callers_.push_back(std::move(caller));
  if (callers_.size() <= kMost) return std::nullopt;
  std::vector<Address> peers;
  for (const Caller& each : callers_) peers.push_back(each.connection.peer);
  return take_out(who_gives_way(peers));
}

bool SilentConnections::anyone_spoke() const {
  return std::any_of(callers_.begin(), callers_.end(),
                     [](const Caller& each) { return each.spoke; });
}

// Who has spoken is not asked again: poll would return at once for as long as it is not served.
void SilentConnections::append_to(std::vector<pollfd>& polled) const {
  for (const Caller& each : callers_)
    polled.push_back({each.spoke ? -1 : each.connection.socket.get(), POLLIN, 0});
}

void SilentConnections::note(const pollfd* polled) {
  for (Caller& each : callers_) {
    if ((polled++)->revents == 0) continue;
    const Heard heard = listen_to(each.connection.socket.get());
    if (heard == Heard::End) each.connection.socket.close();
    each.spoke = heard == Heard::Something;
  }
  std::erase_if(callers_, [](const Caller& each) { return !each.connection.socket.valid(); });
}

std::vector<Caller> SilentConnections::take_older_than(base::Milliseconds since) {
  const auto first_kept = std::find_if(callers_.begin(), callers_.end(),
                                       [&](const Caller& each) { return each.since > since; });
  std::vector<Caller> taken(std::make_move_iterator(callers_.begin()),
                            std::make_move_iterator(first_kept));
  callers_.erase(callers_.begin(), first_kept);
  return taken;
}

Caller SilentConnections::take_out(std::size_t index) {
  const auto at = callers_.begin() + static_cast<std::ptrdiff_t>(index);
  Caller caller = std::move(*at);
  callers_.erase(at);
  return caller;
}

}  // namespace receive
