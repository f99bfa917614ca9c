// A data set alone, in the transfer syntax and under the limits that the first bytes choose.
#include "dicom/walk.h"

#include "data_sets.h"
#include "dicom/uids.h"

namespace {

constexpr std::string_view kSyntaxes[] = {dicom::kImplicitVRLittleEndian,
                                          dicom::kExplicitVRLittleEndian,
                                          dicom::kExplicitVRBigEndian,
                                          dicom::kEncapsulatedUncompressed,
                                          dicom::kPrivateImplicitVRBigEndianPixels,
                                          "1.2.840.10008.1.2.4.90"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  dicom::File file;
  file.syntax = dicom::transfer_syntax(kSyntaxes[bytes[0] % std::size(kSyntaxes)]);
  file.meta = {"1.2.840.10008.5.1.4.1.1.7", "1.2.3", file.syntax.uid, "", ""};
  dicom::Limits limits;
  if (bytes[1] != 0) limits = {bytes[1] % 8u, bytes[1] % 64u, bytes[1] * 4u};
  const base::ByteView whole(bytes, size);
  auto elements = dicom::read_data_set(dicom::MemorySource(whole), 2, file.syntax, limits);
  if (!elements.ok()) {
    fuzz::check_reason(elements.fault());
    return 0;
  }
  fuzz::check_limits(elements.value(), limits);
  file.elements = std::move(elements).value();
  fuzz::check_survives_writing(file, whole);
  return 0;
}
