#include "deidentify/read_pixels.h"

#include <algorithm>

#include "pixels/frames.h"
#include "pixels/grey.h"

namespace deidentify {
namespace {

constexpr std::size_t kLeastWord = 4;  // letters and digits; what is shorter is read everywhere

using Lines = std::vector<std::string>;
using Palette = std::optional<pixels::Palette>;

// What tells how pixels lie, and the pixels: a header may be large.
dicom::File image_of(const dicom::File& original) {
  dicom::File image;
  image.syntax = original.syntax;
  std::copy_if(original.elements.begin(), original.elements.end(),
               std::back_inserter(image.elements), [](const dicom::Element& element) {
                 return element.tag.group == 0x0028 || element.tag.group == 0x7FE0;
               });
  return image;
}

base::Result<Lines> read_frame(const pixels::Frames& frames, std::uint32_t number,
                               const Palette& palette, recognize::Reader& reader) {
  const auto& layout = frames.layout();
  recognize::Picture picture{layout.rows, layout.columns, {}};
  {
    const auto frame = TRY(frames.frame(number));
    picture.grey = pixels::grey_of(frame, layout, palette);
  }
  return reader.read(picture, kMostForPicture);
}

bool has_word(const Lines& lines) {
  return std::any_of(lines.begin(), lines.end(),
                     [](const std::string& line) { return confusable(line).size() >= kLeastWord; });
}

base::Result<ReadWork> read_frames(const pixels::Frames& before, const pixels::Frames& after,
                                   const Palette& palette, recognize::Reader& reader,
                                   const BurnedText& text) {
  ReadWork work;
  // That only counts: one frame tells whether there was something to blank.
  work.text_before = text.is_identifying(TRY(read_frame(before, 0, palette, reader)));
  for (const auto number : frames_to_read(after.layout().frames)) {
    const auto left = TRY(read_frame(after, number, palette, reader));
    ++work.frames;
    if (has_word(left)) ++work.text_after;
    if (!text.is_identifying(left)) continue;
    work.quarantine =
        "text that names the patient, or a date, is left in the pixels after blanking";
    return work;
  }
  return work;
}

}  // namespace

std::vector<std::uint32_t> frames_to_read(std::uint32_t frames) {
  const auto count = std::min(frames, kMostFramesRead);
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < count; ++i)
    numbers.push_back(
        count == 1 ? 0 : static_cast<std::uint32_t>(std::uint64_t{i} * (frames - 1) / (count - 1)));
  return numbers;
}

base::Result<ReadWork> read_pixels(const dicom::File& original, const dicom::Source& source,
                                   const PixelWork& work, recognize::Reader* reader,
                                   const BurnedText& text) {
  const auto read = [&]() -> base::Result<ReadWork> {
    if (reader == nullptr)
      return base::reject("deidentify.read_pixels",
                          "nobody reads what is left in the pixels after blanking");
    auto was = image_of(original);
    put_hidden(was.elements, work.hidden);
    auto is = was;
    put_pixels(is.elements, *work.cleaned);
    is.syntax = work.cleaned->syntax;
    const dicom::Source* from = work.hidden.source.get();
    const auto before = TRY(pixels::Frames::open(was, from ? *from : source));
    const auto after = TRY(pixels::Frames::open(is, *work.cleaned->source));
    Palette palette;
    if (after.layout().colour == pixels::Colour::Palette)
      palette = TRY(pixels::palette_of(original, source, after.layout()));
    return read_frames(before, after, palette, *reader, text);
  };
  auto reading = read();
  if (reading.ok() || reading.fault().remedy != base::Remedy::Reject) return reading;
  ReadWork refused;
  refused.quarantine = reading.fault().what;
  return refused;
}

void count_reading(std::map<std::string, std::uint64_t>& counts, const ReadWork& work) {
  counts["pixels_frames_read"] = work.frames;
  counts["pixels_text_before"] = work.text_before ? 1 : 0;
  counts["pixels_text_after"] = work.text_after;
}

}  // namespace deidentify
