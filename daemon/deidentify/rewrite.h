// Walks a data set depth first and gives every element its action; what it returns holds nothing
// that the profile removes. Pixel data passes as it is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deidentify/decide.h"
#include "deidentify/engine.h"
#include "deidentify/text_cleaner.h"
#include "dicom/data_set.h"

namespace deidentify {

class Rewriter {
 public:
  Rewriter(const Rules& rules, const PatientMap& map, const TextCleaner& cleaner)
      : rules_(&rules), map_(&map), cleaner_(&cleaner) {}
  std::vector<dicom::Element> rewrite(const std::vector<dicom::Element>& elements);

  std::map<std::string, std::uint64_t>& counts() { return counts_; }
  bool too_deep() const { return too_deep_; }
  bool lost_image() const { return lost_image_; }
  const std::optional<dicom::Tag>& undecodable() const { return undecodable_; }

 private:
  std::optional<dicom::Element> apply(Action action, const Decision& decision,
                                      const dicom::Element& element);
  std::optional<dicom::Element> keep(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> shift(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> clean(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> dummy(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> remove(const dicom::Element& element);
  dicom::Element recurse(const dicom::Element& sequence);

  const Rules* rules_;
  const PatientMap* map_;
  const TextCleaner* cleaner_;
  Path path_;
  std::map<std::string, std::uint64_t> counts_;
  std::vector<std::string> character_set_;  // of the item that is walked
  std::optional<dicom::Tag> undecodable_;   // text that had to be cleaned
  bool too_deep_ = false;
  bool lost_image_ = false;  // pixel data, or what describes them, did not fit its VR
};

}  // namespace deidentify
