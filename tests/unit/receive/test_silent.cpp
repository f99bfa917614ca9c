#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "receive/silent.h"

namespace receive {
namespace {

struct Peer {
  disk::Descriptor socket;
  Caller caller;
};

Peer peer_at(const std::string& address, base::Milliseconds since) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {disk::Descriptor(ends[0]),
          {{disk::Descriptor(ends[1]), *parse_address(address)}, "127.0.0.1:104", since}};
}

std::vector<Address> addresses(const std::vector<std::string>& texts) {
  std::vector<Address> found;
  for (const std::string& text : texts) found.push_back(*parse_address(text));
  return found;
}

void look(SilentConnections& silent) {
  std::vector<pollfd> polled;
  silent.append_to(polled);
  poll(polled.data(), polled.size(), 0);
  silent.note(polled.data());
}

TEST(GivingWay, FallsToTheOldestOfTheAddressThatHasMost) {
  EXPECT_EQ(who_gives_way(addresses({"10.0.0.1"})), 0u);
  EXPECT_EQ(who_gives_way(addresses({"10.0.0.1", "10.0.0.2", "10.0.0.2"})), 1u);
  EXPECT_EQ(who_gives_way(addresses({"10.0.0.2", "10.0.0.1", "10.0.0.2", "10.0.0.1"})), 0u);
  EXPECT_EQ(who_gives_way(addresses({"10.0.0.1", "2001:db8::1", "10.0.0.3", "2001:db8::1"})), 1u);
}

TEST(SilentConnections, AreNeverManyAndAFloodTakesNothingFromAnotherAddress) {
  SilentConnections silent;
  std::vector<disk::Descriptor> others;
  Peer modality = peer_at("10.0.0.1", 0);
  EXPECT_FALSE(silent.take(std::move(modality.caller)));
  for (base::Milliseconds i = 1; i < 1000; ++i) {
    Peer stranger = peer_at("10.0.0.2", i);
    const auto gone = silent.take(std::move(stranger.caller));
    if (gone) {
      EXPECT_GT(gone->since, 0);
    }
    others.push_back(std::move(stranger.socket));
  }
  EXPECT_EQ(silent.size(), SilentConnections::kMost);
  EXPECT_EQ(silent.callers().front().connection.peer.text(), "10.0.0.1");
}

TEST(SilentConnections, AreHeardWithTheirFirstByteAndItIsNotRead) {
  SilentConnections silent;
  Peer first = peer_at("10.0.0.1", 0), second = peer_at("10.0.0.2", 1);
  silent.take(std::move(first.caller));
  silent.take(std::move(second.caller));
  look(silent);
  EXPECT_FALSE(silent.anyone_spoke());
  ASSERT_EQ(send(second.socket.get(), "\1", 1, 0), 1);
  look(silent);
  look(silent);  // who has spoken stays so, and is not polled again
  EXPECT_TRUE(silent.anyone_spoke());
  EXPECT_FALSE(silent.callers()[0].spoke);
  const Caller caller = silent.take_out(1);
  EXPECT_TRUE(caller.spoke);
  char byte = 0;
  EXPECT_EQ(recv(caller.connection.socket.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, '\1');
  EXPECT_EQ(silent.size(), 1u);
}

TEST(SilentConnections, ThatCloseAreForgotten) {
  SilentConnections silent;
  Peer gone = peer_at("10.0.0.1", 0), stays = peer_at("10.0.0.2", 0);
  silent.take(std::move(gone.caller));
  silent.take(std::move(stays.caller));
  gone.socket.close();
  look(silent);
  ASSERT_EQ(silent.size(), 1u);
  EXPECT_EQ(silent.callers()[0].connection.peer.text(), "10.0.0.2");
}

TEST(SilentConnections, AreTakenOutWhenTheirTimeIsOver) {
  SilentConnections silent;
  std::vector<Peer> peers;
  for (base::Milliseconds since : {10, 20, 30}) {
    peers.push_back(peer_at("10.0.0.1", since));
    silent.take(std::move(peers.back().caller));
  }
  EXPECT_TRUE(silent.take_older_than(9).empty());
  EXPECT_EQ(silent.take_older_than(20).size(), 2u);
  EXPECT_EQ(silent.size(), 1u);
}

}  // namespace
}  // namespace receive
