// Elements that the engine makes: dummies by VR, text padded as PS3.5 asks, the items of a sequence
// that may not be empty.
#pragma once

#include <string_view>

#include "base/secret_bytes.h"
#include "dicom/data_set.h"

namespace deidentify {

dicom::Element text_element(dicom::Tag tag, dicom::VR vr, std::string_view text);
dicom::Element empty_element(dicom::Tag tag, dicom::VR vr);
// A value that says nothing: DA 19000101, text ANONYMIZED, UI mapped from `original`...
dicom::Element dummy_element(const dicom::Element& original, dicom::VR vr,
                             const base::SecretBytes& uid_key);
// Every value of a UI mapped unless registered; empty ones stay. `anomalies` counts values that are
// no UIDs; they are mapped all the same.
dicom::Element mapped_element(const dicom::Element& original, const base::SecretBytes& uid_key,
                              std::uint64_t& anomalies);
bool is_number_text(dicom::VR vr);  // DS, IS
// Nothing but what numbers, or UIDs, are written with.
bool is_of_numbers(std::string_view text);
bool is_of_uids(std::string_view text);
// Puts it in its place, over an element of the same tag if there is one.
void put(std::vector<dicom::Element>& elements, dicom::Element element);

}  // namespace deidentify
