// PNG through libspng.
#include <spng.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/imageio/image.hpp"
#include "core/imageio/orientation.hpp"

namespace crescent {

namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr size_t kHeaderBytes = 26;  // signature, IHDR's length and name, width, height, depth, color type

using Context = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

void check_signature(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) fail("{}: the picture is empty (0 bytes)", name);
  if (bytes.substr(0, 8) == kSignature) return;
  const char* format = nullptr;
  if (bytes.substr(0, 3) == "\xff\xd8\xff") format = "JPEG";
  if (bytes.substr(0, 4) == "RIFF" && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") format = "WebP";
  if (bytes.substr(0, 4) == "GIF8") format = "GIF";
  if (format != nullptr) {
    fail("{}: the picture is a {} file, and only PNG is read yet; convert it to PNG and name that file", name, format);
  }
  fail("{}: the picture is not a PNG file (it begins with bytes {:02x})", name,
       fmt::join(reinterpret_cast<const uint8_t*>(bytes.data()),
                 reinterpret_cast<const uint8_t*>(bytes.data()) + std::min<size_t>(bytes.size(), 4), " "));
}

void check_shape(uint64_t width, uint64_t height, const std::string& name) {
  if (width == 0 || height == 0) fail("{}: the picture is broken: its size is {} x {}", name, width, height);
  if (width * height > static_cast<uint64_t>(kMaxImagePixels)) {
    fail("{}: the picture has {} x {} = {} pixels, and at most {} are read; scale it down", name, width, height,
         width * height, kMaxImagePixels);
  }
}

[[noreturn]] void fail_broken(const std::string& name, int code) {
  const bool cut = code == SPNG_EOF || code == SPNG_IO_EOF || code == SPNG_EIDAT_TOO_SHORT || code == SPNG_EIDAT_STREAM;
  fail("{}: the picture is broken: {}{}", name, spng_strerror(code), cut ? " (the file is cut off or damaged)" : "");
}

// 16-bit grey as PIL converts it to RGB: values over 255 are clipped, not scaled.
std::vector<uint8_t> clipped_grey(const std::vector<uint8_t>& raw, size_t pixels) {
  std::vector<uint8_t> rgb(3 * pixels);
  for (size_t i = 0; i < pixels; ++i) {
    uint16_t value;  // host byte order
    std::memcpy(&value, &raw[2 * i], 2);
    std::fill_n(&rgb[3 * i], 3, static_cast<uint8_t>(std::min<uint16_t>(value, 255)));
  }
  return rgb;
}

}  // namespace

Image decode_png(std::string_view bytes, const std::string& name) {
  check_signature(bytes, name);
  Context context(spng_ctx_new(0), spng_ctx_free);
  if (!context) fail("{}: no memory for decoding", name);
  const auto check = [&](int code) {
    if (code != 0) fail_broken(name, code);
  };
  check(spng_set_crc_action(context.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD));  // as PIL: broken metadata is no harm
  check(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()));
  spng_ihdr header{};
  check(spng_get_ihdr(context.get(), &header));
  check_shape(header.width, header.height, name);

  const bool deep_grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE && header.bit_depth == 16;
  const int format = deep_grey ? SPNG_FMT_PNG : SPNG_FMT_RGB8;
  size_t size = 0;
  check(spng_decoded_image_size(context.get(), format, &size));
  std::vector<uint8_t> pixels(size);
  check(spng_decode_image(context.get(), pixels.data(), size, format, 0));
  check(spng_decode_chunks(context.get()));  // to the end: a file that is cut off behind its pixels is an error too

  Image image;
  image.width = header.width;
  image.height = header.height;
  image.rgb = deep_grey ? clipped_grey(pixels, size_t{header.width} * header.height) : std::move(pixels);
  spng_exif exif{};
  const bool has_exif = spng_get_exif(context.get(), &exif) == 0;
  return has_exif ? upright(std::move(image), exif_orientation({exif.data, exif.length})) : image;
}

Image read_png(const std::string& path) { return decode_png(read_file(path), path); }

void check_png_is_whole(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) fail("{}: cannot be opened: {}", path, std::strerror(errno));
  char chunk[8];  // its length, big-endian, and its type; the content and a checksum of 4 bytes follow
  long at = 8;    // after the signature
  for (;;) {
    if (std::fseek(file.get(), at, SEEK_SET) != 0 || std::fread(chunk, 1, sizeof chunk, file.get()) != sizeof chunk)
      fail("{}: the picture is cut short: it has no end (IEND)", path);
    if (std::memcmp(chunk + 4, "IEND", 4) == 0) return;
    uint32_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<uint8_t>(chunk[i]);
    at += 12 + static_cast<long>(length);
  }
}

ImageShape read_png_shape(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) fail("{}: cannot be opened: {}", path, std::strerror(errno));
  char header[kHeaderBytes];
  const size_t size = std::fread(header, 1, sizeof header, file.get());
  if (std::ferror(file.get())) fail("{}: cannot be read: {}", path, std::strerror(errno));
  check_signature({header, size}, path);
  if (size < sizeof header || std::memcmp(header + 12, "IHDR", 4) != 0)
    fail("{}: the picture is broken: no header", path);
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<uint8_t>(header[i]);
    return value;
  };
  const uint32_t width = number(16), height = number(20);
  check_shape(width, height, path);
  return {width, height};
}

std::string encode_png(const Image& image, int compression) {
  if (image.width <= 0 || image.height <= 0 ||
      image.rgb.size() != static_cast<size_t>(3 * image.width * image.height)) {
    fail("a picture of {} x {} needs {} bytes of RGB, but has {}", image.width, image.height,
         3 * image.width * image.height, image.rgb.size());
  }
  Context context(spng_ctx_new(SPNG_CTX_ENCODER), spng_ctx_free);
  const auto check = [&](int code) {
    if (code != 0) fail("a picture cannot be encoded as PNG: {}", spng_strerror(code));
  };
  check(context ? 0 : SPNG_EMEM);
  check(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  check(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, compression));
  if (compression <= 1) check(spng_set_option(context.get(), SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING));  // fast
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(image.width);
  header.height = static_cast<uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  check(spng_set_ihdr(context.get(), &header));
  check(spng_encode_image(context.get(), image.rgb.data(), image.rgb.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE));
  size_t size = 0;
  int code = 0;
  std::unique_ptr<void, decltype(&std::free)> buffer(spng_get_png_buffer(context.get(), &size, &code), std::free);
  check(code);
  return std::string(static_cast<const char*>(buffer.get()), size);
}

void write_png(const std::string& path, const Image& image, int compression) {
  const std::string bytes = encode_png(image, compression);
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) fail("{}: cannot be created: {}", path, std::strerror(errno));
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed) fail("{}: cannot be written: {}", path, std::strerror(errno));
}

}  // namespace crescent
