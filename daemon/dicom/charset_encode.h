// The converters of from_utf8 (dicom/charset.h).
#pragma once

namespace dicom::charset {

void load_encoders();

}  // namespace dicom::charset
