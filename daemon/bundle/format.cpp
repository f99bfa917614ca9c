#include "bundle/format.h"

#include <fmt/format.h>

namespace bundle {
namespace {

constexpr const char* kReadme =
    R"(This archive holds medical images and documents in DICOM format.

Sent by:    {}
Telephone:  {}

How to open it
  Unpack the whole archive first. Then, in your DICOM viewer or workstation,
  import the folder or open the file DICOMDIR. The images themselves are in the
  folder DICOM and have no file name extension; a viewer reads them all the same.

How to verify that it is complete and unchanged
  MANIFEST.SHA256 lists the SHA-256 digest of every other file.
  Linux, in the unpacked folder:  sha256sum -c MANIFEST.SHA256
  macOS, in the unpacked folder:  shasum -a 256 -c MANIFEST.SHA256
  Windows, for a single file:     certutil -hashfile FILE SHA256

Questions about the content: call the sender at the number above.
)";
constexpr std::string_view kSender = "\r\nSent by:    ";
constexpr std::string_view kContact = "\r\nTelephone:  ";

// One line, whatever the settings say.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return line.empty() ? "-" : line;
}

std::string value_behind(std::string_view label, std::string_view text) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + label.size());
  return std::string(text.substr(0, text.find("\r\n")));
}

// Reads `letters` and six digits off the front.
bool take_part(std::string_view& name, std::string_view letters) {
  if (!name.starts_with(letters) || name.size() < letters.size() + 6) return false;
  const auto digits = name.substr(letters.size(), 6);
  name.remove_prefix(letters.size() + 6);
  return digits.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string file_id(std::size_t study, std::size_t series, std::size_t instance, char separator) {
  return fmt::format("DICOM{0}ST{1:06}{0}SE{2:06}{0}IM{3:06}", separator, study, series, instance);
}

bool is_instance_name(std::string_view name) {
  return take_part(name, "DICOM/ST") && take_part(name, "/SE") && take_part(name, "/IM") &&
         name.empty();
}

std::string manifest_line(std::string_view name, const std::array<std::uint8_t, 32>& sha256) {
  return fmt::format("{}  {}\n", base::to_hex(sha256), name);
}

std::string write_readme(std::string_view sender, std::string_view contact) {
  std::string text;
  for (const char c : fmt::format(kReadme, one_line(sender), one_line(contact))) {
    if (c == '\n') text += '\r';
    text += c;
  }
  return text;
}

std::optional<ReadmeValues> parse_readme(std::string_view text) {
  ReadmeValues values{value_behind(kSender, text), value_behind(kContact, text)};
  if (write_readme(values.sender, values.contact) != text) return std::nullopt;
  return values;
}

}  // namespace bundle
