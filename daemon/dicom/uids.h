// UIDs that the house itself speaks of, and the form of a UID (PS3.5 section 9.1).
#pragma once

#include <string_view>

#include "dicom/data_set.h"

namespace dicom {

inline constexpr std::string_view kImplicitVRLittleEndian = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicitVRLittleEndian = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kEncapsulatedUncompressed = "1.2.840.10008.1.2.1.98";
inline constexpr std::string_view kDeflatedExplicitVRLittleEndian = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view kExplicitVRBigEndian = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kJPIPReferencedDeflate = "1.2.840.10008.1.2.4.95";
inline constexpr std::string_view kJPIPHTJ2KReferencedDeflate = "1.2.840.10008.1.2.4.205";
// General Electric's: Implicit VR Little Endian but for the words of its pixel data.
inline constexpr std::string_view kPrivateImplicitVRBigEndianPixels = "1.2.840.113619.5.2";

// Who wrote a file (PS3.10 section 7.1).
inline constexpr std::string_view kImplementationClassUID =
    "2.25.334699157545281492229604799751037360693";
inline constexpr std::string_view kImplementationVersionName = "DCMCOURIER";

// The whole data set is compressed: not read here.
bool is_deflated(std::string_view transfer_syntax_uid);
// Digits and single dots, at most 64. Leading zeros of a component are let pass: modalities send
// them, and nothing here counts with components.
bool is_valid_uid(std::string_view uid);

}  // namespace dicom
