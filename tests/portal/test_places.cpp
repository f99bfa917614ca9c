#include <gtest/gtest.h>

#include <vector>

#include "portal/places.h"

namespace {

using portal::Place;
using portal::Places;

struct Connection {
  std::shared_ptr<Place> place;
  std::shared_ptr<int> ended = std::make_shared<int>(0);
};

Connection take(const std::shared_ptr<Places>& places, const std::string& network) {
  Connection connection{places->take(network)};
  if (connection.place) connection.place->on_giving_way([ended = connection.ended] { ++*ended; });
  return connection;
}

TEST(Places, AreBoundedByNetworkAndInAllAndComeBack) {
  const auto places = std::make_shared<Places>(3, 2);
  std::vector<Connection> held;
  for (const char* network : {"a", "a", "b"}) {
    held.push_back(take(places, network));
    ASSERT_TRUE(held.back().place->begin());
  }
  EXPECT_FALSE(take(places, "a").place) << "the network's are taken by who has asked";
  EXPECT_FALSE(take(places, "c").place) << "all are taken by who has asked";
  held.erase(held.begin());
  EXPECT_TRUE(take(places, "c").place);
  EXPECT_TRUE(take(places, "a").place);
}

TEST(Places, AreGivenUpByWhoHasWaitedLongestOfTheSameNetwork) {
  const auto places = std::make_shared<Places>(10, 2);
  const Connection other = take(places, "b"), first = take(places, "a"), second = take(places, "a");
  ASSERT_TRUE(first.place->begin());
  ASSERT_TRUE(first.place->wait());  // for its next request: now behind the second
  const Connection third = take(places, "a");
  ASSERT_TRUE(third.place);
  EXPECT_EQ(*second.ended, 1);
  EXPECT_FALSE(second.place->begin());
  EXPECT_FALSE(second.place->wait());
  EXPECT_EQ(*first.ended + *third.ended + *other.ended, 0);
  EXPECT_TRUE(first.place->begin());
}

TEST(Places, AreTakenFromTheNetworkThatHasMostWhenAllAreTaken) {
  const auto places = std::make_shared<Places>(3, 3);
  const Connection modest = take(places, "b"), first = take(places, "a"),
                   second = take(places, "a");
  const Connection newcomer = take(places, "c");
  EXPECT_TRUE(newcomer.place);
  EXPECT_EQ(*first.ended, 1);
  EXPECT_EQ(*modest.ended + *second.ended, 0);
  ASSERT_TRUE(second.place->begin());
  ASSERT_TRUE(newcomer.place->begin());
  EXPECT_FALSE(take(places, "c").place) << "b has fewer than c would";
  EXPECT_EQ(*modest.ended, 0);
}

TEST(Places, OfWhoGaveWayAreNotGivenBackTwice) {
  const auto places = std::make_shared<Places>(1, 1);
  {
    const Connection first = take(places, "a");
    const Connection second = take(places, "a");
    EXPECT_EQ(*first.ended, 1);
    ASSERT_TRUE(second.place->begin());
    EXPECT_FALSE(take(places, "a").place);
  }
  EXPECT_TRUE(take(places, "a").place);
}

}  // namespace
