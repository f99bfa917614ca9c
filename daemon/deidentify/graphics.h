// Annotations that a presentation state draws over images (PS3.15 section E.3.3).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dicom/data_set.h"

namespace deidentify {

// Points, circles, ellipses and lines of few points; with more of them somebody may have written.
bool is_plain_graphic(const std::vector<dicom::Element>& graphic_object);
// An annotation that has anything left to draw.
bool draws_something(const std::vector<dicom::Element>& annotation);
// Layers that no annotation lies on go, and with the last the sequence.
void drop_idle_layers(std::vector<dicom::Element>& elements);
// A shutter whose shape is an overlay plane.
bool has_bitmap_shutter(const std::vector<dicom::Element>& elements);

// Layers may be named after somebody: LAYER1, LAYER2... in the order in which they are met.
class LayerNames {
 public:
  std::string of(const std::string& original);

 private:
  std::map<std::string, std::string> names_;
};

}  // namespace deidentify
