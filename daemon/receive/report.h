// Telling dispatch which associations are open: at once when that changes (but at most every 50 ms)
// and every 2 s as a sign of life. Never waits for dispatch, and receiving never waits for this.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "jobs/receive.h"

namespace receive {

// When to connect and when to report. Pure.
class ReportSchedule {
 public:
  bool connected() const { return connected_; }
  void connection_tried(base::Milliseconds now, bool connected);
  void lost() { connected_ = false; }
  void changed() { changed_ = true; }
  void sent(base::Milliseconds now);

  bool may_connect(base::Milliseconds now) const;
  bool must_send(base::Milliseconds now) const;
  base::Milliseconds next(base::Milliseconds now) const;  // how long nothing will be due

 private:
  bool connected_ = false, changed_ = true;
  std::optional<base::Milliseconds> tried_, sent_;
};

class Reporter {
 public:
  explicit Reporter(std::string socket_path) : path_(std::move(socket_path)) {}
  void changed() { schedule_.changed(); }
  // `report` is asked for only when something is sent; true when it was.
  bool tick(base::Milliseconds now, const std::function<jobs::ReceiveReport()>& report);
  base::Milliseconds next(base::Milliseconds now) const { return schedule_.next(now); }
  void close() { socket_.close(); }

 private:
  void connect(base::Milliseconds now);
  std::string path_;
  disk::Descriptor socket_;
  ReportSchedule schedule_;
  bool complained_ = false;
};

}  // namespace receive
