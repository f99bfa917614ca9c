#include "deidentify/decide.h"

#include <algorithm>
#include <cstdio>

#include "deidentify/options.h"
#include "dicom/vr.h"

namespace deidentify {
namespace {

using dicom::Tag;
using dicom::VR;
using tables::Basic;
using tables::Policy;

constexpr Tag kMarks[] = {{0x0012, 0x0062}, {0x0012, 0x0063}, {0x0012, 0x0064}, {0x0028, 0x0303}};
// A sender's word that its private blocks are safe is not proof.
constexpr Tag kPrivateDataElementCharacteristics{0x0008, 0x0300};
constexpr Tag kSpecimenPreparation{0x0040, 0x0610};
// Columns whose C on a text means the text cleaner.
constexpr std::uint16_t kCleanedTexts = tables::kDescriptors | tables::kPatientCharacteristics |
                                        tables::kDeviceIdentity | tables::kInstitutionIdentity;
constexpr Tag kBeamHoldTransitionDateTime{0x300C, 0x0127};

Decision always(Action action, VR vr = {}) { return {action, action, vr}; }
Decision on(Ground ground, Decision decision) {
  decision.ground = ground;
  return decision;
}

bool is_date(VR vr) { return vr == VR("DA") || vr == VR("DT") || vr == VR("TM"); }

bool is_binary(VR vr) {
  return vr == VR("OB") || vr == VR("OW") || vr == VR("OF") || vr == VR("OD") || vr == VR("OL") ||
         vr == VR("OV") || vr == VR("UN");
}

VR vr_of(std::string_view letters) {
  VR vr;
  std::copy_n(letters.begin(), 2, vr.letters);
  return vr;
}

std::string written(const Path& above, Tag tag) {
  std::string text;
  char one[16];
  for (const auto step : above) {
    std::snprintf(one, sizeof one, "%04X,%04X>", step.group, step.element);
    text += one;
  }
  std::snprintf(one, sizeof one, "%04X,%04X", tag.group, tag.element);
  return text + one;
}

// Type 3 or not named: the first letter. No IOD known: the one that says most and still is safe.
Action first_letter(Basic cell) { return cell == Basic::ZD ? Action::Empty : Action::Remove; }
Action most_telling(Basic cell) {
  if (cell == Basic::XZU) return Action::Keep;
  return cell == Basic::XZ ? Action::Empty : Action::Dummy;
}

Action of_letter(char letter) {
  switch (letter) {
    case 'D':
      return Action::Dummy;
    case 'Z':
      return Action::Empty;
    case 'U':
      return Action::Keep;
    default:
      return Action::Remove;
  }
}

}  // namespace

bool is_stripped(Tag tag) {
  const bool repeating = (tag.group & 0xFF01) == 0x5000 || (tag.group & 0xFF01) == 0x6000;
  const bool signature = tag.group == 0x0400 || tag == Tag{0x4FFE, 0x0001} || tag.group == 0xFFFA;
  return tag.is_private() || tag.group < 0x0008 || tag.element == 0 || repeating || signature ||
         tag.group == 0xFFFC || tag == kPrivateDataElementCharacteristics ||
         std::find(std::begin(kMarks), std::end(kMarks), tag) != std::end(kMarks);
}

const std::vector<Override> Rules::kNone;

Rules::Rules(const std::set<Option>& options, std::string_view sop_class_uid,
             const std::vector<Override>& overrides)
    : columns_(columns_of(options)),
      sop_class_(tables::find_typed(sop_class_uid)),
      overrides_(&overrides) {}

Decision Rules::decide(Tag tag, const Path& above) const {
  if (is_stripped(tag)) return on(Ground::Always, always(Action::Remove));
  if (tag == Tag{0x0010, 0x0010}) return on(Ground::Pseudonym, always(Action::Pseudonym, VR("PN")));
  if (tag == Tag{0x0010, 0x0020}) return on(Ground::Pseudonym, always(Action::Pseudonym, VR("LO")));
  if (const auto decision = by_route(tag, above)) return *decision;
  if (const auto* row = tables::find_profile(tag)) {
    auto decision = on(Ground::ProfileRow, by_profile(*row, tag, above));
    if (decision.action != decision.otherwise)
      decision.columns = (row->keeps | row->cleans) & columns_;
    return decision;
  }
  return by_dictionary(tag, above);
}

// Away, as far as the Basic Profile goes: what an IOD requires is emptied or replaced.
std::optional<Decision> Rules::by_route(Tag tag, const Path& above) const {
  const auto found = std::find_if(overrides_->begin(), overrides_->end(),
                                  [&](const Override& one) { return one.tag == tag; });
  const auto* entry = found == overrides_->end() ? nullptr : dicom::find_entry(tag);
  if (entry == nullptr) return std::nullopt;
  const auto* row = tables::find_profile(tag);
  const auto gone = row != nullptr ? basic(*row, tag, above) : removed(tag, above);
  Decision decision{gone, gone, entry->vr, Ground::Override};
  if (found->way == Override::Way::Keep) decision.action = Action::Keep;
  if (found->way == Override::Way::Replace) decision.action = Action::Replace;
  decision.value = found->value;
  return decision;
}

// C beats K, either beats the Basic Profile. Dates are moved, texts cleaned; codes of diagnoses and
// orders stay, and their items go through the profile.
Decision Rules::by_profile(const tables::ProfileRow& row, Tag tag, const Path& above) const {
  const auto fallback = basic(row, tag, above);
  const auto vr = vr_of(row.vr);
  auto keeps = row.keeps & columns_;
  if (tag == kBeamHoldTransitionDateTime) keeps &= ~tables::kDeviceIdentity;
  if (tag == kSpecimenPreparation && runs(tables::kStructuredContent)) keeps = row.cleans;
  if (row.cleans & columns_ & tables::kModifiedDates) return {Action::Shift, fallback, vr};
  if (cleans(row, vr)) return {Action::Clean, fallback, vr};
  if (vr == VR("SQ")) keeps |= row.cleans & columns_ & tables::kDescriptors;
  return {keeps ? Action::Keep : fallback, fallback, vr};
}

bool Rules::cleans(const tables::ProfileRow& row, VR vr) const {
  return (row.cleans & columns_ & kCleanedTexts) != 0 && dicom::is_text(vr) && vr != VR("PN");
}

// Free text that the table does not name.
Decision Rules::prose(VR vr) const {
  const bool cleaned = (columns_ & tables::kDescriptors) != 0 && dicom::is_text(vr);
  return {cleaned ? Action::Clean : Action::Soften, Action::Soften, vr};
}

Action Rules::basic(const tables::ProfileRow& row, Tag tag, const Path& above) const {
  switch (row.basic) {
    case Basic::Z:
      return Action::Empty;
    case Basic::D:
      return Action::Dummy;
    case Basic::U:
      return Action::MapUID;
    case Basic::X:
      return removed(tag, above);
    default:
      return compound(row.basic, tag, above);
  }
}

Action Rules::removed(Tag tag, const Path& above) const {
  const auto required =
      sop_class_ ? tables::find_required(*sop_class_, tag, !above.empty()) : std::nullopt;
  return required ? of_letter(*required) : Action::Remove;
}

Action Rules::compound(Basic cell, Tag tag, const Path& above) const {
  if (!sop_class_) return most_telling(cell);
  const auto letter = tables::find_compound(*sop_class_, written(above, tag));
  return letter ? of_letter(*letter) : first_letter(cell);
}

Decision Rules::by_dictionary(Tag tag, const Path& above) const {
  const auto* entry = dicom::find_entry(tag);
  if (!entry) return on(Ground::Unknown, always(Action::Remove));
  const auto policy = tables::find_supplement(tag);
  const auto decision =
      policy ? on(Ground::Supplement, by_policy(*policy, entry->vr)) : by_vr(tag, entry->vr);
  if (decision.otherwise != Action::Soften || !sop_class_) return decision;
  const auto required = tables::find_required(*sop_class_, tag, !above.empty());
  if (!required) return decision;
  const bool soft = decision.action == Action::Soften;
  const auto letter = of_letter(*required);
  return on(decision.ground, {soft ? letter : decision.action, letter, entry->vr});
}

Decision Rules::by_policy(Policy policy, VR vr) const {
  switch (policy) {
    case Policy::Scan: {
      const bool is_prose = vr == VR("ST") || vr == VR("LT") || vr == VR("UT");
      return is_prose ? prose(vr) : always(Action::Keep, vr);
    }
    case Policy::Clean:
      return vr == VR("UR") ? always(Action::Remove, vr) : prose(vr);
    case Policy::Date:
      return dates(vr);
    case Policy::KeepRegistered:
    case Policy::Map:
      return uids();
    case Policy::Remove:
      break;
  }
  return always(Action::Remove, vr);
}

Decision Rules::by_vr(Tag tag, VR vr) const {
  if (vr == VR("PN") || vr == VR("AE") || vr == VR("UR")) return always(Action::Remove, vr);
  if (is_date(vr)) return dates(vr);
  if (vr == VR("UI")) return uids();
  if (dicom::is_text(vr) || vr == VR("AS")) return prose(vr);
  if (is_binary(vr)) return always(is_kept_binary(tag) ? Action::Keep : Action::Remove, vr);
  return always(Action::Keep, vr);
}

Decision Rules::dates(VR vr) const {
  if (columns_ & tables::kFullDates) return {Action::Keep, Action::Soften, vr};
  if (columns_ & tables::kModifiedDates) return {Action::Shift, Action::Soften, vr};
  return always(Action::Soften, vr);
}

Decision Rules::uids() const {
  return always(columns_ & tables::kUIDs ? Action::Keep : Action::MapUID, VR("UI"));
}

bool is_pixel_data(Tag tag) {
  return tag == Tag{0x7FE0, 0x0010} || tag == Tag{0x7FE0, 0x0008} || tag == Tag{0x7FE0, 0x0009};
}

bool is_kept_binary(Tag tag) {
  const bool offsets = tag == Tag{0x7FE0, 0x0001} || tag == Tag{0x7FE0, 0x0002};
  const bool palette = tag.group == 0x0028 &&
                       ((tag.element >= 0x1201 && tag.element <= 0x1204) ||
                        (tag.element >= 0x1221 && tag.element <= 0x1223) || tag.element == 0x2000 ||
                        tag.element == 0x3002 || tag.element == 0x3006);
  return is_pixel_data(tag) || offsets || palette || tag == Tag{0x5600, 0x0010} ||
         tag == Tag{0x5600, 0x0020} || tag == Tag{0x5400, 0x1010} || tag == Tag{0x5400, 0x100A} ||
         tag == Tag{0x0064, 0x0009};
}

}  // namespace deidentify
