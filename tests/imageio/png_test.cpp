#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/imageio/image.hpp"
#include "core/imageio/orientation.hpp"

using namespace crescent;

namespace {

const std::string kVariants = CRESCENT_SOURCE_DIR "/tests/golden/png_variants";

std::string error_of(const std::string& bytes) {
  try {
    decode_png(bytes, "x.png");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

Image gradient(int64_t width, int64_t height) {
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i * 37 + i / 255);
  return image;
}

}  // namespace

TEST_CASE("every color type, depth and orientation decodes to the pixels of PIL's convert(\"RGB\")") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kVariants)) {
    if (entry.path().extension() != ".png") continue;
    CAPTURE(entry.path().string());
    const std::string golden = read_file(std::filesystem::path(entry.path()).replace_extension(".rgb").string());
    uint32_t shape[2];
    std::memcpy(shape, golden.data(), sizeof shape);
    const Image image = read_png(entry.path().string());
    REQUIRE(image.width == shape[0]);
    REQUIRE(image.height == shape[1]);
    REQUIRE(image.rgb.size() == golden.size() - sizeof shape);
    CHECK(std::memcmp(image.rgb.data(), golden.data() + sizeof shape, image.rgb.size()) == 0);
    const ImageShape stored = read_png_shape(entry.path().string());
    CHECK(stored.width == 7);
    CHECK(stored.height == 5);
    ++files;
  }
  CHECK(files == 25);
}

TEST_CASE("what is encoded is decoded to the same pixels at any compression") {
  const Image image = gradient(33, 21);
  for (const int compression : {0, 1, 9}) {
    const Image back = decode_png(encode_png(image, compression), "back");
    CHECK(back.width == 33);
    CHECK(back.height == 21);
    CHECK(back.rgb == image.rgb);
  }
}

TEST_CASE("a file that is cut off anywhere is an error that names it") {
  const std::string whole = encode_png(gradient(40, 30));
  for (size_t size = 0; size + 4 < whole.size(); ++size) {  // the last four bytes are the closing chunk's checksum
    CAPTURE(size);
    const std::string text = error_of(whole.substr(0, size));
    CHECK(text.rfind("x.png: the picture is", 0) == 0);
  }
  CHECK(error_of(whole.substr(0, whole.size() - 12)).find("(the file is cut off or damaged)") != std::string::npos);
  std::string damaged = whole;
  damaged[whole.size() / 2] ^= 0x40;
  CHECK(error_of(damaged).rfind("x.png: the picture is broken: ", 0) == 0);
}

TEST_CASE("a picture of another format is named, with the remedy") {
  CHECK(error_of("\xff\xd8\xff\xe0 and so on") ==
        "x.png: the picture is a JPEG file, and only PNG is read yet; convert it to PNG and name that file");
  CHECK(error_of("RIFF1234WEBPVP8 ") ==
        "x.png: the picture is a WebP file, and only PNG is read yet; convert it to PNG and name that file");
  CHECK(error_of("hello") == "x.png: the picture is not a PNG file (it begins with bytes 68 65 6c 6c)");
  CHECK(error_of("") == "x.png: the picture is empty (0 bytes)");
}

TEST_CASE("a picture that is too large is refused before its pixels are allocated") {
  std::string bytes = encode_png(gradient(2, 2));
  const std::string header("\0\x01\0\0\0\0\x80\0", 8);  // 65536 x 32768
  bytes.replace(16, 8, header);
  const auto crc = [](std::string_view data) {
    uint32_t value = ~0u;
    for (const char c : data) {
      value ^= static_cast<uint8_t>(c);
      for (int i = 0; i < 8; ++i) value = value >> 1 ^ (0xedb88320u & (0u - (value & 1)));
    }
    return ~value;
  };
  const uint32_t sum = crc(std::string_view(bytes).substr(12, 17));
  for (int i = 0; i < 4; ++i) bytes[29 + i] = static_cast<char>(sum >> (24 - 8 * i));
  CHECK(error_of(bytes) ==
        "x.png: the picture has 65536 x 32768 = 2147483648 pixels, and at most 67108864 are read; scale it down");
}

TEST_CASE("a missing file and a file that cannot be written are errors with the path") {
  CHECK_THROWS_WITH_AS(read_png("/nonexistent/a.png"),
                       "/nonexistent/a.png: cannot be opened: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(read_png_shape("/nonexistent/a.png"),
                       "/nonexistent/a.png: cannot be opened: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(write_png("/nonexistent/a.png", gradient(2, 2)),
                       "/nonexistent/a.png: cannot be created: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(encode_png(Image{2, 2, {}}), "a picture of 2 x 2 needs 12 bytes of RGB, but has 0", Error);
}

TEST_CASE("a broken EXIF block means upright") {
  CHECK(exif_orientation("") == 1);
  CHECK(exif_orientation("II*\0\xff\xff\xff\xff") == 1);
  CHECK(exif_orientation(std::string("II*\0\x08\0\0\0\x05\0\x12\x01", 12)) == 1);
}
