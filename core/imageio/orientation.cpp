#include "core/imageio/orientation.hpp"

#include <cstring>

namespace crescent {

namespace {

// Numbers of a TIFF block, in the byte order that its first two letters name.
struct Tiff {
  std::string_view bytes;
  bool big_endian;
  bool has(size_t at, size_t size) const { return at <= bytes.size() && size <= bytes.size() - at; }
  uint32_t number(size_t at, int size) const {
    uint32_t value = 0;
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (big_endian ? size - 1 - i : i);
      value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << shift;
    }
    return value;
  }
};

}  // namespace

int exif_orientation(std::string_view tiff) {
  if (tiff.substr(0, 6) == std::string_view("Exif\0\0", 6)) tiff.remove_prefix(6);
  if (tiff.size() < 8 || (tiff.substr(0, 2) != "II" && tiff.substr(0, 2) != "MM")) return 1;
  const Tiff block{tiff, tiff[0] == 'M'};
  const size_t directory = block.number(4, 4);
  if (!block.has(directory, 2)) return 1;
  const size_t entries = block.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;  // tag u16, type u16, count u32, value u16 in its first bytes
    if (!block.has(entry, 12)) return 1;
    if (block.number(entry, 2) != 0x0112) continue;
    const uint32_t value = block.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool sides_swap = orientation >= 5;
  Image out;
  out.width = sides_swap ? image.height : image.width;
  out.height = sides_swap ? image.width : image.height;
  out.rgb.resize(image.rgb.size());
  for (int64_t y = 0; y < out.height; ++y) {
    for (int64_t x = 0; x < out.width; ++x) {
      const int64_t right = image.width - 1, bottom = image.height - 1;
      int64_t from_x = x, from_y = y;  // where the pixel at (x, y) is stored
      switch (orientation) {
        case 2:
          from_x = right - x;
          break;
        case 3:
          from_x = right - x, from_y = bottom - y;
          break;
        case 4:
          from_y = bottom - y;
          break;
        case 5:
          from_x = y, from_y = x;
          break;
        case 6:
          from_x = y, from_y = bottom - x;
          break;
        case 7:
          from_x = right - y, from_y = bottom - x;
          break;
        case 8:
          from_x = right - y, from_y = x;
          break;
      }
      std::memcpy(&out.rgb[3 * (y * out.width + x)], &image.rgb[3 * (from_y * image.width + from_x)], 3);
    }
  }
  return out;
}

}  // namespace crescent
