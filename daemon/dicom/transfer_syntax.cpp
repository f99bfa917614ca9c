// Transfer syntaxes (PS3.5 Annex A): how each encodes its data set.
#include "dicom/uids.h"

namespace dicom {

TransferSyntax transfer_syntax(std::string_view uid) {
  TransferSyntax syntax{std::string(uid), true, false, true};
  if (uid == kImplicitVRLittleEndian || uid == kPrivateImplicitVRBigEndianPixels)
    syntax.explicit_vr = syntax.encapsulated = false;
  else if (uid == kExplicitVRLittleEndian || uid == kEncapsulatedUncompressed)
    syntax.encapsulated = uid == kEncapsulatedUncompressed;
  else if (uid == kExplicitVRBigEndian)
    syntax = {std::string(uid), true, true, false};
  return syntax;
}

bool is_deflated(std::string_view uid) {
  return uid == kDeflatedExplicitVRLittleEndian || uid == kJPIPReferencedDeflate ||
         uid == kJPIPHTJ2KReferencedDeflate;
}

bool is_valid_uid(std::string_view uid) {
  if (uid.empty() || uid.size() > 64 || uid.front() == '.' || uid.back() == '.') return false;
  for (std::size_t i = 0; i < uid.size(); ++i) {
    const char c = uid[i];
    if (c == '.' ? uid[i - 1] == '.' : c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace dicom
