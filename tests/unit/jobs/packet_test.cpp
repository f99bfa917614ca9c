// Packets between two ends of a socket pair, and what a hostile end may send by hand.
#include "jobs/packet.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace {

namespace fs = std::filesystem;

struct Pair {
  Pair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    near = disk::Descriptor(fds[0]);
    far = disk::Descriptor(fds[1]);
    const int size = 1 << 20;
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  // Bytes as no code of ours would send them.
  void send_raw(base::ByteView bytes, const std::vector<int>& fds = {}) const {
    iovec piece{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 253)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
      std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
    }
    ASSERT_EQ(sendmsg(near.get(), &message, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  jobs::Packet received() const {
    auto packet = jobs::receive_packet(far.get());
    EXPECT_TRUE(packet.ok() && packet.value());
    return packet.ok() && packet.value() ? std::move(*packet.value()) : jobs::Packet();
  }
  void expect_refused(const char* why) const {
    const auto packet = jobs::receive_packet(far.get());
    ASSERT_FALSE(packet.ok());
    EXPECT_EQ(packet.fault().remedy, base::Remedy::Reject);
    EXPECT_EQ(packet.fault().what, why);
  }
  disk::Descriptor near, far;
};

disk::Descriptor memory(const std::string& text, int seals) {
  disk::Descriptor file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_TRUE(disk::write_all(file.get(), base::as_bytes(text)).ok());
  if (seals != 0) {
    EXPECT_EQ(fcntl(file.get(), F_ADD_SEALS, seals), 0);
  }
  return file;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

const base::Bytes kOutside = {1, 1, 0, 0, 0, 0};  // version 1, text in a memory file, no secret

TEST(Packet, CarriesTextSecretsAndDescriptors) {
  const Pair pair;
  jobs::Packet packet;
  packet.text = R"({"kind":"x"})";
  packet.secrets.emplace_back(base::Bytes(32, 7));
  packet.secrets.emplace_back(base::Bytes());
  packet.descriptors.push_back(memory("content", 0));
  ASSERT_TRUE(jobs::send_packet(pair.near.get(), packet).ok());
  const auto back = pair.received();
  EXPECT_EQ(back.text, packet.text);
  ASSERT_EQ(back.secrets.size(), 2u);
  EXPECT_EQ(base::to_hex(back.secrets[0].view()), base::to_hex(base::Bytes(32, 7)));
  EXPECT_TRUE(back.secrets[1].empty());
  ASSERT_EQ(back.descriptors.size(), 1u);
  EXPECT_EQ(disk::size_of(back.descriptors[0].get()).value(), 7u);
  EXPECT_EQ(fcntl(back.descriptors[0].get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(Packet, CarriesAsManyDescriptorsAndSecretsAsAreAllowed) {
  const Pair pair;
  jobs::Packet packet;
  packet.text.assign(1 << 20, 't');  // outside: one descriptor more
  for (std::size_t i = 0; i < jobs::kMaxDescriptors; ++i)
    packet.descriptors.push_back(memory("", 0));
  for (std::size_t i = 0; i < jobs::kMaxSecrets; ++i)
    packet.secrets.emplace_back(base::Bytes(32, 1));
  ASSERT_TRUE(jobs::send_packet(pair.near.get(), packet).ok());
  const auto back = pair.received();
  EXPECT_EQ(back.descriptors.size(), jobs::kMaxDescriptors);
  EXPECT_EQ(back.secrets.size(), jobs::kMaxSecrets);
  EXPECT_EQ(back.text, packet.text);
}

class PacketOfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(PacketOfSize, CarriesATextOfAnyLength) {
  const Pair pair;
  jobs::Packet packet;
  packet.text.assign(GetParam(), 'x');
  if (!packet.text.empty()) packet.text.back() = 'y';
  packet.secrets.emplace_back(base::Bytes(32, 7));
  ASSERT_TRUE(jobs::send_packet(pair.near.get(), packet).ok());
  EXPECT_TRUE(pair.received().text == packet.text);
}
INSTANTIATE_TEST_SUITE_P(Borders, PacketOfSize,
                         testing::Values(0, 1, 96 * 1024 - 42, 96 * 1024 - 41, 96 * 1024, 5'000'000,
                                         jobs::kMaxText));

TEST(Packet, IsNotSentWhenItIsTooLarge) {
  const Pair pair;
  jobs::Packet text;
  text.text.assign(jobs::kMaxText + 1, 'x');
  EXPECT_FALSE(jobs::send_packet(pair.near.get(), text).ok());
  jobs::Packet secrets;
  for (std::size_t i = 0; i <= jobs::kMaxSecrets; ++i) secrets.secrets.emplace_back();
  EXPECT_FALSE(jobs::send_packet(pair.near.get(), secrets).ok());
  jobs::Packet descriptors;
  for (std::size_t i = 0; i <= jobs::kMaxDescriptors; ++i)
    descriptors.descriptors.push_back(memory("", 0));
  EXPECT_FALSE(jobs::send_packet(pair.near.get(), descriptors).ok());
}

TEST(Packet, TellsThatThePeerClosed) {
  Pair pair;
  pair.near.close();
  const auto packet = jobs::receive_packet(pair.far.get());
  ASSERT_TRUE(packet.ok());
  EXPECT_FALSE(packet.value().has_value());
  const auto sent = jobs::send_packet(pair.far.get(), {});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.fault().remedy, base::Remedy::RetryLater);
}

TEST(Packet, TellsThatNothingCameOrNothingFits) {
  const Pair pair;
  const auto none = jobs::receive_packet(pair.far.get());
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.fault().remedy, base::Remedy::RetryLater);
  jobs::Packet packet;
  packet.text.assign(50'000, 'x');
  base::Status sent = base::Done{};
  for (int i = 0; i < 1000 && sent.ok(); ++i) sent = jobs::send_packet(pair.near.get(), packet);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.fault().remedy, base::Remedy::RetryLater);
}

TEST(HostilePacket, OfAnotherVersionIsRefused) {
  const Pair pair;
  for (std::uint8_t version : {0, 2, 255}) {
    pair.send_raw(base::Bytes{version, 0, 0, 0, 0, 0, '{', '}'});
    pair.expect_refused("of another version");
  }
}

TEST(HostilePacket, CutShortIsRefusedWhereverItIsCut) {
  const Pair pair;
  const base::Bytes whole = {1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 'a', 0, 0, 0, 2, 'b', 'c'};
  for (std::size_t size = 1; size < whole.size(); ++size) {
    pair.send_raw(base::ByteView(whole).first(size));
    pair.expect_refused("cut short");
  }
  pair.send_raw(whole);
  EXPECT_EQ(pair.received().secrets.size(), 2u);
}

TEST(HostilePacket, WithTooManySecretsIsRefused) {
  const Pair pair;
  base::Bytes bytes = {1, 0};
  base::append_u32_be(bytes, jobs::kMaxSecrets + 1);
  bytes.resize(bytes.size() + 4 * (jobs::kMaxSecrets + 1));
  pair.send_raw(bytes);
  pair.expect_refused("too many secrets");
  bytes = {1, 0, 0xFF, 0xFF, 0xFF, 0xFF};
  pair.send_raw(bytes);
  pair.expect_refused("too many secrets");
}

TEST(HostilePacket, WithASecretLongerThanItselfIsRefused) {
  const Pair pair;
  pair.send_raw(base::Bytes{1, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 'x'});
  pair.expect_refused("cut short");
}

TEST(HostilePacket, LargerThanAgreedIsRefused) {
  const Pair pair;
  base::Bytes bytes(96 * 1024 + 2, 'x');
  std::fill(bytes.begin(), bytes.begin() + 6, 0);
  bytes[0] = 1;
  pair.send_raw(bytes);
  pair.expect_refused("larger than agreed");
}

TEST(HostilePacket, WithMoreDescriptorsThanAgreedIsRefusedAndLeaksNone) {
  const Pair pair;
  const auto file = memory("", 0);
  const auto before = open_descriptors();
  pair.send_raw(base::Bytes{1, 0, 0, 0, 0, 0}, std::vector<int>(253, file.get()));
  pair.expect_refused("larger than agreed");
  EXPECT_EQ(open_descriptors(), before);
}

TEST(HostilePacket, WhoseTextCanStillBeChangedIsRefused) {
  const Pair pair;
  for (int seals : {0, F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW | F_SEAL_SHRINK}) {
    const auto text = memory("{}", seals);
    pair.send_raw(kOutside, {text.get()});
    pair.expect_refused("its text can still be changed");
  }
  const auto sealed = memory("{}", F_SEAL_WRITE | F_SEAL_SHRINK);
  pair.send_raw(kOutside, {sealed.get()});
  EXPECT_EQ(pair.received().text, "{}");
}

TEST(HostilePacket, WhoseTextIsAFileOfAnotherKindIsRefused) {
  const Pair pair;
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const disk::Descriptor reading(ends[0]);
  const disk::Descriptor writing(ends[1]);
  pair.send_raw(kOutside, {reading.get()});
  pair.expect_refused("its text can still be changed");
}

TEST(HostilePacket, WhoseTextIsMissingIsRefused) {
  const Pair pair;
  pair.send_raw(kOutside);
  pair.expect_refused("its text is missing");
}

TEST(HostilePacket, WhoseTextIsTooLongIsRefused) {
  const Pair pair;
  const disk::Descriptor file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(file.get(), static_cast<off_t>(jobs::kMaxText) + 1), 0);
  ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
  pair.send_raw(kOutside, {file.get()});
  pair.expect_refused("its text is too long");
}

TEST(HostilePacket, OfEveryLeadingByteIsAnsweredWithoutACrash) {
  const Pair pair;
  for (int first = 0; first < 256; ++first)
    for (std::size_t size : {1u, 5u, 6u, 9u, 40u}) {
      base::Bytes bytes(size, static_cast<std::uint8_t>(first));
      bytes[0] = 1;
      pair.send_raw(bytes);
      (void)jobs::receive_packet(pair.far.get());
    }
}

TEST(Sockets, ListenConnectAndKeepOthersOut) {
  std::string folder = (fs::temp_directory_path() / "jobs.XXXXXX").string();
  mkdtemp(folder.data());
  const std::string path = folder + "/work.sock";
  EXPECT_FALSE(jobs::connect_seqpacket(path).ok());
  {
    const auto listener = jobs::listen_seqpacket(path, 0600);
    ASSERT_TRUE(listener.ok());
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_TRUE(jobs::connect_seqpacket(path).ok());
  }
  const auto gone = jobs::connect_seqpacket(path);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.fault().remedy, base::Remedy::RetryLater);
  EXPECT_TRUE(jobs::listen_seqpacket(path).ok());  // over the name that a dead process left
  EXPECT_FALSE(jobs::listen_seqpacket(folder + "/" + std::string(120, 'x')).ok());
  fs::remove_all(folder);
}

}  // namespace
