#include "receive/association.h"

#include <utility>

#include "dicom/uids.h"
#include "dicom/write.h"
#include "receive/sop_class.h"
#include "spool/scan.h"

namespace receive {
namespace {

constexpr base::Milliseconds kLinger = 2'000;
constexpr std::uint64_t kPassedOver = 16u << 20;  // of a refused data set, beyond the size limit

}  // namespace

const char* to_string(Ending ending) {
  switch (ending) {
    case Ending::Released:
      return "released";
    case Ending::Rejected:
      return "rejected";
    case Ending::AbortedByPeer:
      return "aborted-by-peer";
    case Ending::ClosedByPeer:
      return "closed-by-peer";
    case Ending::TimedOut:
      return "timed-out";
    case Ending::ProtocolError:
      return "protocol-error";
    case Ending::Stopping:
      return "stopping";
    case Ending::TLSFailed:
      return "tls-failed";
    case Ending::SpokeTLS:
      return "tls-on-a-plain-port";
    case Ending::SpokePlain:
      return "plain-on-a-tls-port";
  }
  return "unknown";
}

void ArrivingInstance::refuse(base::Fault fault) {
  writer_.reset();
  status_ = DIMSEStatus::OutOfResources;
  fault_ = std::move(fault);
}

bool ArrivingInstance::give(base::ByteView fragment) {
  received_ += fragment.size();
  if (!writer_) return received_ <= size_limit_ + kPassedOver;
  if (received_ > size_limit_) {
    refuse(base::reject("receive.store", "larger than receiver.max_instance_size"));
    return true;
  }
  const base::Status written = writer_->write(fragment);
  if (!written.ok()) refuse(written.fault());
  return true;
}

DIMSEStatus ArrivingInstance::finish(spool::Association& into) {
  if (!writer_) return status_;
  const base::Status committed = into.commit(*std::exchange(writer_, std::nullopt));
  if (!committed.ok()) refuse(committed.fault());
  return status_;
}

Association::Association(Surroundings surroundings, const Policy& policy, const Address& address,
                         Room room, const Times& times)
    : around_(std::move(surroundings)),
      policy_(policy),
      address_(address),
      room_(room),
      times_(times),
      pace_(times, around_.clock.monotonic()) {}

Ending Association::run() {
  if (const auto ending = open(); ending) return *ending;
  for (;;) {
    const auto next = around_.transport.next_pdu(pace_);
    if (const auto* broken = std::get_if<Broken>(&next)) return ended_by(*broken);
    if (const auto ending = take_pdu(std::get<PDU>(next)); ending) return *ending;
  }
}

Peer Association::peer() const {
  const auto& session = around_.transport.session();
  return {address_, session ? std::optional(session->proof()) : std::nullopt};
}

std::optional<Ending> Association::open() {
  if (const auto broken = around_.transport.shake_hands(pace_); broken) return ended_by(*broken);
  if (const auto& session = around_.transport.session(); session) {
    tally_.protocol = session->protocol();
    tally_.certificate = session->proof().fingerprint;
  }
  const auto first = around_.transport.next_pdu(pace_);
  if (const auto* broken = std::get_if<Broken>(&first)) return ended_by(*broken);
  const PDU& pdu = std::get<PDU>(first);
  if (pdu.type == PDUType::Abort) return Ending::AbortedByPeer;
  if (pdu.type != PDUType::AssociateRQ) return abort(AbortReason::UnexpectedPDU);
  const auto request = parse_associate_request(pdu.body);
  if (!request.ok()) {
    around_.complain(request.fault());
    return abort(AbortReason::InvalidPDUParameterValue);
  }
  return answer_request(request.value());
}

std::optional<Ending> Association::answer_request(const AssociateRequest& request) {
  tally_.called_ae_title = request.called_ae_title;
  tally_.calling_ae_title = request.calling_ae_title;
  auto answer = negotiate(request, policy_, peer());
  if (const auto* rejection = std::get_if<Rejection>(&answer)) {
    const std::string missing = missing_proof(policy_.callers, request.calling_ae_title, peer());
    if (*rejection == kCallingAETitleNotRecognized && !missing.empty())
      around_.complain(base::reject("receive.callers", missing));
    return reject(*rejection);
  }
  if (!around_.admit()) return reject(kLocalLimitExceeded);
  const base::Milliseconds deadline = around_.clock.monotonic() + times_.answer;
  auto& accepted = std::get<Accepted>(answer);
  if (!around_.transport.send(write_associate_accept(request, accepted.answers), deadline))
    return Ending::ClosedByPeer;
  contexts_ = std::move(accepted.contexts);
  max_pdu_length_ = request.max_pdu_length;
  pace_.enter(Pace::Phase::Idle, around_.clock.monotonic());
  return std::nullopt;
}

Ending Association::reject(const Rejection& rejection) {
  tally_.rejection = rejection;
  around_.transport.send(write_associate_reject(rejection),
                         around_.clock.monotonic() + times_.answer);
  around_.transport.linger(around_.clock.monotonic() + kLinger);
  return Ending::Rejected;
}

std::optional<Ending> Association::take_pdu(const PDU& pdu) {
  switch (pdu.type) {
    case PDUType::Data:
      return take_data(pdu.body);
    case PDUType::ReleaseRQ:
      return release();
    case PDUType::Abort:
      return Ending::AbortedByPeer;
    default:
      return abort(AbortReason::UnexpectedPDU);
  }
}

std::optional<Ending> Association::take_data(base::ByteView body) {
  while (!body.empty()) {
    const auto pdv = receive::take_pdv(body);
    if (!pdv.ok()) {
      around_.complain(pdv.fault());
      return abort(AbortReason::InvalidPDUParameterValue);
    }
    if (const auto ending = take_pdv(pdv.value()); ending) return ending;
  }
  return std::nullopt;
}

std::optional<Ending> Association::take_pdv(const PDV& pdv) {
  if (!contexts_.contains(pdv.context)) return abort(AbortReason::InvalidPDUParameterValue);
  const bool begun = instance_ || !command_set_.empty();
  if (begun && pdv.context != context_id_) return abort(AbortReason::InvalidPDUParameterValue);
  if (pdv.command == instance_.has_value()) return abort(AbortReason::UnexpectedPDUParameter);
  context_id_ = pdv.context;
  return pdv.command ? take_command(pdv) : take_fragment(pdv);
}

std::optional<Ending> Association::take_command(const PDV& pdv) {
  if (command_set_.size() + pdv.fragment.size() > kMaxCommandSet) {
    around_.complain(base::reject("receive.command", "a command set of more than 16 KiB"));
    return abort(AbortReason::InvalidPDUParameterValue);
  }
  base::append(command_set_, pdv.fragment);
  // A next message may follow in the PDU of the last one's end.
  if (pace_.phase() == Pace::Phase::Idle)
    pace_.enter(Pace::Phase::Command, around_.clock.monotonic());
  return pdv.last ? begin_message() : std::nullopt;
}

std::optional<Ending> Association::begin_message() {
  auto command = parse_command(command_set_);
  command_set_.clear();
  if (!command.ok()) {
    around_.complain(command.fault());
    return abort(AbortReason::InvalidPDUParameterValue);
  }
  command_ = std::move(command).value();
  if (command_.is_response()) return abort(AbortReason::UnexpectedPDUParameter);
  if (command_.has_data_set) {
    instance_.emplace(begin_instance());
    pace_.enter(Pace::Phase::DataSet, around_.clock.monotonic());
    return std::nullopt;
  }
  pace_.enter(Pace::Phase::Idle, around_.clock.monotonic());
  if (command_.is(CommandField::CCancelRQ)) return std::nullopt;  // nothing to cancel, no answer
  if (command_.is(CommandField::CStoreRQ)) return respond(DIMSEStatus::CannotUnderstand);
  if (!command_.is(CommandField::CEchoRQ)) return respond(DIMSEStatus::UnrecognizedOperation);
  const bool verification = context().abstract_syntax == kVerificationSOPClass;
  return respond(verification ? DIMSEStatus::Success : DIMSEStatus::SOPClassNotSupported);
}

// What the command set alone decides.
DIMSEStatus Association::check_store() const {
  if (!command_.is(CommandField::CStoreRQ)) return DIMSEStatus::UnrecognizedOperation;
  if (!dicom::is_valid_uid(command_.sop_class_uid) ||
      !dicom::is_valid_uid(command_.sop_instance_uid))
    return DIMSEStatus::CannotUnderstand;
  if (command_.sop_class_uid != context().abstract_syntax ||
      command_.sop_class_uid == kVerificationSOPClass)
    return DIMSEStatus::SOPClassNotSupported;
  return DIMSEStatus::Success;
}

ArrivingInstance Association::begin_instance() {
  const DIMSEStatus refused = check_store();
  if (refused != DIMSEStatus::Success) return {refused, room_.max_instance_size};
  auto writer = begin_file();
  if (!writer.ok()) {
    around_.complain(writer.fault());
    return {DIMSEStatus::OutOfResources, room_.max_instance_size};
  }
  around_.tell(Progress::InFlight);
  return {std::move(writer).value(), room_.max_instance_size};
}

base::Result<spool::Writer> Association::begin_file() {
  const spool::Space space = TRY(spool::space(around_.folder));
  if (space.available < room_.least_space)
    return base::retry_later("receive.store", "too little space is left on the disk");
  // Tried once: a sync that failed may well succeed on the second try, with nothing on the disk.
  if (!settled_) settled_ = around_.settle();
  if (!settled_->ok()) return settled_->fault();
  spool::Writer writer = TRY(around_.spool.begin());
  const dicom::FileMeta meta{command_.sop_class_uid, command_.sop_instance_uid,
                             context().transfer_syntax, tally_.calling_ae_title,
                             tally_.called_ae_title};
  TRY(writer.write(dicom::file_head(meta)));
  return writer;
}

std::optional<Ending> Association::take_fragment(const PDV& pdv) {
  pace_.received(pdv.fragment.size());
  if (!instance_->give(pdv.fragment)) {
    around_.complain(base::reject("receive.store", "a refused data set without end"));
    return abort(AbortReason::NotSpecified);
  }
  return pdv.last ? end_message() : std::nullopt;
}

std::optional<Ending> Association::end_message() {
  const DIMSEStatus status = instance_->finish(around_.spool);
  if (instance_->fault()) around_.complain(*instance_->fault());
  const bool stored = status == DIMSEStatus::Success;
  if (stored) tally_.bytes += instance_->received();
  ++(stored ? tally_.stored : tally_.refused);
  instance_.reset();
  around_.tell(stored ? Progress::Stored : Progress::Idle);
  pace_.enter(Pace::Phase::Idle, around_.clock.monotonic());
  auto ending = respond(status);
  if (stored && !ending) around_.spool.prepare();
  return ending;
}

std::optional<Ending> Association::respond(DIMSEStatus status) {
  const base::Bytes answer =
      write_command(context_id_, write_response(command_, status), max_pdu_length_);
  if (around_.transport.send(answer, around_.clock.monotonic() + times_.answer))
    return std::nullopt;
  return Ending::ClosedByPeer;
}

Ending Association::release() {
  if (instance_ || !command_set_.empty()) return abort(AbortReason::UnexpectedPDU);
  around_.transport.send(write_release_response(), around_.clock.monotonic() + times_.answer);
  around_.transport.linger(around_.clock.monotonic() + kLinger);
  return Ending::Released;
}

Ending Association::abort(AbortReason reason) {
  instance_.reset();
  around_.transport.send(write_abort(reason), around_.clock.monotonic() + kLinger);
  around_.transport.linger(around_.clock.monotonic() + kLinger);
  return Ending::ProtocolError;
}

Ending Association::refuse_language(Broken broken) {
  const base::Milliseconds deadline = around_.clock.monotonic() + kLinger;
  if (broken == Broken::SpeaksPlain) {
    around_.complain(base::reject("receive.tls", "plain DICOM where TLS is spoken"));
    around_.transport.speak_plainly();
    tally_.rejection = kNoReasonGiven;
    around_.transport.send(write_associate_reject(kNoReasonGiven), deadline);
  } else {
    around_.complain(base::reject("receive.tls", "TLS where plain DICOM is spoken"));
    around_.transport.send(tls::alert_record(tls::Alert::HandshakeFailure), deadline);
  }
  around_.transport.linger(deadline);
  return broken == Broken::SpeaksPlain ? Ending::SpokePlain : Ending::SpokeTLS;
}

Ending Association::ended_by(Broken broken) {
  instance_.reset();
  switch (broken) {
    case Broken::ClosedByPeer:
      return Ending::ClosedByPeer;
    case Broken::Malformed:
      return abort(AbortReason::InvalidPDUParameterValue);
    case Broken::Unrecognized:
      return abort(AbortReason::UnrecognizedPDU);
    case Broken::TimedOut:
      abort(AbortReason::NotSpecified);
      return Ending::TimedOut;
    case Broken::TLSFailed:
      around_.complain(base::reject("receive.tls", around_.transport.session()->why()));
      around_.transport.linger(around_.clock.monotonic() + kLinger);
      return Ending::TLSFailed;
    case Broken::SpeaksTLS:
    case Broken::SpeaksPlain:
      return refuse_language(broken);
    case Broken::Stopping:
      break;
  }
  abort(AbortReason::NotSpecified);
  return Ending::Stopping;
}

}  // namespace receive
