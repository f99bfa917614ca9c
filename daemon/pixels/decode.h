// The compressed frames of an instance, decoded.
#pragma once

#include "pixels/codec.h"
#include "pixels/fragments.h"

namespace pixels {

// Of a decoded frame: by pixel, little endian, one.
Layout layout_of_raster(const Layout& layout);

class Decode {
 public:
  // Both outlive it.
  static base::Result<Decode> open(const dicom::File& file, const dicom::Source& source,
                                   const Layout& layout);
  base::Result<Raster> frame(std::uint32_t number) const;
  const Codec& codec() const { return *codec_; }
  const Layout& layout() const { return layout_; }  // of each frame
  std::uint32_t frames() const { return static_cast<std::uint32_t>(fragments_.size()); }

 private:
  const Codec* codec_ = nullptr;
  const dicom::Source* source_ = nullptr;
  Layout layout_;
  Fragments fragments_;
  bool expects_transform_ = false;
};

}  // namespace pixels
