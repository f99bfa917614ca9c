#include "deidentify/trace.h"

#include "deidentify/options.h"
#include "deidentify/tables.h"

namespace deidentify {
namespace {

using tables::Basic;

std::string_view cell(Basic basic) {
  switch (basic) {
    case Basic::X:
      return "X";
    case Basic::Z:
      return "Z";
    case Basic::D:
      return "D";
    case Basic::U:
      return "U";
    case Basic::XZ:
      return "X/Z";
    case Basic::XD:
      return "X/D";
    case Basic::ZD:
      return "Z/D";
    case Basic::XZD:
      return "X/Z/D";
    case Basic::XZU:
      return "X/Z/U*";
  }
  return "";
}

std::string options_in(std::uint16_t columns) {
  std::string words;
  for (auto n = 0; n <= static_cast<int>(Option::CleanRecognizableVisualFeatures); ++n) {
    const auto option = static_cast<Option>(n);
    if (column_of(option) & columns) words += ", " + std::string(word_of(option));
  }
  return words;
}

}  // namespace

std::string place_of(std::string_view item, dicom::Tag tag) {
  return std::string(item) + dicom::to_string(tag);
}
std::string item_of(std::string_view place, std::size_t number) {
  return std::string(place) + "[" + std::to_string(number) + "]";
}

void Trace::decided(dicom::Tag tag, const Decision& decision, bool made) {
  notes_[place_of(levels_.empty() ? "" : levels_.back().item, tag)] = {decision, made};
}

void Trace::enter(dicom::Tag sequence) {
  levels_.push_back({place_of(levels_.empty() ? "" : levels_.back().item, sequence), "", 0});
}

void Trace::next_item() {
  auto& level = levels_.back();
  level.item = item_of(level.sequence, ++level.number);
}

void Trace::left_out() { left_out_.insert(levels_.back().item); }

void Trace::leave() { levels_.pop_back(); }

const Trace::Note* Trace::find(const std::string& place) const {
  const auto found = notes_.find(place);
  return found == notes_.end() ? nullptr : &found->second;
}

std::string ground_of(dicom::Tag tag, const Decision& decision) {
  switch (decision.ground) {
    case Ground::Always:
      return tag.is_private() ? "private" : "never leaves";
    case Ground::Pseudonym:
      return "patient's pseudonym";
    case Ground::Override:
      return "the route's override";
    case Ground::ProfileRow: {
      const auto* row = tables::find_profile(tag);
      const std::string basic(row == nullptr ? "" : cell(row->basic));
      return "E.1-1 " + basic + options_in(decision.columns);
    }
    case Ground::Supplement:
      return "supplement";
    case Ground::SafePrivate:
      return decision.action == Action::Keep ? "safe private, retain_safe_private" : "private";
    case Ground::Concept:
      return "concept of the content, clean_structured_content";
    case Ground::Unknown:
      return "not in PS3.6";
    case Ground::ByVR:
      break;
  }
  return "VR " + decision.vr.str();
}

}  // namespace deidentify
