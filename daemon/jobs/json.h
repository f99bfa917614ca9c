// Jobs and replies as packets, both ways. Everything read is checked: types, counts, bounds.
#pragma once

#include "jobs/send.h"
#include "jobs/verify.h"
#include "jobs/work.h"

namespace jobs {

// Dispatch's side: jobs out, replies in. Writing moves descriptors and keys out of the job.
Packet write(ExamineJob job);
Packet write(DigestJob job);
Packet write(PrepareJob job);
Packet write(VerifyJob job);
Packet write(SendJob job);
Packet write_instances(std::vector<SealedInstance> instances);

// What a child may say while it has a job.
struct Fetch {
  std::uint32_t from = 0, count = 0;
};
struct Progress {
  std::uint64_t done = 0, of = 0;
};
using FromChild =
    std::variant<Fetch, Progress, ExamineReply, DigestReply, PrepareReply, VerifyReply, SendReply>;
base::Result<FromChild> parse_from_child(const Packet& packet);

// Facts without their identifiers, as the ledger keeps them (sealed there).
std::string facts_text(const Facts& facts);
base::Result<Facts> parse_facts(const std::string& text);

// The child's side.
base::Result<WorkJob> parse_work_job(Packet packet);
base::Result<VerifyJob> parse_verify_job(Packet packet);
base::Result<SendJob> parse_send_job(Packet packet);
base::Result<std::vector<SealedInstance>> parse_instances(Packet packet);
Packet write(const Fetch& fetch);
Packet write(const Progress& progress);
Packet write(const ExamineReply& reply);
Packet write(const DigestReply& reply);
Packet write(const PrepareReply& reply);
Packet write(const VerifyReply& reply);
Packet write(const SendReply& reply);

}  // namespace jobs
