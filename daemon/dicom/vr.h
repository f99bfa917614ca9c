// What each VR means for reading and writing (PS3.5 sections 6.2 and 7.1.2).
#pragma once

#include <cstddef>

#include "dicom/tag.h"

namespace dicom {

// 32-bit length behind two reserved bytes in explicit VR: OB, SQ, UN... and, by PS3.5
// section 6.2.2, every VR that is not of the standard of today.
bool has_long_length(VR vr);
// Two capital letters.
bool is_well_formed(VR vr);
// Bytes that a change of byte order swaps together: 1, 2, 4 or 8 (AT: 2).
std::size_t word_size(VR vr);
// In the encoding that Specific Character Set names: LO, LT, PN, SH, ST, UC, UT.
bool is_text(VR vr);
// Strings of the default repertoire: AE, AS, CS, DA, DS, DT, IS, TM, UI, UR.
bool is_ascii(VR vr);
// A backslash separates values.
bool is_multi_valued(VR vr);
// What makes an odd value even: NUL for UI and bytes, space for text.
char padding(VR vr);

}  // namespace dicom
