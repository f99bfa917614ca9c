// Who is connected, overall and by network. A connection whose request has not come whole gives way
// when places run out: whoever connects and says nothing, or a little now and then, takes a place
// from nobody who asks.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "base/guarded.h"

namespace portal {

class Places;

// Held for as long as the connection lives.
class Place {
 public:
  Place(std::shared_ptr<Places> places, std::string network);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // What ends the connection; called at most once, by the thread that takes places, which sets it
  // too.
  void on_giving_way(std::function<void()> end) { end_ = std::move(end); }
  // Its request is whole. False: it has to go.
  bool begin();
  // For the next request, last in line. False: it has to go.
  bool wait();

 private:
  friend class Places;
  enum class State { Waiting, Busy, Leaving };
  const std::shared_ptr<Places> places_;
  const std::string network_;
  std::function<void()> end_;
  State state_ = State::Waiting;  // this and the next under the lock of Places
  std::uint64_t since_ = 0;
};

class Places : public std::enable_shared_from_this<Places> {
 public:
  Places(unsigned most, unsigned most_each) : most_(most), most_each_(most_each) {}

  // nullptr: none, and nobody who could give way. Who is asked to give way no longer counts.
  std::shared_ptr<Place> take(const std::string& network);

 private:
  friend class Place;
  struct Taken {
    std::map<std::string, unsigned> by_network;
    std::list<Place*> all;  // that count
    std::uint64_t sequence = 0;
  };
  static Place* gives_way(Taken& taken, const std::string& network, bool same_network);
  static void leave(Taken& taken, Place& place);
  bool turn(Place& place, Place::State state);
  const unsigned most_, most_each_;
  base::Guarded<Taken> taken_;
};

}  // namespace portal
