#include "verify/verify.h"

#include <algorithm>
#include <optional>

#include "share/index.h"
#include "verify/inflate.h"
#include "verify/package.h"

namespace verify {
namespace {

// Of the index, for each instance and for all else: far above what one needs.
constexpr std::uint64_t kIndexForEach = 4096;
constexpr std::uint64_t kIndexAtLeast = 256 * 1024;

base::Fault unlike(const char* what) { return base::reject("verify.index", what); }

base::Result<std::optional<identity::Searcher>> searcher_for(
    const jobs::VerifyJob& job, const identity::Identifiers& identifiers) {
  if (!job.deidentified) return std::optional<identity::Searcher>();
  return std::optional<identity::Searcher>(TRY(identity::Searcher::create(identifiers)));
}

// The README names the hospital that sends, which is no leak.
identity::Identifiers without_institutions(const identity::Identifiers& all) {
  std::vector<identity::Identifier> kept;
  for (const auto& identifier : all.reveal())
    if (identifier.kind != identity::Kind::Institution) kept.push_back(identifier);
  return identity::Identifiers(std::move(kept));
}

base::Status check_readme(const std::string& text, const jobs::VerifyJob& job) {
  const auto values = bundle::parse_readme(text);
  if (!values) return base::reject("verify.readme", "a README that is not as it is written");
  const auto searcher = TRY(searcher_for(job, without_institutions(job.identifiers)));
  if (!searcher) return base::Done{};
  if (searcher->find_text(values->sender) || searcher->find_text(values->contact))
    return base::reject("verify.readme", "an identifier of the study in the README");
  return base::Done{};
}

base::Status search_index(const share::Index& index, const identity::Searcher& searcher) {
  const auto clean = [&](std::initializer_list<const std::string*> texts) {
    return std::none_of(texts.begin(), texts.end(), [&](const std::string* text) {
      return searcher.find_text(*text).has_value();
    });
  };
  for (const auto& series : index.series) {
    if (!clean({&series.uid, &series.modality, &series.description, &series.number}))
      return unlike("an identifier of the study in the index");
    for (const auto& instance : series.instances)
      if (!clean({&instance.uid, &instance.sop_class, &instance.transfer_syntax}))
        return unlike("an identifier of the study in the index");
  }
  return base::Done{};
}

bool is_at(const share::Entry& entry, const Found& found) {
  return entry.file == found.entry.name && entry.offset == found.data_offset &&
         entry.stored == found.entry.stored && entry.size == found.entry.size &&
         entry.method == static_cast<int>(found.entry.method) &&
         entry.sha256 == found.judgement->sha256;
}

// The same files at the same places.
bool is_index_of(const share::Index& index, const std::vector<Found>& found) {
  std::vector<const share::Entry*> entries;
  for (const auto& series : index.series)
    for (const auto& instance : series.instances) entries.push_back(&instance.entry);
  for (const auto& other : index.others) entries.push_back(&other);
  std::sort(entries.begin(), entries.end(),
            [](const share::Entry* a, const share::Entry* b) { return a->offset < b->offset; });
  return std::equal(entries.begin(), entries.end(), found.begin(), found.end(),
                    [](const share::Entry* entry, const Found& f) { return is_at(*entry, f); });
}

base::Status check_index(const std::string& text, const std::vector<Found>& found,
                         const identity::Searcher* searcher) {
  const share::Index index = TRY(share::parse_index(text));
  // Written again it is the same, so there is nothing in it but what was parsed.
  const std::string again = TRY(share::write_index(index));
  if (again != text) return unlike("an index that is not as it is written");
  if (!is_index_of(index, found)) return unlike("an index that is not that of the package");
  if (searcher == nullptr) return base::Done{};
  return search_index(index, *searcher);
}

base::Result<base::Bytes> whole_content(Blob& blob, std::uint64_t most) {
  if (blob.size() > most) return unlike("an index that is too large");
  base::Bytes content;
  content.reserve(static_cast<std::size_t>(blob.size()));
  while (content.size() < blob.size()) base::append(content, *TRY(blob.next()));
  return content;
}

base::Result<std::string> index_text(Blob& blob, std::uint32_t instances) {
  const std::uint64_t most = kIndexAtLeast + kIndexForEach * instances;
  const base::Bytes content = TRY(whole_content(blob, most));
  if (content.size() < 4) return unlike("an index without its length");
  const std::uint32_t length = base::read_u32_be(content);
  if (length > most) return unlike("an index that is too large");
  return std::string(base::as_text(TRY(inflated(base::ByteView(content).subspan(4), length))));
}

base::Result<jobs::VerifyReply> judged(const jobs::VerifyJob& job) {
  const auto searcher = TRY(searcher_for(job, job.identifiers));
  const identity::Searcher* search = searcher ? &*searcher : nullptr;
  Background background;  // goes before what its work looks at
  jobs::VerifyReply reply;

  const auto blob = TRY(Blob::open(job.package, job.padded, background));
  Package package(*blob, background, search);
  TRY(package.read());
  if (package.instances() != job.instances)
    return base::reject("verify.package", "another number of instances than the job says");
  TRY(package.check_manifest());
  TRY(check_readme(package.readme(), job));
  reply.package = TRY(blob->finish());

  const auto index = TRY(Blob::open(job.index, job.padded, background));
  const std::string text = TRY(index_text(*index, job.instances));
  TRY(check_index(text, package.found(), search));
  reply.index = TRY(index->finish());
  reply.clean = true;
  return reply;
}

}  // namespace

base::Result<jobs::VerifyReply> verify(const jobs::VerifyJob& job) {
  auto reply = judged(job);
  if (reply.ok() || reply.fault().remedy != base::Remedy::Reject) return reply;
  jobs::VerifyReply refusal;
  refusal.reason = reply.fault().what;
  return refusal;
}

}  // namespace verify
