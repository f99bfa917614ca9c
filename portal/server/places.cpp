#include "portal/places.h"

#include <algorithm>
#include <tuple>

namespace portal {

Place::Place(std::shared_ptr<Places> places, std::string network)
    : places_(std::move(places)), network_(std::move(network)) {}

Place::~Place() {
  auto taken = places_->taken_.lock();
  if (state_ != State::Leaving) Places::leave(*taken, *this);
}

bool Place::begin() { return places_->turn(*this, State::Busy); }
bool Place::wait() { return places_->turn(*this, State::Waiting); }

bool Places::turn(Place& place, Place::State state) {
  auto taken = taken_.lock();
  if (place.state_ == Place::State::Leaving) return false;
  place.state_ = state;
  place.since_ = ++taken->sequence;
  return true;
}

void Places::leave(Taken& taken, Place& place) {
  taken.all.remove(&place);
  const auto mine = taken.by_network.find(place.network_);
  if (--mine->second == 0) taken.by_network.erase(mine);
}

// Of those that wait, the one that has waited longest of the network that has most places: the
// newcomer's own, or one that has no fewer than that would then have.
Place* Places::gives_way(Taken& taken, const std::string& network, bool same_network) {
  const auto count = [&](const std::string& of) {
    const auto found = taken.by_network.find(of);
    return found == taken.by_network.end() ? 0 : found->second;
  };
  const unsigned least = count(network) + 1;
  const auto may = [&](const Place& place) {
    if (place.state_ != Place::State::Waiting) return false;
    return place.network_ == network || (!same_network && count(place.network_) >= least);
  };
  const auto rank = [&](const Place& place) {
    return std::tuple(count(place.network_), ~place.since_);
  };
  Place* found = nullptr;
  for (Place* place : taken.all)
    if (may(*place) && (found == nullptr || rank(*place) > rank(*found))) found = place;
  return found;
}

std::shared_ptr<Place> Places::take(const std::string& network) {
  std::function<void()> end;
  auto place = std::make_shared<Place>(shared_from_this(), network);
  {
    auto taken = taken_.lock();
    place->state_ = Place::State::Leaving;  // does not count yet
    const auto mine = taken->by_network.find(network);
    const bool too_many = mine != taken->by_network.end() && mine->second >= most_each_;
    if (too_many || taken->all.size() >= most_) {
      Place* const goes = gives_way(*taken, network, too_many);
      if (goes == nullptr) return nullptr;
      leave(*taken, *goes);
      goes->state_ = Place::State::Leaving;
      end = goes->end_;
    }
    place->state_ = Place::State::Waiting;
    place->since_ = ++taken->sequence;
    ++taken->by_network[network];
    taken->all.push_back(place.get());
  }
  if (end) end();
  return place;
}

}  // namespace portal
