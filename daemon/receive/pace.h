// How long a peer may take, on the monotonic clock. Pure: it is told what happened and when, and
// says when patience ends.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace receive {

struct Times {
  base::Milliseconds associate = 10'000;       // from accepting to the whole A-ASSOCIATE-RQ
  base::Milliseconds idle = 60'000;            // between messages
  base::Milliseconds command = 10'000;         // of a command set, from its first byte
  base::Milliseconds between_pdus = 30'000;    // while a data set arrives
  base::Milliseconds slow_start = 60'000;      // of a data set, before the least rate counts
  std::uint64_t least_rate = 1024;             // of a data set, bytes a second
  base::Milliseconds longest = 12 * 3600'000;  // of an association
  base::Milliseconds answer = 30'000;          // that the peer may take to read what we send
};

class Pace {
 public:
  enum class Phase { Associating, Idle, Command, DataSet };
  Pace(const Times& times, base::Milliseconds opened)
      : times_(times), opened_(opened), entered_(opened), pdu_ended_(opened) {}

  Phase phase() const { return phase_; }
  void enter(Phase phase, base::Milliseconds now);
  void pdu_ended(base::Milliseconds now) { pdu_ended_ = now; }
  void received(std::uint64_t bytes) { received_ += bytes; }  // of the data set
  // When the peer has taken too long with what is awaited now.
  base::Milliseconds deadline() const;

 private:
  base::Milliseconds phase_deadline() const;
  Times times_;
  base::Milliseconds opened_, entered_, pdu_ended_;
  Phase phase_ = Phase::Associating;
  std::uint64_t received_ = 0;
};

}  // namespace receive
