// Walks a data set depth first and gives every element its action; what it returns holds nothing
// that the profile removes. Pixel data passes as it is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deidentify/decide.h"
#include "deidentify/engine.h"
#include "deidentify/trace.h"
#include "dicom/data_set.h"

namespace deidentify {

class Rewriter {
 public:
  Rewriter(const Rules& rules, const PatientMap& map, Trace* trace = nullptr)
      : rules_(&rules), map_(&map), trace_(trace) {}
  std::vector<dicom::Element> rewrite(const std::vector<dicom::Element>& elements);

  std::map<std::string, std::uint64_t>& counts() { return counts_; }
  bool too_deep() const { return too_deep_; }
  bool lost_image() const { return lost_image_; }

 private:
  std::optional<dicom::Element> apply(Action action, const Decision& decision,
                                      const dicom::Element& element);
  std::optional<dicom::Element> keep(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> shift(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> dummy(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> remove(const dicom::Element& element);
  dicom::Element recurse(const dicom::Element& sequence);

  const Rules* rules_;
  const PatientMap* map_;
  Trace* trace_;  // nullptr: nobody asks why
  Path path_;
  std::map<std::string, std::uint64_t> counts_;
  bool too_deep_ = false;
  bool lost_image_ = false;  // pixel data, or what describes them, did not fit its VR
};

}  // namespace deidentify
