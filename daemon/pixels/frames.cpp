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

  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const;  // of pixel data
};

namespace {

void move_down(base::Bytes& bytes, std::uint64_t bits) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned next = i + 1 < bytes.size() ? bytes[i + 1] : 0u;
    bytes[i] = static_cast<std::uint8_t>((bytes[i] | next << 8) >> bits);
  }
}

}  // namespace

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
  }
  return Frames(std::move(state));
}

const Layout& Frames::layout() const { return state_->layout; }

base::Status Frames::State::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  const bool held = pixel_data->shape == dicom::Element::Shape::Value;
  const auto length = held ? pixel_data->value.size() : pixel_data->extents.at(0).length;
  if (offset + into.size() > length) return base::reject("pixels.frames", "pixel data cut short");
  if (!held) return source->read(pixel_data->extents[0].offset + offset, into);
  std::copy_n(pixel_data->value.begin() + static_cast<std::ptrdiff_t>(offset), into.size(),
              into.begin());
  return base::Done{};
}

base::Result<base::Bytes> Frames::frame(std::uint32_t number) const {
  const auto& layout = state_->layout;
  if (number >= layout.frames || layout.frame_bytes() > kLargestFrame)
    return base::reject("pixels.frames", "a frame larger than 64 MB");
  if (state_->decode) return std::move(TRY(state_->decode->frame(number)).samples);
  // Frames of single bits stand close together: one may begin within a byte.
  const auto begin = layout.frame_bits() * number, end = begin + layout.frame_bits();
  base::Bytes bytes(static_cast<std::size_t>((end + 7) / 8 - begin / 8));
  TRY(state_->read(begin / 8, bytes));
  if (begin % 8 != 0) move_down(bytes, begin % 8);
  bytes.resize(layout.frame_bytes());
  return bytes;
}

}  // namespace pixels
