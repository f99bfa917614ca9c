#include "pixels/frames.h"

#include <algorithm>
#include <optional>

#include "pixels/decode.h"

namespace pixels {

struct Frames::State {
  const dicom::Source* source;
  const dicom::Element* pixel_data;
  Layout layout;
  std::optional<Decode> decode;
};

Frames::Frames(std::unique_ptr<State> state) : state_(std::move(state)) {}
Frames::Frames(Frames&&) noexcept = default;
Frames::~Frames() = default;

base::Result<Frames> Frames::open(const dicom::File& file, const dicom::Source& source) {
  auto state = std::make_unique<State>();
  state->source = &source;
  state->layout = TRY(layout_of(file));
  state->pixel_data = dicom::find(file.elements, {0x7FE0, 0x0010});
  if (!state->pixel_data) return base::reject("pixels.frames", "no pixel data");
  if (file.syntax.encapsulated) {
    state->decode = TRY(Decode::open(file, source, state->layout));
    const auto frames = state->layout.frames;
    state->layout = state->decode->layout();
    state->layout.frames = frames;
  } else if (state->layout.frame_bits() % 8 != 0 && state->layout.frames > 1) {
    return base::reject("pixels.frames", "frames of single bits that do not begin with a byte");
  }
  return Frames(std::move(state));
}

const Layout& Frames::layout() const { return state_->layout; }

base::Result<base::Bytes> Frames::frame(std::uint32_t number) const {
  const auto& [source, pixel_data, layout, decode] = *state_;
  const auto size = layout.frame_bytes();
  if (number >= layout.frames || size > kLargestFrame)
    return base::reject("pixels.frames", "a frame larger than 64 MB");
  if (decode) return std::move(TRY(decode->frame(number)).samples);
  base::Bytes bytes(size);
  const bool held = pixel_data->shape == dicom::Element::Shape::Value;
  const auto length = held ? pixel_data->value.size() : pixel_data->extents.at(0).length;
  if (size * (number + 1) > length) return base::reject("pixels.frames", "pixel data cut short");
  if (!held) {
    TRY(source->read(pixel_data->extents[0].offset + size * number, bytes));
    return bytes;
  }
  const auto begin = pixel_data->value.begin() + static_cast<std::ptrdiff_t>(size * number);
  std::copy_n(begin, size, bytes.begin());
  return bytes;
}

}  // namespace pixels
