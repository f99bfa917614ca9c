// A frame as a picture in 256 greys, for whoever reads text in it; not for looking at anatomy.
#pragma once

#include <optional>

#include "base/result.h"
#include "pixels/layout.h"
#include "pixels/palette.h"

namespace pixels {

// By pixel, 255 the brightest; `frame` as Frames gives it, `palette` of PALETTE COLOR. Stretched
// over the frame's own range: its darkest value, which may be padding or what was blanked, comes no
// farther below the others than those are apart. Of colours the brightest sample where most of the
// frame is dark, the darkest where most is bright, so that coloured text stands out from both.
base::Bytes grey_of(base::ByteView frame, const Layout& layout,
                    const std::optional<Palette>& palette);

}  // namespace pixels
