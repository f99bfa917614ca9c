// What the confined child does: examine a file, rewrite one and read it again, compare.
#include <algorithm>
#include <optional>

#include "deidentify/engine.h"
#include "dicom/read.h"
#include "dicom/write.h"
#include "examine/examine.h"
#include "offline/child.h"
#include "offline/file_source.h"
#include "verify/scan.h"

namespace offline {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::string_view kDirectory = "1.2.840.10008.1.3.10";  // Media Storage Directory

class FileSink : public dicom::Sink {
 public:
  explicit FileSink(int file) : file_(file) {}
  base::Status write(base::ByteView bytes) override {
    if (bytes.size() < kPiece) {
      base::append(waiting_, bytes);
      return waiting_.size() < kPiece ? base::Status(base::Done{}) : flush();
    }
    TRY(flush());
    return disk::write_all(file_, bytes);
  }
  base::Status flush() {
    TRY(disk::write_all(file_, waiting_));
    waiting_.clear();
    return base::Done{};
  }

 private:
  int file_;
  base::Bytes waiting_;
};

// As text that differs only for another patient: spaces, case and empty components do not count.
std::string same(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' && c != '^' && c != '\0')
      result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return result;
}

std::string patient_of(const jobs::Facts& facts) {
  const auto name = facts.patient_name.substr(0, facts.patient_name.find('='));
  return same(facts.patient_id) + '\x1F' + same(facts.issuer_of_patient_id) + '\x1F' +
         same(facts.patient_birth_date) + '\x1F' + same(name);
}

Examined refusal(const std::string& reason) {
  Examined answer;
  answer.reason = reason;
  return answer;
}

Examined examine_file(disk::Descriptor file) {
  const auto source = FileSource::of(std::move(file));
  if (!source.ok()) return refusal(source.fault().what);
  const auto head = dicom::read_head(source.value());
  if (head.ok() && head.value().meta.sop_class_uid == kDirectory) {
    auto answer = refusal("a DICOMDIR");
    answer.directory = true;
    return answer;
  }
  const auto facts = examine::examine(source.value(), {});
  if (!facts.ok()) return refusal(facts.fault().what);
  const auto& found = facts.value();
  Examined answer;
  answer.accepted = true;
  answer.study_instance_uid = found.study_instance_uid;
  answer.sop_instance_uid = found.sop_instance_uid;
  answer.patient_id = found.patient_id;
  answer.issuer_of_patient_id = found.issuer_of_patient_id;
  answer.patient = patient_of(found);
  answer.identifiers = found.identifiers.reveal();
  return answer;
}

// What really stands in the file, read again by code that did not write it.
base::Status look_again(const disk::Descriptor& file, const identity::Searcher& searcher) {
  const auto source = TRY(FileSource::of(TRY(file.duplicate())));
  const auto pixels = TRY(verify::scan_header(source, searcher));
  verify::Scan scan(searcher, pixels, source.size());
  base::Bytes piece;
  for (std::uint64_t done = 0; done < source.size(); done += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, source.size() - done)));
    TRY(source.read(done, piece));
    TRY(scan.feed(piece));
  }
  return scan.finish();
}

class Server {
 public:
  explicit Server(recognize::Reader& reader) : reader_(reader) {}

  jobs::Packet answer(Question question) {
    if (question.ask == Ask::Examine) return write(examine_file(std::move(question.files[0])));
    auto rewritten = question.ask == Ask::Begin ? begin(std::move(question.study))
                                                : rewrite(std::move(question));
    if (rewritten.ok()) return write(rewritten.value());
    Rewritten refused;
    refused.reason = rewritten.fault().what;
    refused.broken = rewritten.fault().remedy != base::Remedy::Reject;
    return write(refused);
  }

 private:
  base::Result<Rewritten> begin(Study study) {
    engine_.reset();
    deidentify::PatientMap map{std::move(study.uid_key), study.pseudonym, study.shift_days};
    engine_.emplace(TRY(
        deidentify::Engine::create(study.choices, std::move(map),
                                   identity::Identifiers(std::move(study.identifiers)), &reader_)));
    return Rewritten{};
  }

  base::Result<Rewritten> rewrite(Question question) {
    if (!engine_) return base::reject("offline.serve", "no study was begun");
    const bool writes = question.ask == Ask::Rewrite;
    const auto source = TRY(FileSource::of(std::move(question.files[0])));
    const auto original = TRY(dicom::read_file(source));
    deidentify::Trace trace;
    auto outcome = TRY(engine_->rewrite(original, source, writes ? nullptr : &trace));
    Rewritten answer;
    answer.reason = outcome.reason;
    answer.counts = std::move(outcome.counts);
    if (!outcome.released) return answer;
    if (writes) {
      FileSink sink(question.files[1].get());
      TRY(dicom::write_file(outcome.file, outcome.source ? *outcome.source : source, sink));
      TRY(sink.flush());
      TRY(look_again(question.files[1], engine_->searcher()));
    } else {
      answer.changes =
          deidentify::difference(original, outcome.file, trace, question.ask == Ask::CompareAloud);
    }
    answer.released = true;
    answer.study_instance_uid = dicom::text_of(outcome.file.elements, {0x0020, 0x000D});
    answer.sop_instance_uid = outcome.file.meta.sop_instance_uid;
    return answer;
  }

  recognize::Reader& reader_;
  std::optional<deidentify::Engine> engine_;
};

}  // namespace

int serve(int socket, recognize::Reader& reader) {
  Server server(reader);
  for (;;) {
    auto packet = jobs::receive_packet(socket);
    if (!packet.ok()) return 1;
    if (!packet.value()) return 0;
    auto question = parse_question(std::move(*packet.value()));
    if (!question.ok()) return 1;
    if (!jobs::send_packet(socket, server.answer(std::move(question).value())).ok()) return 1;
  }
}

}  // namespace offline
