#include "deidentify/clean_pixels.h"

#include <algorithm>

#include "deidentify/classify.h"
#include "deidentify/values.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr Tag kPhotometric{0x0028, 0x0004};
constexpr Tag kPlanarConfiguration{0x0028, 0x0006};
constexpr Tag kLossyImageCompression{0x0028, 0x2110};
constexpr Tag kTotalPixelMatrixColumns{0x0048, 0x0006};
// Smallest and largest values, and the offsets of frames: of the pixels as they were.
constexpr Tag kStale[] = {{0x0028, 0x0106}, {0x0028, 0x0107}, {0x0028, 0x0108},
                          {0x0028, 0x0109}, {0x0028, 0x0110}, {0x0028, 0x0111}};
constexpr Tag kOffsets[] = {{0x7FE0, 0x0001}, {0x7FE0, 0x0002}};

PixelPlan held_back(std::string reason) {
  PixelPlan plan;
  plan.quarantine = std::move(reason);
  return plan;
}

// Where there are several, one that cleaning does not cure.
std::optional<std::string> reason_against(const dicom::File& original,
                                          const std::set<Option>& options) {
  const auto of_class = refuse_sop_class(original, options);
  if (of_class && !is_about_text(*of_class)) return of_class;
  const auto of_pixels = has_pixels(original) ? suspect_pixels(original) : std::nullopt;
  return of_class && (!of_pixels || is_about_text(*of_pixels)) ? of_class : of_pixels;
}

template <std::size_t N>
void remove(std::vector<Element>& elements, const Tag (&tags)[N]) {
  std::erase_if(elements, [&](const Element& element) {
    return std::find(std::begin(tags), std::end(tags), element.tag) != std::end(tags);
  });
}

PixelPlan plan_cleaning(const dicom::File& original, const pixels::Rules& rules) {
  PixelPlan plan;
  for (const auto* rule : rules.matching(original)) {
    plan.rules.push_back(rule->id);
    plan.areas.blank.push_back(rule->rectangle);
  }
  if (is_ultrasound(original)) {
    auto regions = pixels::ultrasound_regions(original);
    if (!regions) return held_back(regions.fault().what);
    plan.areas.keep = std::move(regions).value();
  }
  if (plan.cleans() && dicom::find(original.elements, kTotalPixelMatrixColumns))
    return held_back("frames are tiles of a larger image: rules do not say where in them");
  return plan;
}

// What hid beside the pixels is gone before they are looked at.
base::Result<pixels::Cleaned> blank(const dicom::File& original, const dicom::Source& source,
                                    const PixelWork& work) {
  if (work.hidden.elements.empty() && work.hidden.gone.empty())
    return pixels::clean(original, source, work.plan.areas);
  auto shown = original;
  put_hidden(shown.elements, work.hidden);
  const dicom::Source* from = work.hidden.source.get();
  return pixels::clean(shown, from ? *from : source, work.plan.areas);
}

}  // namespace

PixelPlan plan_pixels(const dicom::File& original, const std::set<Option>& options,
                      const pixels::Rules* rules) {
  const auto reason = reason_against(original, options);
  if (reason && (rules == nullptr || !is_about_text(*reason))) return held_back(*reason);
  const bool blanks = rules != nullptr && has_pixels(original);
  if (!blanks) return reason ? held_back(*reason) : PixelPlan{};
  auto plan = plan_cleaning(original, *rules);
  if (reason && !plan.quarantine && !plan.cleans()) return held_back(*reason);
  return plan;
}

base::Result<PixelWork> clean_pixels(const dicom::File& original, const dicom::Source& source,
                                     const std::set<Option>& options, const pixels::Rules* rules) {
  PixelWork work;
  work.plan = plan_pixels(original, options, rules);
  work.quarantine = work.plan.quarantine;
  if (work.quarantine) return work;
  work.hidden = TRY(clean_hidden(original, source));
  if (!work.hidden.reason.empty()) {
    work.quarantine = work.hidden.reason;
    return work;
  }
  if (!work.plan.cleans()) return work;
  auto cleaned = blank(original, source, work);
  if (cleaned) {
    work.cleaned = std::move(cleaned).value();
  } else {
    if (cleaned.fault().remedy != base::Remedy::Reject) return std::move(cleaned).fault();
    work.quarantine = cleaned.fault().what;
  }
  return work;
}

void put_pixels(std::vector<Element>& elements, const pixels::Cleaned& cleaned) {
  remove(elements, kStale);
  put(elements, text_element({0x0028, 0x0301}, VR("CS"), "NO"));
  put(elements, cleaned.pixel_data);
  if (!cleaned.syntax.encapsulated) return;
  remove(elements, kOffsets);
  put(elements, text_element(kPhotometric, VR("CS"), cleaned.photometric));
  if (auto* planar = dicom::find(elements, kPlanarConfiguration)) planar->value = {0, 0};
  if (cleaned.was_lossy && dicom::text_of(elements, kLossyImageCompression).empty())
    put(elements, text_element(kLossyImageCompression, VR("CS"), "01"));
}

std::shared_ptr<const dicom::Source> source_of(PixelWork work) {
  if (!work.cleaned || !work.cleaned->source) return std::move(work.hidden.source);
  // The one reads from the other.
  using Both = std::pair<std::shared_ptr<const dicom::Source>, std::unique_ptr<dicom::Source>>;
  auto both =
      std::make_shared<Both>(std::move(work.hidden.source), std::move(work.cleaned->source));
  return {both, both->second.get()};
}

void count_pixels(std::map<std::string, std::uint64_t>& counts, const PixelWork& work) {
  counts["pixels_stripped"] = work.hidden.cleaned;
  if (!work.cleaned) return;
  counts["pixels_blanked"] = 1;
  counts["pixels_blanked_outside_regions"] = work.plan.areas.keep.empty() ? 0 : 1;
  counts["black_is_padding"] = work.cleaned->may_be_padding ? 1 : 0;
  for (const auto& id : work.plan.rules) ++counts["pixel_rule_" + id];
}

}  // namespace deidentify
