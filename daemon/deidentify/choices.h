// What a route asks of the engine, and what the hospital adds to its lists.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "dicom/tag.h"

namespace deidentify {

enum class Option : std::uint8_t {
  RetainSafePrivate,
  RetainUIDs,
  RetainDeviceIdentity,
  RetainInstitutionIdentity,
  RetainPatientCharacteristics,
  RetainFullDates,
  ModifyDates,
  CleanDescriptors,
  CleanStructuredContent,
  CleanGraphics,
  CleanPixelData,
  CleanRecognizableVisualFeatures,
};

// What free text that is cleaned may keep.
enum class TextMode : std::uint8_t {
  AllowList,  // what is on the allow list
  BlockList,  // all but what identifies: an explicit choice, since an unknown name stays
};

struct SiteLists {
  std::vector<std::string> names;            // of staff and institutions, UTF-8: never released
  std::vector<std::string> number_patterns;  // RE2, of a whole word: what its numbers look like
  std::vector<std::string> allowed_words;    // beside those of the allow list
  std::vector<std::string> device_rules;     // rows as in config/deidentify/burned_in_regions.tsv
};

// What a route does with one attribute, on every level, whatever the table says (overrides.h).
struct Override {
  enum class Way : std::uint8_t { Keep, Remove, Replace } way;
  dicom::Tag tag;
  std::string value;  // of Replace
};

struct Choices {
  std::set<Option> options;
  SiteLists site = {};
  TextMode text = TextMode::AllowList;
  std::vector<Override> overrides = {};
};

}  // namespace deidentify
