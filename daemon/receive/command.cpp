#include "receive/command.h"

#include <optional>

#include "dicom/uids.h"

namespace receive {
namespace {

constexpr std::uint16_t kAffectedSOPClassUID = 0x0002;
constexpr std::uint16_t kRequestedSOPClassUID = 0x0003;
constexpr std::uint16_t kCommandField = 0x0100;
constexpr std::uint16_t kMessageID = 0x0110;
constexpr std::uint16_t kMessageIDBeingRespondedTo = 0x0120;
constexpr std::uint16_t kCommandDataSetType = 0x0800;
constexpr std::uint16_t kStatus = 0x0900;
constexpr std::uint16_t kAffectedSOPInstanceUID = 0x1000;
constexpr std::uint16_t kRequestedSOPInstanceUID = 0x1001;
constexpr std::uint16_t kNoDataSet = 0x0101;

base::Fault malformed(const char* what) { return base::reject("receive.command", what); }

std::uint16_t read_u16(base::ByteView two) {
  return static_cast<std::uint16_t>(two[0] | two[1] << 8);
}
std::uint32_t read_u32(base::ByteView four) {
  return static_cast<std::uint32_t>(read_u16(four)) |
         static_cast<std::uint32_t>(read_u16(four.subspan(2))) << 16;
}

struct Found {
  std::optional<std::uint16_t> field, message_id, data_set_type;
};

std::string uid_of(base::ByteView value) {
  std::string_view text = base::as_text(value);
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text);
}

base::Status take_number(base::ByteView value, std::optional<std::uint16_t>& into) {
  if (value.size() != 2 || into) return malformed("a number that is not one US value");
  into = read_u16(value);
  return base::Done{};
}

base::Status take_element(std::uint16_t element, base::ByteView value, Command& command,
                          Found& found) {
  switch (element) {
    case kCommandField:
      return take_number(value, found.field);
    case kMessageID:
      return take_number(value, found.message_id);
    case kCommandDataSetType:
      return take_number(value, found.data_set_type);
    case kAffectedSOPClassUID:
    case kRequestedSOPClassUID:
      command.sop_class_uid = uid_of(value);
      return base::Done{};
    case kAffectedSOPInstanceUID:
    case kRequestedSOPInstanceUID:
      command.sop_instance_uid = uid_of(value);
      return base::Done{};
    default:
      return base::Done{};
  }
}

void append_u16(base::Bytes& to, std::uint16_t value) {
  to.push_back(static_cast<std::uint8_t>(value));
  to.push_back(static_cast<std::uint8_t>(value >> 8));
}

void append_element(base::Bytes& to, std::uint16_t element, base::ByteView value) {
  append_u16(to, 0);
  append_u16(to, element);
  append_u16(to, static_cast<std::uint16_t>(value.size()));
  append_u16(to, 0);
  base::append(to, value);
}

void append_number(base::Bytes& to, std::uint16_t element, std::uint16_t number) {
  base::Bytes value;
  append_u16(value, number);
  append_element(to, element, value);
}

void append_uid(base::Bytes& to, std::uint16_t element, std::string uid) {
  if (!dicom::is_valid_uid(uid)) return;
  if (uid.size() % 2 != 0) uid.push_back('\0');
  append_element(to, element, base::as_bytes(uid));
}

base::Bytes group_length(std::size_t length) {
  base::Bytes value, bytes;
  append_u16(value, static_cast<std::uint16_t>(length));
  append_u16(value, 0);
  append_element(bytes, 0, value);
  return bytes;
}

}  // namespace

base::Result<Command> parse_command(base::ByteView bytes) {
  Command command;
  Found found;
  while (!bytes.empty()) {
    if (bytes.size() < 8) return malformed("an element ends within its header");
    if (read_u16(bytes) != 0) return malformed("an element of another group");
    const std::uint16_t element = read_u16(bytes.subspan(2));
    const std::uint32_t length = read_u32(bytes.subspan(4));
    if (length > bytes.size() - 8) return malformed("an element longer than the command set");
    TRY(take_element(element, bytes.subspan(8, length), command, found));
    bytes = bytes.subspan(8 + length);
  }
  if (!found.field || !found.data_set_type) return malformed("an element of type 1 is missing");
  command.field = *found.field;
  command.has_data_set = *found.data_set_type != kNoDataSet;
  const bool names_another = command.is_response() || command.is(CommandField::CCancelRQ);
  if (!found.message_id && !names_another) return malformed("no Message ID");
  command.message_id = found.message_id.value_or(0);
  return command;
}

base::Bytes write_response(const Command& request, DIMSEStatus status) {
  base::Bytes rest;
  append_uid(rest, kAffectedSOPClassUID, request.sop_class_uid);
  append_number(rest, kCommandField, static_cast<std::uint16_t>(request.field | 0x8000));
  append_number(rest, kMessageIDBeingRespondedTo, request.message_id);
  append_number(rest, kCommandDataSetType, kNoDataSet);
  append_number(rest, kStatus, static_cast<std::uint16_t>(status));
  append_uid(rest, kAffectedSOPInstanceUID, request.sop_instance_uid);
  base::Bytes bytes = group_length(rest.size());
  base::append(bytes, rest);
  return bytes;
}

}  // namespace receive
