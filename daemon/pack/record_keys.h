// What the basic directory (DICOMDIR, PS3.3 Annex F) and the index say about one instance, copied
// from its header as it leaves. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dicom/data_set.h"

namespace pack {

struct Head {
  std::string patient_id, study_uid, series_uid;  // what the instance belongs to
  std::string sop_instance_uid, sop_class_uid, transfer_syntax_uid;
  std::uint32_t frames = 1;
  std::string_view record_type;  // "IMAGE", "SR DOCUMENT"...; a constant
  // Keys of the directory records of the four levels, ascending, with their Specific Character Set.
  std::vector<dicom::Element> patient, study, series, instance;
};

// Reject when the instance names no study, series or SOP instance.
base::Result<Head> head_of(const dicom::File& file);

// The directory record type of a SOP class (PS3.3 Table F.4-1): PRIVATE where the standard names
// none and there are no pixels.
std::string_view record_type_of(std::string_view sop_class_uid, bool has_pixels);

}  // namespace pack
