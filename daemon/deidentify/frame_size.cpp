#include "deidentify/frame_size.h"

#include <algorithm>

namespace deidentify {
namespace {

using dicom::Tag;

constexpr std::int64_t kMostOfSide = 65535;
constexpr std::int64_t kMostSamples = 65535;
constexpr std::int64_t kMostBits = 64;
constexpr std::int64_t kMostFrames = 0x7FFFFFFF;

// `otherwise` where the attribute is absent, or has no value; what it has must be in range.
std::optional<std::uint64_t> number(const dicom::File& file, Tag tag, std::int64_t most,
                                    std::optional<std::uint64_t> otherwise = std::nullopt) {
  const auto* element = dicom::find(file.elements, tag);
  if (!element || (otherwise && dicom::trimmed_text(*element).empty())) return otherwise;
  const auto value = dicom::integer_of(file, tag);
  if (!value || *value < 1 || *value > most) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> bits_of_frame(const dicom::File& file) {
  const auto pixels = pixels_of_frame(file);
  const auto samples = number(file, {0x0028, 0x0002}, kMostSamples, 1);
  const auto bits = number(file, {0x0028, 0x0100}, kMostBits);
  if (!pixels || !samples || !bits) return std::nullopt;
  return *pixels * *samples * *bits;  // below 2^54
}

}  // namespace

std::optional<std::uint64_t> pixels_of_frame(const dicom::File& file) {
  const auto rows = number(file, {0x0028, 0x0010}, kMostOfSide);
  const auto columns = number(file, {0x0028, 0x0011}, kMostOfSide);
  if (!rows || !columns) return std::nullopt;
  return *rows * *columns;
}

std::optional<std::uint64_t> number_of_frames(const dicom::File& file) {
  return number(file, {0x0028, 0x0008}, kMostFrames, 1);
}

// Frames of single bits stand close together.
std::optional<std::uint64_t> bytes_of_frames(const dicom::File& file) {
  const auto bits = bits_of_frame(file);
  const auto frames = number_of_frames(file);
  if (!bits || !frames) return std::nullopt;
  constexpr std::uint64_t kMost = ~std::uint64_t{0} - 7;
  return *bits > kMost / *frames ? kMost / 8 : (*bits * *frames + 7) / 8;
}

std::optional<std::uint64_t> bytes_of_frame(const dicom::File& file) {
  const auto bits = bits_of_frame(file);
  return bits ? std::optional((*bits + 7) / 8) : std::nullopt;
}

}  // namespace deidentify
