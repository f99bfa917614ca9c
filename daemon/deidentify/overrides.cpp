#include "deidentify/overrides.h"

#include <algorithm>
#include <array>

#include "deidentify/dates.h"
#include "deidentify/decide.h"
#include "deidentify/tables.h"
#include "dicom/vr.h"
#include "identity/identifiers.h"

namespace deidentify {
namespace {

using dicom::Tag;
using dicom::VR;
using Way = Override::Way;

constexpr std::array<std::string_view, 3> kWays{"keep", "remove", "replace"};
constexpr std::size_t kLongestValue = 64;

std::string_view word_of(Way way) { return kWays[static_cast<std::size_t>(way)]; }

std::string digits_of(Tag tag) {
  auto text = dicom::to_string(tag);
  std::erase_if(text, [](char c) { return c == '(' || c == ',' || c == ')'; });
  return text;
}

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= ' ' && c < 0x7F && c != '\\'; });
}

// PS3.5 section 6.2, of one value.
bool is_value_of(VR vr, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  if (text.empty() || text.size() > kLongestValue || !is_printable(text)) return false;
  if (vr == VR("DA") || vr == VR("TM") || vr == VR("DT")) return is_well_formed_date(text, vr);
  if (vr == VR("IS")) return text.size() <= 12 && consists_of(text, "+-0123456789");
  if (vr == VR("DS")) return text.size() <= 16 && consists_of(text, "+-.eE0123456789");
  if (vr == VR("AS"))
    return text.size() == 4 && consists_of(text.substr(0, 3), kDigits) &&
           consists_of(text.substr(3), "DWMY");
  if (vr == VR("CS"))
    return text.size() <= 16 && consists_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _");
  if (vr == VR("SH") || vr == VR("AE")) return text.size() <= 16;
  return dicom::is_text(vr);
}

std::string against_keeping(Tag tag, VR vr) {
  if (identity::is_identifying(tag, vr))
    return "identifies, and the search that follows would not let it out; retain_... options keep "
           "whole groups of such attributes";
  if (vr != VR("SQ") && !dicom::is_ascii(vr) && !dicom::is_text(vr))
    return "is binary: what is in it cannot be searched";
  return "";
}

std::string against_replacing(VR vr, std::string_view value) {
  if (!is_value_of(vr, value))
    return "cannot have that value: one of its VR, " + vr.str() + ", in plain ASCII is needed";
  return "";
}

base::Result<Override> parse_override(const std::string& text) {
  const auto blank = text.find(' ');
  const auto* way = std::find(kWays.begin(), kWays.end(), text.substr(0, blank));
  const auto tag = blank == text.npos ? std::nullopt : dicom::parse_tag(text.substr(blank + 1, 8));
  const auto value = text.size() > blank + 10 ? text.substr(blank + 10) : "";
  if (way == kWays.end() || !tag) return base::reject("deidentify.override", "is not written so");
  Override result{static_cast<Way>(way - kWays.begin()), *tag, value};
  if (const auto reason = reason_against(result); !reason.empty())
    return base::reject("deidentify.override", dicom::to_string(*tag) + " " + reason);
  return result;
}

}  // namespace

std::string written(const Override& override_) {
  auto text = std::string(word_of(override_.way)) + " " + digits_of(override_.tag);
  return override_.way == Way::Replace ? text + " " + override_.value : text;
}

base::Result<std::vector<Override>> parse_overrides(const std::vector<std::string>& written) {
  std::vector<Override> overrides;
  for (const auto& text : written) overrides.push_back(TRY(parse_override(text)));
  return overrides;
}

std::string reason_against(const Override& override_) {
  const auto tag = override_.tag;
  const auto* entry = tag.is_private() ? nullptr : dicom::find_entry(tag);
  if (entry == nullptr) return "is no attribute of PS3.6";
  if (tag == Tag{0x0010, 0x0010} || tag == Tag{0x0010, 0x0020})
    return "is always the patient's pseudonym";
  if (entry->vr == VR("UI")) return "is a UID: mapped, or kept by retain_uids";
  if (is_stripped(tag)) return "never leaves, whatever a route says";
  const bool known = tables::find_profile(tag) != nullptr || tables::find_supplement(tag);
  if (!known) return "stays as it is: the profile does not speak of it";
  if (override_.way == Way::Keep) return against_keeping(tag, entry->vr);
  if (override_.way == Way::Replace) return against_replacing(entry->vr, override_.value);
  return "";
}

}  // namespace deidentify
