// What the writer and the reader of a package agree on: the names of its files, the text of its
// README, the lines of its manifest, and how large a deflated file may be (docs/package.md). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace bundle {

inline constexpr std::string_view kDirectoryName = "DICOMDIR";
inline constexpr std::string_view kManifestName = "MANIFEST.SHA256";
inline constexpr std::string_view kReadmeName = "README.TXT";

// A deflated file is inflated whole: what a reader must be able to hold.
inline constexpr std::uint64_t kLargestDeflated = 16u << 20;
inline constexpr std::size_t kMostOfAKind = 999'999;  // six digits of a name

// "DICOM/ST000001/SE000002/IM000003": at most 8 characters a part (PS3.10 section 8.5). `separator`
// is '/' in the ZIP and '\' in the DICOMDIR.
std::string file_id(std::size_t study, std::size_t series, std::size_t instance, char separator);
bool is_instance_name(std::string_view name);

// One line of `sha256sum`: digest, two spaces, name, line feed.
std::string manifest_line(std::string_view name, const std::array<std::uint8_t, 32>& sha256);

// Who sends, how to open, how to verify. Lines end with CR LF: it is opened on any system.
std::string write_readme(std::string_view sender, std::string_view contact);
// The two values of a README; nullopt when anything else in it differs from what is written.
struct ReadmeValues {
  std::string sender, contact;
};
std::optional<ReadmeValues> parse_readme(std::string_view text);

}  // namespace bundle
