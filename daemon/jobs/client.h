// A child's side: connect, take one job, answer it, end. And the pool that keeps such children: its
// parent holds no key and no connection; each child has a connection of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jobs/send.h"
#include "jobs/verify.h"
#include "jobs/work.h"

namespace jobs {

class Client {
 public:
  // What a job in hand does to this process.
  struct InHand {
    unsigned seconds = 0;     // wall time after which SIGALRM ends it; 0: none
    bool to_its_end = false;  // SIGTERM and SIGINT are ignored from then on
  };
  static base::Result<Client> connect(const std::string& socket_path, InHand in_hand);
  static base::Result<Client> connect(const std::string& socket_path) {
    return connect(socket_path, InHand());
  }

  // Each blocks until dispatch has a job; RetryLater when dispatch went away.
  base::Result<WorkJob> take_work();
  base::Result<VerifyJob> take_verify();
  base::Result<SendJob> take_send();

  // Instances [from, from + count) of the prepare job in hand; count at most 64.
  base::Result<std::vector<SealedInstance>> fetch(std::uint32_t from, std::uint32_t count);
  // The job goes on: shown by `status`, and proof that this child is alive.
  base::Status progress(std::uint64_t done, std::uint64_t of);

  base::Status answer(const ExamineReply& reply);
  base::Status answer(const DigestReply& reply);
  base::Status answer(const PrepareReply& reply);
  base::Status answer(const VerifyReply& reply);
  base::Status answer(const SendReply& reply);

 private:
  Client(disk::Descriptor socket, InHand in_hand) : socket_(std::move(socket)), in_hand_(in_hand) {}
  base::Result<Packet> next();
  base::Result<Packet> first();
  disk::Descriptor socket_;
  InHand in_hand_;
};

struct Pool {
  std::string socket_path;
  unsigned children = 2;
  std::uint64_t memory_limit = 0;  // RLIMIT_DATA of a child in bytes, 0: none
  unsigned seconds_limit =
      0;  // RLIMIT_CPU of a child, 0: none; dispatch bounds the wall time by the lease
};
// Keeps `children` forked children, each of which runs `one_job` once and ends. Returns after
// SIGTERM or SIGINT, when the children have ended: those without a job at once, the others when
// their job is done, or after 10 s. Faults of a child are reported through `complain`.
int run_pool(const Pool& pool, const std::function<base::Status(Client&)>& one_job,
             const std::function<void(const base::Fault&)>& complain);

}  // namespace jobs
