#include "settings/sop_classes.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "dicom/uids.h"

namespace settings {
namespace {

struct SOPClass {
  std::string_view keyword, uid;
};
constexpr SOPClass kStorage[] = {
#include "settings/sop_classes.inc"
};

}  // namespace

std::optional<std::string> find_sop_class(const std::string& keyword_or_uid) {
  const auto* found = std::lower_bound(
      std::begin(kStorage), std::end(kStorage), std::string_view(keyword_or_uid),
      [](const SOPClass& one, std::string_view wanted) { return one.keyword < wanted; });
  if (found != std::end(kStorage) && found->keyword == keyword_or_uid)
    return std::string(found->uid);
  const bool dotted = keyword_or_uid.find('.') != std::string::npos;
  if (dotted && dicom::is_valid_uid(keyword_or_uid)) return keyword_or_uid;
  return std::nullopt;
}

std::vector<std::string> sop_class_keywords() {
  std::vector<std::string> keywords;
  for (const SOPClass& one : kStorage) keywords.emplace_back(one.keyword);
  return keywords;
}

}  // namespace settings
