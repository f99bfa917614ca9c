// C-ECHO to our own receiver, as a modality would do it (PS3.7 section 9.1.5, PS3.8): one
// association, one presentation context, nothing stored.
#pragma once

#include "base/bytes.h"
#include "doctor/judge.h"
#include "settings/settings.h"

namespace doctor {

inline constexpr const char* kOwnAETitle = "DCMCOURIER";

// Where to, and as whom. Pure.
struct Endpoint {
  std::string host;  // an address that this machine can reach: "127.0.0.1" for "0.0.0.0"
  std::string port;  // empty: none is known
  std::string calling_ae_title;  // empty: nobody may call from that address
};
Endpoint endpoint_of(const settings::Receiver& receiver, bool over_tls = false);

base::Bytes write_associate_request(const std::string& called, const std::string& calling);
base::Bytes write_echo_request();
base::Bytes write_release_request();
// The status of a C-ECHO-RSP in the body of a P-DATA-TF; nullopt: it is none.
std::optional<std::uint16_t> echo_status(base::ByteView body);
std::string rejection_text(base::ByteView body);  // of an A-ASSOCIATE-RJ

Echo echo(const settings::Receiver& receiver, bool over_tls = false);

}  // namespace doctor
