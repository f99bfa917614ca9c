// Reading what is left in the pixels after blanking, and before it. A detector: it holds back, and
// never lets anything out that would not have left without it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deidentify/burned_text.h"
#include "deidentify/clean_pixels.h"
#include "recognize/reader.h"

namespace deidentify {

inline constexpr std::uint32_t kMostFramesRead = 5;
inline constexpr std::chrono::seconds kMostForPicture{60};

// Those that are read: the first, the last, and as many as may be between them, evenly.
std::vector<std::uint32_t> frames_to_read(std::uint32_t frames);

struct ReadWork {
  std::optional<std::string> quarantine;  // without patient data
  std::uint64_t frames = 0;
  bool text_before = false;      // the first frame identified before it was blanked
  std::uint64_t text_after = 0;  // frames in which some text, which does not identify, is left
};

// Of pixels that were blanked. Without a reader it is quarantined. A Fault is the
// reader's, which has nothing to read with.
base::Result<ReadWork> read_pixels(const dicom::File& original, const dicom::Source& source,
                                   const PixelWork& work, recognize::Reader* reader,
                                   const BurnedText& text);

void count_reading(std::map<std::string, std::uint64_t>& counts, const ReadWork& work);

}  // namespace deidentify
