// Text that a device burned into the pixels: what is done about it is decided on the original,
// before anything else is touched.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deidentify/choices.h"
#include "deidentify/hidden.h"
#include "dicom/data_set.h"
#include "pixels/clean.h"
#include "pixels/rules.h"

namespace deidentify {

struct PixelPlan {
  std::optional<std::string> quarantine;  // the reason, without patient data
  pixels::Areas areas;                    // what to blank; nothing: the pixels pass as they are
  std::vector<std::string> rules;         // ids of those that matched
  bool cleans() const { return !areas.blank.empty() || !areas.keep.empty(); }
};

struct PixelWork {
  std::optional<std::string> quarantine;
  PixelPlan plan;
  HiddenWork hidden;                       // what was taken out whatever the profile
  std::optional<pixels::Cleaned> cleaned;  // none: the pixels pass as they are
};

// Device rules and ultrasound regions are asked only with `rules` (Clean Pixel Data).
PixelPlan plan_pixels(const dicom::File& original, const std::set<Option>& options,
                      const pixels::Rules* rules);

// Plans, takes out what hides beside the pixels, and cleans.
base::Result<PixelWork> clean_pixels(const dicom::File& original, const dicom::Source& source,
                                     const std::set<Option>& options, const pixels::Rules* rules);

// Puts the blanked pixels into a data set in place of those that it has, and says what holds of
// them now: Burned In Annotation is NO, the smallest and largest values are not known any more.
void put_pixels(std::vector<dicom::Element>& elements, const pixels::Cleaned& cleaned);

// Of what was done to the pixels: where they are to be read from; nullptr: the original.
std::shared_ptr<const dicom::Source> source_of(PixelWork work);

// For the audit: which rules, whether regions, whether black is padding as well.
void count_pixels(std::map<std::string, std::uint64_t>& counts, const PixelWork& work);

}  // namespace deidentify
