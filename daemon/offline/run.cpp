#include "offline/run.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>

#include "offline/child.h"
#include "offline/inputs.h"
#include "offline/output.h"

namespace offline {
namespace {

// One study as the first pass found it.
struct Found {
  std::vector<std::size_t> files;  // their numbers in the summary
  std::set<std::string> instances, patients;
  std::set<identity::Identifier> identifiers;
  std::string patient_id, issuer_of_patient_id;  // of the first
  bool whole = true;                             // no file of it was left out
};

class Run {
 public:
  Run(Request request, const Told& told) : request_(std::move(request)), told_(told) {}

  base::Result<Summary> all() {
    TRY(deidentify::check_options(request_.choices.options));
    for (const auto& path : request_.files) TRY(apart(path));
    for (auto& path : TRY(gather(request_.files)))
      summary_.files.push_back({std::move(path), "", Fate::Failed, "not looked at"});
    if (!request_.out.empty()) output_.emplace(TRY(Output::open(request_.out, request_.add)));
    TRY(examine_all());
    for (auto& [uid, found] : studies_) {
      if (stopping()) break;
      TRY(study(uid, found));
    }
    summary_.studies = studies_.size();
    summary_.interrupted = stopping();
    return std::move(summary_);
  }

 private:
  bool stopping() const { return told_.stopping != nullptr && *told_.stopping != 0; }

  // What was made would be read the next time.
  base::Status apart(const std::string& given) const {
    namespace fs = std::filesystem;
    std::error_code error;
    const auto inside = [&](const fs::path& one, const fs::path& other) {
      const auto way = fs::relative(one, other, error);
      return !error && !way.empty() && *way.begin() != "..";
    };
    if (request_.out.empty() || (!inside(request_.out, given) && !inside(given, request_.out)))
      return base::Done{};
    return base::ask_administrator("offline.run",
                                   "--out lies among the files; name a folder elsewhere");
  }

  void settle(std::size_t file, Fate fate, const std::string& reason) {
    summary_.files[file].fate = fate;
    summary_.files[file].reason = reason;
  }
  void step(const char* what) const {
    if (told_.progress) told_.progress(done_, summary_.files.size(), what);
  }

  base::Result<disk::Descriptor> original(const std::string& path) const {
    disk::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.valid()) return disk::system_fault("offline.run", "cannot be opened", errno);
    return file;
  }

  // A child that holds no key of the domain.
  base::Result<Child> child() {
    return Child::start([this] { request_.domain_key = base::SecretBytes(); });
  }

  base::Status examine_all() {
    std::optional<Child> reader;
    for (std::size_t i = 0; i < summary_.files.size() && !stopping(); ++i) {
      auto file = original(summary_.files[i].input);
      if (!file.ok()) {
        settle(i, Fate::Failed, file.fault().what);
      } else if (!is_part10(summary_.files[i].input)) {
        settle(i, Fate::Skipped, "not a DICOM file (no DICM behind a preamble)");
      } else {
        if (!reader) reader.emplace(TRY(child()));
        Question question;
        question.files.push_back(std::move(file).value());
        auto answer = reader->ask(std::move(question));
        if (!answer.ok()) reader.reset();  // the next file gets another
        examined(i, answer.ok() ? parse_examined(answer.value()) : std::move(answer).fault());
      }
      ++done_;
      step("read");
    }
    return base::Done{};
  }

  void examined(std::size_t file, base::Result<Examined> answer) {
    if (!answer.ok()) return settle(file, Fate::Quarantined, answer.fault().what);
    auto& one = answer.value();
    if (!one.accepted)
      return settle(file, one.directory ? Fate::Skipped : Fate::Quarantined, one.reason);
    auto& found = studies_[one.study_instance_uid];
    if (found.files.empty()) {
      found.patient_id = one.patient_id;
      found.issuer_of_patient_id = one.issuer_of_patient_id;
    }
    found.patients.insert(one.patient);
    found.identifiers.insert(one.identifiers.begin(), one.identifiers.end());
    if (!found.instances.insert(one.sop_instance_uid).second) {
      found.whole = false;
      return settle(file, Fate::Quarantined, "another file has the same SOP Instance UID");
    }
    found.files.push_back(file);
  }

  base::Result<std::optional<Child>> begin(const std::string& uid, const Found& found) {
    auto map = deidentify::patient_map(request_.domain_key, found.patient_id,
                                       found.issuer_of_patient_id, uid);
    auto made = TRY(child());
    Question question;
    question.ask = Ask::Begin;
    question.study = {request_.choices,
                      std::move(map.uid_key),
                      map.pseudonym,
                      map.shift_days,
                      {found.identifiers.begin(), found.identifiers.end()}};
    const auto answer = TRY(made.ask(std::move(question)));
    const auto begun = TRY(parse_rewritten(answer));
    if (!begun.reason.empty()) return base::ask_administrator("offline.run", begun.reason);
    return std::optional<Child>(std::move(made));
  }

  base::Status study(const std::string& uid, const Found& found) {
    done_ = 0;
    if (found.patients.size() > 1) {
      for (const auto file : found.files)
        settle(file, Fate::Quarantined, "its study has instances of more than one patient");
      return base::Done{};
    }
    std::optional<Child> rewriter;
    for (const auto file : found.files) {
      if (stopping()) break;
      if (!rewriter) rewriter = TRY(begin(uid, found));
      auto answer = request_.out.empty() ? compare(*rewriter, file) : rewrite(*rewriter, file);
      if (!answer.ok()) rewriter.reset();
      if (!answer.ok()) settle(file, Fate::Quarantined, answer.fault().what);
      ++done_;
      step("de-identified");
    }
    return request_.hold_study && output_ ? whole_or_nothing(found) : base::Done{};
  }

  base::Status compare(Child& rewriter, std::size_t file) {
    Question question;
    question.ask = request_.show_values ? Ask::CompareAloud : Ask::Compare;
    auto opened = original(summary_.files[file].input);
    if (!opened.ok()) return broken(file, opened.fault().what);
    question.files.push_back(std::move(opened).value());
    const auto answer = TRY(parse_rewritten(TRY(rewriter.ask(std::move(question)))));
    settle(file, answer.released ? Fate::Released : Fate::Quarantined, answer.reason);
    for (const auto& [action, count] : answer.counts) summary_.counts[action] += count;
    if (told_.compared)
      told_.compared(summary_.files[file].input, answer.released ? "" : answer.reason,
                     answer.changes);
    return base::Done{};
  }

  base::Status rewrite(Child& rewriter, std::size_t file) {
    Question question;
    question.ask = Ask::Rewrite;
    auto opened = original(summary_.files[file].input);
    if (!opened.ok()) return broken(file, opened.fault().what);
    auto target = output_->next();
    if (!target.ok()) return broken(file, target.fault().what);
    auto handed = target.value().duplicate();
    if (!handed.ok()) return broken(file, handed.fault().what);
    question.files.push_back(std::move(opened).value());
    question.files.push_back(std::move(handed).value());
    auto said = rewriter.ask(std::move(question));
    auto answer = said.ok() ? parse_rewritten(said.value()) : std::move(said).fault();
    if (!answer.ok() || !answer.value().released) output_->drop();
    const auto rewritten = TRY(std::move(answer));
    if (rewritten.broken) return broken(file, rewritten.reason);
    if (rewritten.released) return keep(target.value(), file, rewritten);
    settle(file, Fate::Quarantined, rewritten.reason);
    return base::Done{};
  }

  base::Status keep(const disk::Descriptor& target, std::size_t file, const Rewritten& rewritten) {
    const auto& [study, instance] =
        std::tie(rewritten.study_instance_uid, rewritten.sop_instance_uid);
    const auto name = request_.hold_study ? output_->keep_for_later(target, study, instance)
                                          : output_->keep(target, study, instance);
    if (!name.ok()) return broken(file, name.fault().what);
    settle(file, Fate::Released, "");
    summary_.files[file].output = name.value();
    for (const auto& [action, count] : rewritten.counts) summary_.counts[action] += count;
    return base::Done{};
  }

  base::Status broken(std::size_t file, const std::string& reason) {
    settle(file, Fate::Failed, reason);
    return base::Done{};
  }

  base::Status whole_or_nothing(const Found& found) {
    const auto released = [&](std::size_t file) {
      return summary_.files[file].fate == Fate::Released;
    };
    const bool whole = found.whole && std::all_of(found.files.begin(), found.files.end(), released);
    const auto named = whole ? output_->name_all() : base::Status(base::Done{});
    output_->drop_all();
    if (whole && named.ok()) return base::Done{};
    for (const auto file : found.files) {
      if (!released(file)) continue;
      settle(file, whole ? Fate::Failed : Fate::Quarantined,
             whole ? named.fault().what : "held back with the rest of its study");
      summary_.files[file].output.clear();
    }
    return base::Done{};
  }

  Request request_;
  const Told& told_;
  Summary summary_;
  std::optional<Output> output_;
  std::map<std::string, Found> studies_;  // by Study Instance UID
  std::size_t done_ = 0;
};

}  // namespace

std::size_t Summary::count(Fate fate) const {
  return static_cast<std::size_t>(std::count_if(
      files.begin(), files.end(), [&](const Result& one) { return one.fate == fate; }));
}

base::Result<Summary> run(Request request, const Told& told) {
  return Run(std::move(request), told).all();
}

}  // namespace offline
