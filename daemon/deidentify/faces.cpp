#include "deidentify/faces.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace deidentify {
namespace {

using dicom::Tag;

constexpr Tag kSOPClassUID{0x0008, 0x0016};
constexpr Tag kBodyPartExamined{0x0018, 0x0015};

// Shadows through the body, sections of tissue, the inside of an eye: nobody is known by them.
constexpr std::string_view kWithoutFaces[] = {
    "1.2.840.10008.5.1.4.1.1.1",       // radiographs: CR, DX, mammography, intra-oral
    "1.2.840.10008.5.1.4.1.1.3",       // ultrasound
    "1.2.840.10008.5.1.4.1.1.6",       //
    "1.2.840.10008.5.1.4.1.1.12",      // angiography, fluoroscopy
    "1.2.840.10008.5.1.4.1.1.13.1.3",  // breast tomosynthesis
    "1.2.840.10008.5.1.4.1.1.77.1.5",  // ophthalmic
    "1.2.840.10008.5.1.4.1.1.77.1.2", "1.2.840.10008.5.1.4.1.1.77.1.3",
    "1.2.840.10008.5.1.4.1.1.77.1.6"};  // microscopy

// PS3.16 Annex L, as Body Part Examined has them.
constexpr std::string_view kParts[] = {
    "ABDOMEN",  "ABDOMENPELVIS", "ADRENAL",      "ANKLE",          "AORTA",
    "APPENDIX", "ARM",           "BLADDER",      "BREAST",         "CALCANEUS",
    "CALF",     "CHEST",         "CHESTABDOMEN", "CHESTABDPELVIS", "CLAVICLE",
    "COCCYX",   "COLON",         "ELBOW",        "EXTREMITY",      "FEMUR",
    "FINGER",   "FOOT",          "FOREARM",      "GALLBLADDER",    "HAND",
    "HEART",    "HIP",           "HUMERUS",      "ILIUM",          "KIDNEY",
    "KNEE",     "LEG",           "LIVER",        "LSPINE",         "LUNG",
    "OVARY",    "PANCREAS",      "PELVIS",       "PROSTATE",       "RECTUM",
    "RIB",      "SCAPULA",       "SCROTUM",      "SPLEEN",         "SSPINE",
    "STERNUM",  "STOMACH",       "TESTIS",       "THIGH",          "THUMB",
    "TOE",      "TSPINE",        "UTERUS",       "WRIST"};

bool is_of(std::string_view sop_class, std::string_view family) {
  return sop_class.starts_with(family) &&
         (sop_class.size() == family.size() || sop_class[family.size()] == '.');
}

}  // namespace

std::optional<std::string> may_show_face(const dicom::File& original) {
  const auto sop_class = dicom::text_of(original.elements, kSOPClassUID);
  if (std::any_of(std::begin(kWithoutFaces), std::end(kWithoutFaces),
                  [&](std::string_view family) { return is_of(sop_class, family); }))
    return std::nullopt;
  const auto part = dicom::text_of(original.elements, kBodyPartExamined);
  if (std::find(std::begin(kParts), std::end(kParts), part) != std::end(kParts))
    return std::nullopt;
  return "may show a face, by its SOP class and Body Part Examined; faces are not removed";
}

}  // namespace deidentify
