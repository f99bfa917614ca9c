// One association, from its A-ASSOCIATE-RQ to its end, in a process of its own. An instance that it
// answers with 0000H is durable in the spool; one that it does not has left nothing there.
#pragma once

#include <functional>
#include <optional>

#include "receive/command.h"
#include "receive/negotiate.h"
#include "receive/transport.h"
#include "spool/writer.h"

namespace receive {

enum class Ending {
  Released,
  Rejected,
  AbortedByPeer,
  ClosedByPeer,
  TimedOut,
  ProtocolError,
  Stopping,
  TLSFailed,
  SpokeTLS,
  SpokePlain,
};
const char* to_string(Ending ending);

// What the parent is told, a byte each.
// Asks: for a place, and waits for the answer.
enum class Progress : char { Asks = 'a', InFlight = 'b', Stored = 's', Idle = 'i' };

struct Room {
  std::uint64_t max_instance_size = 0;  // bytes of the data set
  std::uint64_t least_space = 0;        // below it no instance is begun
};

struct Tally {
  std::string called_ae_title, calling_ae_title;
  std::optional<Rejection> rejection;
  std::string protocol, certificate;  // of TLS; the peer's, by its fingerprint
  std::uint64_t stored = 0, refused = 0, bytes = 0;
};

// An instance while it arrives. Never looks into the data set.
class ArrivingInstance {
 public:
  // `refused`: answered so whatever comes; then the data set is passed over.
  ArrivingInstance(DIMSEStatus refused, std::uint64_t size_limit)
      : status_(refused), size_limit_(size_limit) {}
  ArrivingInstance(spool::Writer writer, std::uint64_t size_limit)
      : writer_(std::move(writer)), size_limit_(size_limit) {}
  // False: so much was sent after it was refused that the association is to end.
  bool give(base::ByteView fragment);
  DIMSEStatus finish(spool::Association& into);
  std::uint64_t received() const { return received_; }
  const std::optional<base::Fault>& fault() const { return fault_; }

 private:
  void refuse(base::Fault fault);
  std::optional<spool::Writer> writer_;
  DIMSEStatus status_ = DIMSEStatus::Success;
  std::uint64_t size_limit_, received_ = 0;
  std::optional<base::Fault> fault_;
};

class Association {
 public:
  struct Surroundings {
    Transport& transport;
    const base::Clock& clock;
    spool::Association& spool;
    int folder;
    std::function<bool()> admit;  // whether there is a place; asked once its request is good
    std::function<base::Status()> settle;  // syncs where it came from; once, before it stores
    std::function<void(Progress)> tell;
    std::function<void(const base::Fault&)> complain;
  };
  Association(Surroundings surroundings, const Policy& policy, const Address& address, Room room,
              const Times& times);
  Ending run();
  const Tally& tally() const { return tally_; }

 private:
  std::optional<Ending> open();
  Peer peer() const;
  std::optional<Ending> answer_request(const AssociateRequest& request);
  Ending reject(const Rejection& rejection);
  std::optional<Ending> take_pdu(const PDU& pdu);
  std::optional<Ending> take_data(base::ByteView body);
  std::optional<Ending> take_pdv(const PDV& pdv);
  std::optional<Ending> take_command(const PDV& pdv);
  std::optional<Ending> take_fragment(const PDV& pdv);
  std::optional<Ending> begin_message();
  std::optional<Ending> end_message();
  std::optional<Ending> respond(DIMSEStatus status);
  DIMSEStatus check_store() const;
  ArrivingInstance begin_instance();
  base::Result<spool::Writer> begin_file();
  Ending release();
  Ending abort(AbortReason reason);
  Ending ended_by(Broken broken);
  Ending refuse_language(Broken broken);
  const PresentationContext& context() const { return contexts_.at(context_id_); }

  Surroundings around_;
  const Policy& policy_;
  Address address_;
  Room room_;
  Times times_;
  Pace pace_;
  Tally tally_;
  std::map<std::uint8_t, PresentationContext> contexts_;
  std::uint32_t max_pdu_length_ = 0;
  std::optional<base::Status> settled_;

  // The message that is arriving, if any.
  std::uint8_t context_id_ = 0;
  base::Bytes command_set_;
  Command command_;
  std::optional<ArrivingInstance> instance_;
};

}  // namespace receive
