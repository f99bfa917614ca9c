// A whole Part 10 file, as the pre-scan of every instance reads it.
#include "data_sets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const base::ByteView whole(bytes, size);
  const dicom::MemorySource source(whole);
  const auto file = dicom::read_file(source);
  if (!file.ok()) {
    fuzz::check_reason(file.fault());
    return 0;
  }
  const auto head = dicom::read_head(source);
  HOLDS(head.ok() && head.value().data_set_offset == file.value().data_set_offset);
  HOLDS(head.value().meta.sop_instance_uid == file.value().meta.sop_instance_uid);
  HOLDS(file.value().data_set_offset + file.value().data_set_size == size);
  fuzz::check_limits(file.value().elements, {});
  fuzz::check_survives_writing(file.value(), whole);
  return 0;
}
