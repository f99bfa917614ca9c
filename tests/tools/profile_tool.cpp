// profile_tool: what the engine does with each attribute of Table E.1-1, as rows of a Markdown
// table: by the Basic Profile, and where an option that this version runs changes that.
#include <cstdio>
#include <string>
#include <vector>

#include "deidentify/decide.h"
#include "deidentify/options.h"
#include "deidentify/tables.h"

namespace {

using namespace deidentify;

const char* letter(Action action) {
  switch (action) {
    case Action::Keep:
      return "K";
    case Action::Remove:
      return "X";
    case Action::Empty:
      return "Z";
    case Action::Dummy:
    case Action::Replace:
    case Action::Pseudonym:
      return "D";
    case Action::MapUID:
      return "U";
    case Action::Shift:
    case Action::Clean:
    case Action::Soften:
      return "C";
  }
  return "C";
}

std::string basic_cell(const tables::ProfileRow& row, Action action) {
  if (action == Action::Pseudonym) return "D";
  constexpr const char* kCells[] = {"X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"};
  // What is always removed is so whatever its cell says.
  return action == Action::Remove ? "X" : kCells[static_cast<std::size_t>(row.basic)];
}

std::vector<std::pair<Option, std::string>> available() {
  const std::pair<Option, const char*> all[] = {
      {Option::RetainSafePrivate, "Rtn. Safe Priv."},
      {Option::RetainUIDs, "Rtn. UIDs"},
      {Option::RetainDeviceIdentity, "Rtn. Dev. Id."},
      {Option::RetainInstitutionIdentity, "Rtn. Inst. Id."},
      {Option::RetainPatientCharacteristics, "Rtn. Pat. Chars."},
      {Option::RetainFullDates, "Rtn. Long. Full Dates"},
      {Option::ModifyDates, "Rtn. Long. Modif. Dates"},
      {Option::CleanDescriptors, "Clean Desc."},
      {Option::CleanStructuredContent, "Clean Struct. Cont."},
      {Option::CleanGraphics, "Clean Graph."}};
  std::vector<std::pair<Option, std::string>> found;
  for (const auto& [option, words] : all)
    if (check_options({option}).ok()) found.emplace_back(option, words);
  return found;
}

std::string name_of(dicom::Tag tag) {
  const auto* entry = dicom::find_entry(tag);
  return entry == nullptr ? "" : std::string(entry->keyword);
}

}  // namespace

int main() {
  const Rules basic({}, "");
  const auto options = available();
  std::vector<Rules> rules;
  std::string head = "| attribute | tag | Basic Prof. |", line = "|---|---|---|";
  for (const auto& [option, words] : options) {
    rules.emplace_back(std::set<Option>{option}, "");
    head += " " + words + " |";
    line += "---|";
  }
  std::printf("%s\n%s\n", head.c_str(), line.c_str());
  for (const auto& row : tables::profile()) {
    const dicom::Tag tag{static_cast<std::uint16_t>(row.tag >> 16),
                         static_cast<std::uint16_t>(row.tag & 0xFFFF)};
    const auto by_basic = basic.decide(tag, {}).action;
    std::printf("| %s | (%04X,%04X) | %s |", name_of(tag).c_str(), tag.group, tag.element,
                basic_cell(row, by_basic).c_str());
    for (const auto& one : rules) {
      const auto action = one.decide(tag, {}).action;
      std::printf(" %s |", action == by_basic ? "" : letter(action));
    }
    std::printf("\n");
  }
}
