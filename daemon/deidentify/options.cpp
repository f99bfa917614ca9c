#include "deidentify/options.h"

#include <algorithm>
#include <iterator>

namespace deidentify {
namespace {

struct Row {
  Option option;
  std::string_view word;
  std::uint16_t column;
  std::string_view code;
};

constexpr Row kRows[] = {
    {Option::RetainSafePrivate, "retain_safe_private", tables::kSafePrivate, "113111"},
    {Option::RetainUIDs, "retain_uids", tables::kUIDs, "113110"},
    {Option::RetainDeviceIdentity, "retain_device_identity", tables::kDeviceIdentity, "113109"},
    {Option::RetainInstitutionIdentity, "retain_institution_identity", tables::kInstitutionIdentity,
     "113112"},
    {Option::RetainPatientCharacteristics, "retain_patient_characteristics",
     tables::kPatientCharacteristics, "113108"},
    {Option::RetainFullDates, "retain_full_dates", tables::kFullDates, "113106"},
    {Option::ModifyDates, "modify_dates", tables::kModifiedDates, "113107"},
    {Option::CleanDescriptors, "clean_descriptors", tables::kDescriptors, "113105"},
    {Option::CleanStructuredContent, "clean_structured_content", tables::kStructuredContent,
     "113104"},
    {Option::CleanGraphics, "clean_graphics", tables::kGraphics, "113103"},
    {Option::CleanPixelData, "clean_pixel_data", 0, "113101"},
    {Option::CleanRecognizableVisualFeatures, "clean_recognizable_visual_features", 0, "113102"},
};
constexpr std::string_view kProfileCode = "113100";

const Row& row_of(Option option) {
  return *std::find_if(std::begin(kRows), std::end(kRows),
                       [&](const Row& row) { return row.option == option; });
}

base::Status excluded(Option a, Option b) {
  return base::reject(
      "deidentify.options",
      std::string(row_of(a).word) + " and " + std::string(row_of(b).word) + " exclude each other");
}

}  // namespace

std::optional<Option> parse_option(std::string_view word) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& row) { return row.word == word; });
  return found == std::end(kRows) ? std::nullopt : std::optional(found->option);
}

base::Result<std::set<Option>> parse_options(const std::vector<std::string>& words) {
  std::set<Option> options;
  for (const auto& word : words) {
    const auto option = parse_option(word);
    if (!option) return base::reject("deidentify.options", "an unknown option: " + word);
    options.insert(*option);
  }
  return options;
}

base::Status check_options(const std::set<Option>& options) {
  if (options.contains(Option::ModifyDates)) {
    if (options.contains(Option::RetainFullDates))
      return excluded(Option::RetainFullDates, Option::ModifyDates);
    if (options.contains(Option::RetainUIDs))
      return excluded(Option::RetainUIDs, Option::ModifyDates);
  }
  return base::Done{};
}

std::vector<std::string> option_words() {
  std::vector<std::string> words;
  for (const auto& row : kRows) words.emplace_back(row.word);
  return words;
}
std::string_view word_of(Option option) { return row_of(option).word; }
std::uint16_t column_of(Option option) { return row_of(option).column; }

std::uint16_t columns_of(const std::set<Option>& options) {
  std::uint16_t columns = 0;
  for (const auto option : options)
    columns = static_cast<std::uint16_t>(columns | column_of(option));
  return columns;
}

std::vector<tables::Code> method_codes(const std::set<Option>& options) {
  std::vector<tables::Code> codes;
  for (const auto& code : tables::method_codes()) {
    const auto ran = [&](Option option) { return row_of(option).code == code.value; };
    if (code.value == kProfileCode || std::any_of(options.begin(), options.end(), ran))
      codes.push_back(code);
  }
  return codes;
}

std::string_view temporal_information(const std::set<Option>& options) {
  if (options.contains(Option::RetainFullDates)) return "UNMODIFIED";
  return options.contains(Option::ModifyDates) ? "MODIFIED" : "REMOVED";
}

}  // namespace deidentify
