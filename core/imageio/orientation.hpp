// EXIF orientation: how a camera was held (EXIF 2.3, tag 0x0112).
#pragma once

#include <string_view>

#include "core/imageio/image.hpp"

namespace crescent {

// The orientation of a TIFF block, 1 to 8; 1 (upright) when the block is broken or has none, as PIL takes it.
int exif_orientation(std::string_view tiff);

Image upright(Image image, int orientation);

}  // namespace crescent
