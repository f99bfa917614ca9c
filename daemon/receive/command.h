// DIMSE command sets (PS3.7 section 6.3 and Annex E): Implicit VR Little Endian, group 0000 alone,
// no sequences. Pure; at most kMaxCommandSet bytes, so that nothing nests or grows.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace receive {

inline constexpr std::size_t kMaxCommandSet = 16 * 1024;

enum class CommandField : std::uint16_t {
  CStoreRQ = 0x0001,
  CEchoRQ = 0x0030,
  CCancelRQ = 0x0FFF,
};
struct Command {
  std::uint16_t field = 0;
  std::uint16_t message_id = 0;
  bool has_data_set = false;
  std::string sop_class_uid;     // affected, or requested
  std::string sop_instance_uid;  // padding taken off; not checked
  bool is(CommandField f) const { return field == static_cast<std::uint16_t>(f); }
  bool is_response() const { return (field & 0x8000) != 0; }
};
// Reject: another group, an undefined or too long length, no Command Field, no Message ID where
// one is due, no Command Data Set Type.
base::Result<Command> parse_command(base::ByteView bytes);

// PS3.7 Annex C, PS3.4 section B.2.3.
enum class DIMSEStatus : std::uint16_t {
  Success = 0x0000,
  SOPClassNotSupported = 0x0122,
  UnrecognizedOperation = 0x0211,
  OutOfResources = 0xA700,
  CannotUnderstand = 0xC000,
};
// The response's command set; UIDs of the request are repeated where they are UIDs.
base::Bytes write_response(const Command& request, DIMSEStatus status);

}  // namespace receive
