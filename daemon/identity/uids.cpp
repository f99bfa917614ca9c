#include "identity/uids.h"

#include <algorithm>

namespace identity {
namespace {

// A root and what an organisation puts before its own numbers: three long components are an
// enterprise, two more a device or a place.
constexpr std::size_t kPrefixComponents = 7;
constexpr std::size_t kPrefixLength = 20;
constexpr std::size_t kShortestUid = 10;

bool is_for_everybody(std::string_view uid) {
  return uid == "1.2.840.10008" || uid.starts_with("1.2.840.10008.");
}

std::size_t components(std::string_view uid) {
  return static_cast<std::size_t>(std::count(uid.begin(), uid.end(), '.')) + 1;
}

}  // namespace

std::string searched_part(std::string_view uid) {
  if (uid.size() < kShortestUid || is_for_everybody(uid) || components(uid) < 3) return "";
  const auto prefix = uid.substr(0, uid.rfind('.'));
  const bool tells = components(prefix) >= kPrefixComponents && prefix.size() >= kPrefixLength;
  return std::string(tells ? prefix : uid);
}

bool names_instances(dicom::Tag tag) {
  static constexpr dicom::Tag kTags[] = {{0x0008, 0x0018}, {0x0020, 0x000D}, {0x0020, 0x000E},
                                         {0x0020, 0x0052}, {0x0008, 0x1155}, {0x0008, 0x0058},
                                         {0x3006, 0x0024}, {0x0020, 0x0200}};
  return std::find(std::begin(kTags), std::end(kTags), tag) != std::end(kTags);
}

}  // namespace identity
