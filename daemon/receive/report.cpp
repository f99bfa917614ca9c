#include "receive/report.h"

#include <fcntl.h>

#include <algorithm>

#include "receive/events.h"

namespace receive {
namespace {

constexpr base::Milliseconds kReconnect = 1'000;
constexpr base::Milliseconds kCoalesce = 50;
constexpr base::Milliseconds kHeartbeat = 2'000;

}  // namespace

void ReportSchedule::connection_tried(base::Milliseconds now, bool connected) {
  tried_ = now;
  connected_ = connected;
  if (connected) {
    changed_ = true;  // dispatch knows nothing yet
    sent_.reset();
  }
}

void ReportSchedule::sent(base::Milliseconds now) {
  sent_ = now;
  changed_ = false;
}

bool ReportSchedule::may_connect(base::Milliseconds now) const {
  return !connected_ && (!tried_ || now - *tried_ >= kReconnect);
}

bool ReportSchedule::must_send(base::Milliseconds now) const {
  return connected_ && next(now) == 0;
}

base::Milliseconds ReportSchedule::next(base::Milliseconds now) const {
  const auto left = [now](const std::optional<base::Milliseconds>& since, base::Milliseconds span) {
    return since ? std::max<base::Milliseconds>(0, *since + span - now) : 0;
  };
  if (!connected_) return left(tried_, kReconnect);
  return left(sent_, changed_ ? kCoalesce : kHeartbeat);
}

void Reporter::connect(base::Milliseconds now) {
  auto socket = jobs::connect_seqpacket(path_);
  schedule_.connection_tried(now, socket.ok());
  if (!socket.ok()) {
    if (!complained_) events::dispatch_lost(socket.fault());
    complained_ = true;
    return;
  }
  socket_ = std::move(socket).value();
  fcntl(socket_.get(), F_SETFL, fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
  complained_ = false;
  events::dispatch_reached();
}

bool Reporter::tick(base::Milliseconds now, const std::function<jobs::ReceiveReport()>& report) {
  if (schedule_.may_connect(now)) connect(now);
  if (!schedule_.must_send(now)) return false;
  const base::Status sent = jobs::send_report(socket_.get(), report());
  if (sent.ok()) {
    schedule_.sent(now);
    return true;
  }
  // Gone, or so far behind that a new connection says it sooner.
  events::dispatch_lost(sent.fault());
  socket_.close();
  schedule_.lost();
  return false;
}

}  // namespace receive
