// A child's side against a listener, and the pool with children that end in every way.
#include "jobs/client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "jobs/json.h"

namespace {

namespace fs = std::filesystem;

class Children : public testing::Test {
 protected:
  Children() {
    std::string name = (fs::temp_directory_path() / "pool.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/work.sock";
    listener_ = jobs::listen_seqpacket(path_).value();
  }
  ~Children() override {
    if (pool_ > 0) {
      kill(pool_, SIGTERM);
      waitpid(pool_, nullptr, 0);
    }
    fs::remove_all(folder_);
  }
  disk::Descriptor accept_one(int milliseconds = 10'000) const {
    pollfd wait{listener_.get(), POLLIN, 0};
    if (poll(&wait, 1, milliseconds) != 1) return {};
    return disk::Descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  void start(jobs::Pool pool, const std::function<base::Status(jobs::Client&)>& one_job) {
    pool.socket_path = path_;
    pool_ = fork();
    if (pool_ == 0) _exit(jobs::run_pool(pool, one_job, [](const base::Fault&) {}));
  }
  static jobs::Packet received(const disk::Descriptor& socket) {
    auto packet = jobs::receive_packet(socket.get());
    EXPECT_TRUE(packet.ok() && packet.value());
    return packet.ok() && packet.value() ? std::move(*packet.value()) : jobs::Packet();
  }

  std::string folder_, path_;
  disk::Descriptor listener_;
  pid_t pool_ = -1;
};

base::Status fetch_all(jobs::Client& client) {
  const auto job = TRY(client.take_work());
  const auto* prepare = std::get_if<jobs::PrepareJob>(&job);
  if (prepare == nullptr) return base::reject("test", "another job");
  const auto batch = TRY(client.fetch(0, prepare->instances));
  TRY(client.progress(1, 2));
  jobs::PrepareReply reply;
  reply.released = static_cast<std::uint32_t>(batch.size());
  reply.reason = std::to_string(batch.at(0).instance);
  return client.answer(reply);
}

TEST_F(Children, TakeAJobFetchReportAndAnswer) {
  start({"", 1}, fetch_all);
  const auto socket = accept_one();
  jobs::PrepareJob job;
  job.instances = 1;
  job.package = disk::Descriptor(memfd_create("p", MFD_CLOEXEC));
  job.index = disk::Descriptor(memfd_create("i", MFD_CLOEXEC));
  ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write(std::move(job))).ok());
  const auto fetch = jobs::parse_from_child(received(socket));
  EXPECT_EQ(std::get<jobs::Fetch>(fetch.value()).count, 1u);
  std::vector<jobs::SealedInstance> instances;
  instances.push_back({42, disk::Descriptor(memfd_create("x", MFD_CLOEXEC)), base::SecretBytes()});
  ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write_instances(std::move(instances))).ok());
  const auto progress = jobs::parse_from_child(received(socket));
  EXPECT_EQ(std::get<jobs::Progress>(progress.value()).of, 2u);
  const auto reply = jobs::parse_from_child(received(socket));
  EXPECT_EQ(std::get<jobs::PrepareReply>(reply.value()).reason, "42");
  const auto end = jobs::receive_packet(socket.get());
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end.value().has_value());  // one job, then the child ends
  EXPECT_TRUE(accept_one().valid());      // and another takes its place
}

TEST_F(Children, AreReplacedWhenTheyCrash) {
  start({"", 1}, [](jobs::Client& client) -> base::Status {
    (void)client.take_work();
    abort();
  });
  for (int i = 0; i < 2; ++i) {
    const auto socket = accept_one();
    ASSERT_TRUE(socket.valid());
    ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write(jobs::DigestJob{})).ok());
    const auto end = jobs::receive_packet(socket.get());
    EXPECT_TRUE(!end.ok() || !end.value().has_value());
  }
}

TEST_F(Children, AreEndedWhenAJobTakesTooLong) {
  jobs::Pool pool;
  pool.children = 1;
  pool.seconds_limit = 1;
  start(pool, [](jobs::Client& client) -> base::Status {
    (void)client.take_work();
    for (;;) pause();
  });
  const auto socket = accept_one();
  ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write(jobs::DigestJob{})).ok());
  pollfd wait{socket.get(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 20'000), 1);
}

TEST_F(Children, HaveNoCoreDumpsAndTheMemoryThatTheyAreGiven) {
  jobs::Pool pool;
  pool.children = 1;
  pool.memory_limit = 512u << 20;
  start(pool, [](jobs::Client& client) -> base::Status {
    TRY(client.take_work());
    rlimit core{};
    rlimit data{};
    getrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_DATA, &data);
    return client.answer(
        jobs::DigestReply{{std::to_string(core.rlim_cur), std::to_string(data.rlim_cur)}});
  });
  const auto socket = accept_one();
  ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write(jobs::DigestJob{})).ok());
  const auto reply = jobs::parse_from_child(received(socket));
  const auto limits = std::get<jobs::DigestReply>(reply.value()).data_sets;
  EXPECT_EQ(limits[0], "0");
#ifndef __SANITIZE_ADDRESS__  // which needs more than any limit
  EXPECT_EQ(limits[1], std::to_string(512u << 20));
#endif
}

TEST_F(Children, EndWithTheirPool) {
  start({"", 2}, [](jobs::Client& client) -> base::Status {
    TRY(client.take_work());
    return base::Done{};
  });
  const auto one = accept_one();
  const auto two = accept_one();
  kill(pool_, SIGTERM);
  int status = -1;
  ASSERT_EQ(waitpid(pool_, &status, 0), pool_);
  pool_ = -1;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  for (const auto* socket : {&one, &two}) {
    const auto end = jobs::receive_packet(socket->get());
    EXPECT_TRUE(end.ok() && !end.value().has_value());
  }
}

TEST_F(Children, FinishTheJobInHandWhenThePoolIsToldToEnd) {
  start({"", 1}, [](jobs::Client& client) -> base::Status {
    TRY(client.take_work());
    TRY(client.fetch(0, 1));  // until dispatch answers, the pool is told to end
    return client.answer(jobs::DigestReply{});
  });
  const auto socket = accept_one();
  ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write(jobs::DigestJob{})).ok());
  received(socket);
  kill(pool_, SIGTERM);
  EXPECT_FALSE(accept_one(500).valid());  // no other child
  ASSERT_TRUE(jobs::send_packet(socket.get(), jobs::write_instances({})).ok());
  EXPECT_TRUE(
      std::holds_alternative<jobs::DigestReply>(jobs::parse_from_child(received(socket)).value()));
  int status = -1;
  ASSERT_EQ(waitpid(pool_, &status, 0), pool_);
  pool_ = -1;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
