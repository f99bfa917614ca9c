// The jobs themselves: a batch of sealed spool files in, an answer for each out.
#include <algorithm>

#include "dicom/read.h"
#include "examine/examine.h"
#include "seal/primitives.h"
#include "spool/source.h"

namespace examine {
namespace {

constexpr std::uint64_t kPiece = 1024 * 1024;

base::Result<jobs::Facts> examine_sealed(const jobs::SealedInstance& sealed,
                                         const std::vector<std::string>& paths) {
  const auto source = TRY(spool::SealedSource::open(sealed.file.get(), sealed.segment_key.copy()));
  return examine(source, paths);
}

base::Result<std::string> digest(const jobs::SealedInstance& sealed) {
  const auto source = TRY(spool::SealedSource::open(sealed.file.get(), sealed.segment_key.copy()));
  const auto head = TRY(dicom::read_head(source));
  seal::Sha256 hash;
  base::Bytes piece;
  for (auto at = head.data_set_offset; at < source.size(); at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min(kPiece, source.size() - at)));
    TRY(source.read(at, piece));
    hash.update(piece);
  }
  return base::to_hex(hash.finish());
}

}  // namespace

jobs::ExamineReply run(const jobs::ExamineJob& job) {
  jobs::ExamineReply reply;
  for (const auto& instance : job.instances) {
    auto& examined = reply.examined.emplace_back();
    examined.instance = instance.instance;
    auto facts = examine_sealed(instance, job.paths);
    examined.accepted = facts.ok();
    if (facts.ok())
      examined.facts = base::Sensitive(std::move(facts).value());
    else
      examined.reason = facts.fault().what;
  }
  return reply;
}

jobs::DigestReply run(const jobs::DigestJob& job) {
  jobs::DigestReply reply;
  for (const auto& instance : job.instances) {
    auto hex = digest(instance);
    reply.data_sets.push_back(hex.ok() ? std::move(hex).value() : "");
  }
  return reply;
}

}  // namespace examine
