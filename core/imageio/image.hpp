// 8-bit RGB pictures, and PNG files to and from them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct Image {
  int64_t width = 0, height = 0;  // pixels
  std::vector<uint8_t> rgb;       // [height, width, 3]
};

// A larger picture is an error, not a crash: 64 Mpx decode to 192 MiB.
inline constexpr int64_t kMaxImagePixels = int64_t{1} << 26;

// Pixels as PIL's exif_transpose(Image.open(path)).convert("RGB") gives them: palettes and greys expanded, 16 bits cut
// to 8 (16-bit grey clipped at 255, as PIL does), alpha dropped, the orientation of an eXIf chunk applied. Throws Error
// naming the path: unreadable, truncated, too large, or not a PNG (JPEG and WebP are named). Any thread.
Image read_png(const std::string& path);
Image decode_png(std::string_view bytes, const std::string& name);  // `name` stands in errors

struct ImageShape {
  int64_t width = 0, height = 0;  // as stored, before any orientation
};
ImageShape read_png_shape(const std::string& path);  // reads the header alone; throws as read_png does
// Walks the chunks' headers to the last one, which finds a file that was cut short without decoding it; throws as
// read_png does. Damaged pixels in a file of the right length are found only by read_png.
void check_png_is_whole(const std::string& path);

// `compression`: zlib's 0 (none) to 9 (smallest).
std::string encode_png(const Image& image, int compression = 6);
// Not flushed to disk: whoever writes many pictures flushes once.
void write_png(const std::string& path, const Image& image, int compression = 6);

}  // namespace crescent
