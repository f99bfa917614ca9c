// A whole association, from its first byte to its end, over a pair of sockets in memory and into a
// real spool. The stream is given whole and then cut at places that the input chooses: ending,
// answers, counts and what was stored must be the same.
#include "receive/association.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "fuzz.h"
#include "seal/primitives.h"
#include "spool/scan.h"

namespace {

using namespace receive;
namespace fs = std::filesystem;

// The peer. It goes on with its stream whenever somebody looks at the clock, as everybody does
// before waiting: no thread, no real time.
class Peer : public base::Clock {
 public:
  Peer(int socket, base::ByteView stream, base::ByteView cuts)
      : socket_(socket), stream_(stream), cuts_(cuts) {}
  base::Milliseconds monotonic() const override {
    receive_answers();
    if (!stream_.empty()) {
      send_piece();
    } else if (!closed_) {
      shutdown(socket_, SHUT_WR);
      closed_ = true;
    }
    return 0;
  }
  void receive_answers() const {
    std::uint8_t room[4096];
    for (ssize_t n = 0; (n = recv(socket_, room, sizeof room, MSG_DONTWAIT)) > 0;)
      answers_.insert(answers_.end(), room, room + n);
  }
  const base::Bytes& answers() const { return answers_; }

 private:
  void send_piece() const {
    std::size_t piece = 32 * 1024;
    if (!cuts_.empty()) piece = 1 + cuts_[next_++ % cuts_.size()];
    const auto n =
        send(socket_, stream_.data(), std::min(piece, stream_.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) stream_ = stream_.subspan(static_cast<std::size_t>(n));
  }
  int socket_;
  mutable base::ByteView stream_;
  base::ByteView cuts_;
  mutable std::size_t next_ = 0;
  mutable bool closed_ = false;
  mutable base::Bytes answers_;
};

struct Outcome {
  Ending ending{};
  base::Bytes answers;
  std::uint64_t stored = 0, refused = 0, bytes = 0, complaints = 0;
  std::vector<std::uintmax_t> files;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

class SpoolFolder {
 public:
  SpoolFolder() {
    path_ = (fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string()) +
            "/fuzz-association-XXXXXX";
    HOLDS(mkdtemp(path_.data()) != nullptr);
    folder_ = disk::Descriptor(open(path_.c_str(), O_RDONLY | O_DIRECTORY));
  }
  ~SpoolFolder() { fs::remove_all(path_); }
  int get() const { return folder_.get(); }
  // What is there, and then nothing.
  std::vector<std::uintmax_t> empty() const {
    std::vector<std::uintmax_t> sizes;
    for (std::uint32_t i = 1; fs::exists(path_ + '/' + spool::file_name(i)); ++i) {
      sizes.push_back(fs::file_size(path_ + '/' + spool::file_name(i)));
      fs::remove(path_ + '/' + spool::file_name(i));
    }
    HOLDS(fs::is_empty(path_));
    return sizes;
  }

 private:
  std::string path_;
  disk::Descriptor folder_;
};

Outcome associate(base::ByteView stream, base::ByteView cuts) {
  static const SpoolFolder folder;
  static const seal::KeyPair key = seal::generate_p256();
  static const volatile std::sig_atomic_t stopping = 0;
  int pair[2];
  HOLDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const disk::Descriptor ours(pair[0]), theirs(pair[1]);
  const Peer peer(theirs.get(), stream, cuts);
  Transport transport(ours.get(), peer, stopping);
  auto spool = spool::Association::create(folder.get(), {}, key.point);
  HOLDS(spool.ok());
  const Policy policy{{"COURIER"}, {{"*", {}}}};
  Outcome outcome;
  Association association({transport, peer, spool.value(), folder.get(), [] { return true; },
                           []() -> base::Status { return base::Done{}; }, [](Progress) {},
                           [&](const base::Fault&) { ++outcome.complaints; }},
                          policy, *parse_address("10.1.2.3"),
                          {.max_instance_size = 4096, .least_space = 0}, {});
  outcome.ending = association.run();
  peer.receive_answers();
  const auto& tally = association.tally();
  outcome.answers = peer.answers();
  outcome.stored = tally.stored;
  outcome.refused = tally.refused;
  outcome.bytes = tally.bytes;
  outcome.files = folder.empty();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto cuts = input.take(1 + input.byte() % 8u);
  const auto stream = input.rest();
  const Outcome whole = associate(stream, {});
  HOLDS(whole.files.size() == whole.stored);
  HOLDS(whole.ending != Ending::TimedOut && whole.ending != Ending::Stopping);
  HOLDS(associate(stream, cuts) == whole);
  return 0;
}
