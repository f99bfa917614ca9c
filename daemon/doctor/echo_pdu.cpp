// The few PDUs of a C-ECHO, as bytes.
#include "dicom/uids.h"
#include "doctor/echo.h"

namespace doctor {
namespace {

using base::Bytes;

constexpr std::uint8_t kContext = 1;
constexpr const char* kApplicationContext = "1.2.840.10008.3.1.1.1";
constexpr const char* kVerification = "1.2.840.10008.1.1";
constexpr const char* kImplicitLittleEndian = "1.2.840.10008.1.2";
constexpr std::uint32_t kMaxPDU = 16'384;

void append_u16(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

void append_item(Bytes& to, std::uint8_t type, base::ByteView content) {
  to.push_back(type);
  to.push_back(0);
  append_u16(to, content.size());
  base::append(to, content);
}

Bytes pdu(std::uint8_t type, base::ByteView body) {
  Bytes bytes = {type, 0};
  base::append_u32_be(bytes, static_cast<std::uint32_t>(body.size()));
  base::append(bytes, body);
  return bytes;
}

std::string padded(std::string title) {
  title.resize(16, ' ');
  return title;
}

// Group 0000 is Implicit VR Little Endian.
void append_element(Bytes& to, std::uint16_t element, base::ByteView value) {
  const auto length = static_cast<std::uint8_t>(value.size());
  to.insert(to.end(), {0, 0, static_cast<std::uint8_t>(element),
                       static_cast<std::uint8_t>(element >> 8), length, 0, 0, 0});
  base::append(to, value);
}

std::uint32_t u32_le(base::ByteView four) {
  return four[0] | std::uint32_t{four[1]} << 8 | std::uint32_t{four[2]} << 16 |
         std::uint32_t{four[3]} << 24;
}

}  // namespace

Bytes write_associate_request(const std::string& called, const std::string& calling) {
  Bytes body = {0, 1, 0, 0};
  base::append(body, base::as_bytes(padded(called) + padded(calling)));
  body.insert(body.end(), 32, 0);
  append_item(body, 0x10, base::as_bytes(kApplicationContext));
  Bytes context = {kContext, 0, 0, 0};
  append_item(context, 0x30, base::as_bytes(kVerification));
  append_item(context, 0x40, base::as_bytes(kImplicitLittleEndian));
  append_item(body, 0x20, context);
  Bytes longest, user;
  base::append_u32_be(longest, kMaxPDU);
  append_item(user, 0x51, longest);
  append_item(user, 0x52, base::as_bytes(dicom::kImplementationClassUID));
  append_item(body, 0x50, user);
  return pdu(0x01, body);
}

Bytes write_echo_request() {
  std::string uid = kVerification;
  uid.push_back('\0');  // to an even length
  Bytes elements;
  append_element(elements, 0x0002, base::as_bytes(uid));
  append_element(elements, 0x0100, Bytes{0x30, 0x00});  // C-ECHO-RQ
  append_element(elements, 0x0110, Bytes{0x01, 0x00});  // Message ID
  append_element(elements, 0x0800, Bytes{0x01, 0x01});  // no data set
  Bytes command;
  append_element(command, 0x0000, Bytes{static_cast<std::uint8_t>(elements.size()), 0, 0, 0});
  base::append(command, elements);
  Bytes value;
  base::append_u32_be(value, static_cast<std::uint32_t>(command.size() + 2));
  value.insert(value.end(), {kContext, 0x03});  // a command, its last fragment
  base::append(value, command);
  return pdu(0x04, value);
}

Bytes write_release_request() { return pdu(0x05, Bytes{0, 0, 0, 0}); }

std::optional<std::uint16_t> echo_status(base::ByteView body) {
  constexpr std::size_t kPDVHeader = 6;
  if (body.size() < kPDVHeader || (body[5] & 0x01) == 0) return std::nullopt;
  std::optional<std::uint16_t> field, status;
  for (auto rest = body.subspan(kPDVHeader); rest.size() >= 8;) {
    const std::uint32_t length = u32_le(rest.subspan(4));
    const auto element = static_cast<std::uint16_t>(rest[2] | rest[3] << 8);
    if (length > rest.size() - 8 || rest[0] != 0 || rest[1] != 0) return std::nullopt;
    if (length == 2) {
      const auto value = static_cast<std::uint16_t>(rest[8] | rest[9] << 8);
      if (element == 0x0100) field = value;
      if (element == 0x0900) status = value;
    }
    rest = rest.subspan(8 + length);
  }
  return field == 0x8030 ? status : std::nullopt;
}

std::string rejection_text(base::ByteView body) {
  if (body.size() < 4) return "rejected";
  const int source = body[2], reason = body[3];
  if (source == 1 && reason == 3) return "rejected: calling AE title not recognised";
  if (source == 1 && reason == 7) return "rejected: called AE title not recognised";
  if (source == 3 && reason == 1) return "rejected: temporary congestion";
  if (source == 3 && reason == 2) return "rejected: local limit exceeded";
  return "rejected with source " + std::to_string(source) + ", reason " + std::to_string(reason);
}

}  // namespace doctor
