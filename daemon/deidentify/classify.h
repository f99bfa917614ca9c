// Whether an instance may be released at all, by its SOP class and by what its attributes say about
// text in the pixels. Fails closed.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "deidentify/choices.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "identity/identifiers.h"

namespace deidentify {

// The reason for quarantine, without patient data; nullopt: may be released.
std::optional<std::string> refuse_sop_class(const dicom::File& original,
                                            const std::set<Option>& options);
// Whether it has pixels that may hold text; without any, what the header says of them is no reason.
bool has_pixels(const dicom::File& original);
std::optional<std::string> suspect_pixels(const dicom::File& original);
// By its class or any of its modalities, as they are written: it has regions, beside which is text.
bool is_ultrasound(const dicom::File& original);
// Of such a reason: it is text in the pixels, which blanking them can cure.
bool is_about_text(std::string_view reason);

}  // namespace deidentify
