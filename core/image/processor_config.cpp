// preprocessor_config.json and processor_config.json, to and from ImageProcessorConfig.
#include <cmath>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/image/patches.hpp"

namespace crescent {

namespace {

namespace fs = std::filesystem;

constexpr int kBicubic = 3;  // PIL's number

// Settings that this processor has no choice about: another value is refused, not ignored.
void check_fixed(const Json& json, const Place& place) {
  for (const char* key : {"do_resize", "do_rescale", "do_normalize", "do_convert_rgb"}) {
    if (!json.contains(key) || json[key].is_null()) continue;
    if (!json[key].is_boolean() || !json[key].get<bool>())
      throw Error(fmt::format("\"{}\" is {}, but only true is implemented", key, json[key].dump()), place);
  }
  if (json.contains("resample") && json["resample"] != kBicubic)
    throw Error(fmt::format("\"resample\" is {}, but only 3 (bicubic) is implemented", json["resample"].dump()), place);
  if (json.contains("rescale_factor") && std::abs(number_member(json, "rescale_factor", place) * 255 - 1) > 1e-9)
    throw Error(fmt::format("\"rescale_factor\" is {}, but only 1/255 is implemented", json["rescale_factor"].dump()),
                place);
}

void read_count(const Json& json, const char* key, const Place& place, int64_t& out) {
  if (!json.contains(key) || json[key].is_null()) return;
  out = integer_member(json, key, place);
  if (out < 1) throw Error(fmt::format("\"{}\" must be at least 1, found {}", key, out), place);
}

void read_channels(const Json& json, const char* key, const Place& place, std::array<double, 3>& out) {
  if (!json.contains(key)) return;
  const Json& list = json[key];
  bool sound = list.is_array() && list.size() == 3;
  for (int c = 0; sound && c < 3; ++c) sound = list[c].is_number();
  if (!sound) throw Error(fmt::format("\"{}\" must be three numbers, found {}", key, list.dump()), place);
  for (int c = 0; c < 3; ++c) out[c] = list[c].get<double>();
}

ImageProcessorConfig parse(const Json& json, const Place& place) {
  if (!json.is_object()) throw Error(fmt::format("must hold an object, found {}", json.type_name()), place);
  check_fixed(json, place);
  ImageProcessorConfig config;
  if (json.contains("size") && json["size"].is_object()) {
    read_count(json["size"], "shortest_edge", place, config.min_pixels);
    read_count(json["size"], "longest_edge", place, config.max_pixels);
    read_count(json["size"], "min_pixels", place, config.min_pixels);
    read_count(json["size"], "max_pixels", place, config.max_pixels);
  }
  read_count(json, "min_pixels", place, config.min_pixels);
  read_count(json, "max_pixels", place, config.max_pixels);
  read_count(json, "patch_size", place, config.patch_size);
  read_count(json, "temporal_patch_size", place, config.temporal_patch_size);
  read_count(json, "merge_size", place, config.merge_size);
  read_channels(json, "image_mean", place, config.mean);
  read_channels(json, "image_std", place, config.std);
  for (const double std : config.std) {
    if (std <= 0) throw Error(fmt::format("\"image_std\" must be positive, found {}", std), place);
  }
  if (config.min_pixels > config.max_pixels)
    throw Error(fmt::format("\"min_pixels\" {} is over \"max_pixels\" {}", config.min_pixels, config.max_pixels),
                place);
  return config;
}

}  // namespace

ImageProcessorConfig read_image_processor_config(const std::string& folder) {
  const std::string nested = (fs::path(folder) / "processor_config.json").string();
  if (fs::exists(nested)) {  // before the other file, as transformers 5 has it
    const Json json = read_json_file(nested);
    if (json.is_object() && json.contains("image_processor")) return parse(json["image_processor"], {nested});
  }
  const std::string flat = (fs::path(folder) / "preprocessor_config.json").string();
  return fs::exists(flat) ? parse(read_json_file(flat), {flat}) : ImageProcessorConfig{};
}

Json write_image_processor_config(const ImageProcessorConfig& config) {
  return {{"min_pixels", config.min_pixels},
          {"max_pixels", config.max_pixels},
          {"size", {{"shortest_edge", config.min_pixels}, {"longest_edge", config.max_pixels}}},
          {"patch_size", config.patch_size},
          {"temporal_patch_size", config.temporal_patch_size},
          {"merge_size", config.merge_size},
          {"image_mean", config.mean},
          {"image_std", config.std},
          {"do_convert_rgb", true},
          {"do_resize", true},
          {"do_rescale", true},
          {"do_normalize", true},
          {"rescale_factor", 1.0 / 255.0},
          {"resample", kBicubic},
          {"image_processor_type", "Qwen2VLImageProcessor"},
          {"processor_class", "Qwen2_5_VLProcessor"}};
}

}  // namespace crescent
