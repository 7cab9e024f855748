#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/image/patches.hpp"

using namespace crescent;

namespace {

const Json& golden() {  // made by tests/golden/image_patches.py from transformers
  static const Json json = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/image_patches.json");
  return json;
}

// Stripes of noise and of ramps, the same as the script's.
Image picture(int64_t height, int64_t width) {
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * height * width))};
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    const size_t y = i / (3 * width), x = i / 3 % width, c = i % 3;
    uint32_t noise = static_cast<uint32_t>(i * 2654435761u + 12345u);
    noise ^= noise >> 13;
    noise *= 1274126177u;
    image.rgb[i] = static_cast<uint8_t>(y / 9 % 2 == 0 ? noise >> 24 : (y * 5 + x * 3 + c * 40) % 256);
  }
  return image;
}

std::string folder_with(const std::string& file, const std::string& text) {
  const std::string folder = CRESCENT_BINARY_DIR "/image_test";
  std::filesystem::remove_all(folder);
  make_folders(folder);
  write_file_atomically(folder + "/" + file, text);
  return folder;
}

std::string refusal(const std::string& text) {
  try {
    read_image_processor_config(folder_with("preprocessor_config.json", text));
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

}  // namespace

TEST_CASE("patches equal those of transformers' Qwen2VLImageProcessor, bit for bit") {
  for (const Json& want : golden()["cases"]) {
    CAPTURE(want.dump());
    ImageProcessorConfig config;
    config.min_pixels = want["min_pixels"];
    config.max_pixels = want["max_pixels"];
    const Patches patches = patches_of(picture(want["height"], want["width"]), config);
    REQUIRE(patches.grid_height == want["grid"][0].get<int64_t>());
    REQUIRE(patches.grid_width == want["grid"][1].get<int64_t>());
    REQUIRE(patches.rows.size(0) == patches.grid_height * patches.grid_width);
    REQUIRE(patches.rows.size(1) == 1176);
    const float* values = patches.rows.const_data_ptr<float>();
    for (const Json& probe : want["probes"]) CHECK(values[probe[0].get<int64_t>()] == probe[1].get<float>());
    uint64_t hash = 1469598103934665603u;
    double sum = 0;
    for (int64_t i = 0; i < patches.rows.numel(); ++i) {
      hash = (hash ^ std::bit_cast<uint32_t>(values[i])) * 1099511628211u;
      sum += values[i];
    }
    CHECK(std::abs(sum - want["sum"].get<double>()) < 1e-6 * static_cast<double>(patches.rows.numel()));
    CHECK(std::to_string(hash) == want["fnv"].get<std::string>());
  }
}

TEST_CASE("smart_resize equals the reference on odd sizes, halves and both limits") {
  for (const Json& row : golden()["smart_resize"]) {
    CAPTURE(row.dump());
    const ImageSize size = smart_resize({row[0], row[1]}, 28, row[2], row[3]);
    CHECK(size.height == row[4].get<int64_t>());
    CHECK(size.width == row[5].get<int64_t>());
  }
}

TEST_CASE("a picture that is too long is refused with its ratio") {
  CHECK_THROWS_WITH_AS(smart_resize({2, 500}, 28, 3136, 1003520),
                       "the picture is 500 x 2 pixels: its sides have the ratio 250.0, and at most 200 is read; cut it",
                       Error);
}

TEST_CASE("limits come from size, min_pixels and max_pixels, nested or not, and defaults hold without a file") {
  ImageProcessorConfig config = read_image_processor_config(folder_with("other.json", "{}"));
  CHECK(config.max_pixels == 1003520);
  config = read_image_processor_config(folder_with(
      "preprocessor_config.json", R"({"size": {"shortest_edge": 784, "longest_edge": 7840}, "max_pixels": 999})"));
  CHECK(config.min_pixels == 784);
  CHECK(config.max_pixels == 999);
  config = read_image_processor_config(folder_with(
      "processor_config.json",
      R"({"image_processor": {"size": {"shortest_edge": 3136, "longest_edge": 12845056}, "image_std": [1, 2, 3]}})"));
  CHECK(config.max_pixels == 12845056);
  CHECK(config.std[2] == 3);
  const std::string written = write_image_processor_config(config).dump();
  const ImageProcessorConfig again = read_image_processor_config(folder_with("preprocessor_config.json", written));
  CHECK(write_image_processor_config(again).dump() == written);
}

TEST_CASE("settings that are not implemented are refused by name") {
  CHECK(refusal(R"({"do_normalize": false})") == "\"do_normalize\" is false, but only true is implemented");
  CHECK(refusal(R"({"resample": 2})") == "\"resample\" is 2, but only 3 (bicubic) is implemented");
  CHECK(refusal(R"({"rescale_factor": 1})") == "\"rescale_factor\" is 1, but only 1/255 is implemented");
  CHECK(refusal(R"({"image_mean": [1, 2]})") == "\"image_mean\" must be three numbers, found [1,2]");
  CHECK(refusal(R"({"patch_size": 0})") == "\"patch_size\" must be at least 1, found 0");
  CHECK(refusal(R"({"min_pixels": 9, "max_pixels": 8})") == "\"min_pixels\" 9 is over \"max_pixels\" 8");
}
