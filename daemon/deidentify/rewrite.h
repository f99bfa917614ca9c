// Walks a data set depth first and gives every element its action; what it returns holds nothing
// that the profile removes. Pixel data passes as it is.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deidentify/content_item.h"
#include "deidentify/decide.h"
#include "deidentify/engine.h"
#include "deidentify/graphics.h"
#include "deidentify/private_blocks.h"
#include "deidentify/text_cleaner.h"
#include "deidentify/trace.h"
#include "dicom/data_set.h"

namespace deidentify {

class Rewriter {
 public:
  Rewriter(const Rules& rules, const PatientMap& map, const TextCleaner& cleaner,
           bool big_endian = false, Trace* trace = nullptr)
      : rules_(&rules), map_(&map), cleaner_(&cleaner), big_endian_(big_endian), trace_(trace) {}
  std::vector<dicom::Element> rewrite(const std::vector<dicom::Element>& elements);

  std::map<std::string, std::uint64_t>& counts() { return counts_; }
  bool content_cleaned() const { return content_cleaned_; }
  bool graphics_cleaned() const { return graphics_cleaned_; }
  bool too_deep() const { return too_deep_; }
  bool lost_image() const { return lost_image_; }
  const std::optional<dicom::Tag>& undecodable() const { return undecodable_; }

 private:
  std::vector<dicom::Element> rewrite(const std::vector<dicom::Element>& elements,
                                      const ContentDecision* content);
  std::optional<dicom::Element> make(const dicom::Element& element,
                                     const std::vector<dicom::Element>& siblings,
                                     const ContentDecision* content);
  std::optional<dicom::Element> apply(Action action, const Decision& decision,
                                      const dicom::Element& element);
  std::optional<dicom::Element> keep(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> shift(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> clean(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> dummy(const Decision& decision, const dicom::Element& element);
  std::optional<dicom::Element> remove(const dicom::Element& element);
  dicom::Element recurse(const dicom::Element& sequence);
  bool enter(dicom::Tag sequence);  // false: too deep
  void begin_item();
  void leave();
  std::optional<std::string> clean_words(const dicom::Element& element);
  Decision ground_of(const dicom::Element& element, const std::vector<dicom::Element>& siblings,
                     const ContentDecision* content) const;
  bool is_content(const dicom::Element& element) const;
  bool is_meaning_of_local_code(const dicom::Element& element,
                                const std::vector<dicom::Element>& code) const;
  std::optional<dicom::Element> clean_content(const dicom::Element& sequence);
  std::optional<dicom::Element> say(const ContentDecision& content, const dicom::Element& element);
  std::optional<dicom::Element> clean_or_dummy(const dicom::Element& element, dicom::VR vr);
  bool is_graphics(const dicom::Element& element) const;
  std::optional<dicom::Element> clean_graphics(const dicom::Element& element);
  std::optional<std::vector<dicom::Element>> clean_drawn(dicom::Tag sequence,
                                                         const std::vector<dicom::Element>& item);
  std::optional<std::vector<dicom::Element>> clean_text_object(
      const std::vector<dicom::Element>& item);
  std::optional<dicom::Element> retain_private(const PrivateBlocks& blocks,
                                               const dicom::Element& element);

  const Rules* rules_;
  const PatientMap* map_;
  const TextCleaner* cleaner_;
  bool big_endian_;
  Trace* trace_;  // nullptr: nobody asks why
  Path path_;
  std::map<std::string, std::uint64_t> counts_;
  std::vector<std::string> character_set_;                // of the item that is walked
  std::vector<std::vector<std::string>> inherited_sets_;  // of those around it
  std::optional<dicom::Tag> undecodable_;                 // text that had to be cleaned
  LayerNames layers_;
  bool graphics_cleaned_ = false;
  bool content_cleaned_ = false;
  bool fixed_content_ = false;  // items of this tree point to each other
  bool too_deep_ = false;
  bool lost_image_ = false;  // pixel data, or what describes them, did not fit its VR
};

}  // namespace deidentify
