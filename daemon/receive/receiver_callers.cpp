// Callers: from their connection to their place among the associations.
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <limits>

#include "journal/events.h"
#include "receive/events.h"
#include "receive/receiver.h"
#include "spool/scan.h"

namespace receive {
namespace {

constexpr int kAcceptedAtOnce = 16;
constexpr std::size_t kMostAsking = 64;  // processes whose request is not answered yet
constexpr base::Milliseconds kPauseAfterFault = 1'000;
constexpr base::Milliseconds kTimeToAsk = 2'000;  // that is safe from giving way to equals

}  // namespace

void Receiver::accept_from(const Listener& listener, base::Milliseconds now) {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    auto connection = accept_connection(listener);
    if (!connection.ok()) {  // no descriptors left: trying at once would not help
      journal::fault("accept", connection.fault());
      accept_again_ = now + kPauseAfterFault;
      return;
    }
    if (!connection.value()) return;
    take_connection(std::move(*std::move(connection).value()), listener, now);
  }
}

void Receiver::take_connection(Connection connection, const Listener& listener,
                               base::Milliseconds now) {
  if (!may_call_from(configuration_.policy.callers, connection.peer))
    return refuse(std::move(connection), listener.tls, kCallingAETitleNotRecognized,
                  "no caller is there", now);
  if (listener.tls && !tls_)
    return refuse(std::move(connection), true, kTemporaryCongestion, "receiver.tls is not in force",
                  now);
  const auto gone = silent_.take({std::move(connection), listener.name, now, false, listener.tls});
  if (gone) events::connection_ended(gone->connection.peer, "gave way to newer ones");
}

void Receiver::refuse(Connection connection, bool over_tls, const Rejection& rejection,
                      std::string_view why, base::Milliseconds now) {
  events::connection_refused(connection.peer, rejection, why);
  const tls::Alert alert = rejection == kCallingAETitleNotRecognized ? tls::Alert::AccessDenied
                                                                     : tls::Alert::InternalError;
  refused_.take(std::move(connection),
                over_tls ? tls::alert_record(alert) : write_associate_reject(rejection), now);
}

std::uint64_t Receiver::low_water() const {
  const auto space = spool::space(spool_.get());
  if (!space.ok()) return 0;
  return spool::low_water(space.value(), configuration_.low_water_bytes,
                          configuration_.low_water_part);
}

void Receiver::serve_callers(base::Milliseconds now) {
  for (auto next = next_caller(); next; next = next_caller()) {
    if (!make_way_for(silent_.callers()[*next].connection.peer, now)) return;
    serve(silent_.take_out(*next), now);
  }
}

void Receiver::serve(Caller caller, base::Milliseconds now) {
  const auto space = spool::space(spool_.get());
  if (!space.ok() || space.value().available < low_water())
    return refuse(std::move(caller.connection), caller.tls, kTemporaryCongestion, "low water", now);
  if (caller.tls && !tls_)
    return refuse(std::move(caller.connection), true, kTemporaryCongestion,
                  "receiver.tls is not in force", now);
  const base::Status begun = begin_association(caller, now);
  if (!begun.ok())
    refuse(std::move(caller.connection), caller.tls, kTemporaryCongestion, begun.fault().what, now);
}

std::size_t Receiver::asking_from(const Address& peer) const {
  return static_cast<std::size_t>(
      std::count_if(children_.begin(), children_.end(), [&](const Child& child) {
        return !child.associated && !child.gives_way && child.peer == peer;
      }));
}

// The oldest that has spoken, of the address with the fewest that ask.
std::optional<std::size_t> Receiver::next_caller() const {
  std::optional<std::size_t> next;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  const auto& callers = silent_.callers();
  for (std::size_t i = 0; i < callers.size(); ++i) {
    if (!callers[i].spoke) continue;
    const std::size_t asking = asking_from(callers[i].connection.peer);
    if (asking < fewest) next = i;
    fewest = std::min(fewest, asking);
  }
  return next;
}

// Whether a process may begin for this peer. One that has sent half a request and waits gives way.
bool Receiver::make_way_for(const Address& peer, base::Milliseconds now) {
  std::vector<Address> asking;
  std::vector<Child*> children;
  for (Child& child : children_) {
    if (child.associated || child.gives_way) continue;
    asking.push_back(child.peer);
    children.push_back(&child);
  }
  if (asking.size() < kMostAsking) return true;
  Child& oldest = *children[who_gives_way(asking)];
  const bool has_more = asking_from(oldest.peer) > asking_from(peer) + 1;
  if (!has_more && now - oldest.begun < kTimeToAsk) return false;
  oldest.gives_way = true;
  kill(oldest.pid, SIGKILL);
  events::connection_ended(oldest.peer, "gave way to newer ones");
  return true;
}

void Receiver::end_silent_ones(base::Milliseconds now, bool all) {
  for (Caller& caller : silent_.take_older_than(all ? now : now - configuration_.times.associate)) {
    events::connection_ended(caller.connection.peer, all ? "stopping" : "timed out");
    refused_.abort(std::move(caller.connection),
                   caller.tls ? tls::alert_record(tls::Alert::HandshakeFailure)
                              : write_abort(AbortReason::NotSpecified),
                   now);
  }
}

bool Receiver::has_place_for(const Address& peer) const {
  const auto places = std::count_if(children_.begin(), children_.end(),
                                    [](const Child& child) { return child.associated; });
  const auto of_peer = std::count_if(children_.begin(), children_.end(), [&](const Child& child) {
    return child.associated && child.peer == peer;
  });
  return static_cast<unsigned>(places) < configuration_.max_associations &&
         static_cast<unsigned>(of_peer) < configuration_.max_associations_per_peer;
}

void Receiver::answer(Child& child) {
  child.associated = has_place_for(child.peer);
  const char said = child.associated ? kAdmitted : kNotAdmitted;
  if (!child.associated)
    events::connection_refused(child.peer, kLocalLimitExceeded, "receiver.max_associations");
  send(child.progress.get(), &said, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace receive
