// Log-probabilities, entropies and gradients against transformers (tests/golden/model_parity.py made the numbers).
#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "core/base/files.hpp"
#include "core/model/model.hpp"
#include "tests/model/noise.hpp"

using namespace crescent;

namespace {

at::Tensor to_tensor(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

// The same values as the script's `value`.
at::Tensor weight_value(const std::string& key, at::IntArrayRef shape) {
  int64_t count = 1, fan_in = 1;
  for (const int64_t n : shape) count *= n;
  for (size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
  std::vector<double> n = noise(key, count);
  const bool bias = key.size() > 4 && key.substr(key.size() - 4) == "bias";
  for (double& v : n) {
    if (bias) {
      v = 0.3 * v;
    } else if (shape.size() == 1) {
      v = 1 + 0.5 * v;
    } else if (key.find("embed_tokens") != std::string::npos) {
      v = 0.6 * v;
    } else {
      v = v * 1.8 / std::sqrt(static_cast<double>(fan_in));
    }
  }
  return to_tensor(n).to(at::kFloat).reshape(shape);
}

struct Case {
  explicit Case(const Json& json) : json(json), model(make_model(json)) {
    const std::string name = json["name"];
    for (size_t g = 0; g < json["groups"].size(); ++g) add_group(name, g);
    for (size_t g = 0; g < prompts.size(); ++g) {
      PackedGroup group{&prompts[g], {}};
      for (const auto& r : responses[g]) group.responses.emplace_back(r);
      groups.push_back(group);
    }
  }

  static VisionLanguageModel make_model(const Json& json) {
    const std::string folder =
        std::filesystem::temp_directory_path() / ("crescent_parity_" + json["name"].get<std::string>());
    make_folders(folder);
    write_file_atomically(folder + "/config.json", json["config"].dump());
    write_file_atomically(folder + "/generation_config.json", R"({"eos_token_id": [7, 8], "pad_token_id": 9})");
    auto model = VisionLanguageModel::random(read_model_config(folder), 1);
    for (auto& [key, value] : model.hugging_face_tensors()) value.copy_(weight_value(key, value.sizes()));
    std::filesystem::remove_all(folder);
    return model;
  }

  void add_group(const std::string& name, size_t g) {
    const Json& group = json["groups"][g];
    RenderedPrompt prompt;
    prompt.tokens = group["prompt"].get<std::vector<int32_t>>();
    for (const auto& p : group["positions"]) prompt.positions.push_back(p.get<Position>());
    prompt.next_position = group["next_position"];
    int64_t rows = 0;
    for (const auto& grid : group["images"]) {
      prompt.images.push_back({grid[0], grid[1]});
      rows += prompt.images.back().height * prompt.images.back().width;
    }
    if (rows > 0) {
      const int64_t width = 3 * 2 * 14 * 14;
      prompt.patches = (to_tensor(noise(name + " patches " + std::to_string(g), rows * width)) * 1.5)
                           .to(at::kFloat)
                           .view({rows, width});
    }
    prompts.push_back(std::move(prompt));
    responses.push_back(group["responses"].get<std::vector<std::vector<int32_t>>>());
    for (const auto& list : group["logprobs"])
      for (const double x : list) logprobs.push_back(x);
    for (const auto& list : group["entropies"])
      for (const double x : list) entropies.push_back(x);
  }

  Json json;
  VisionLanguageModel model;
  std::vector<RenderedPrompt> prompts;
  std::vector<std::vector<std::vector<int32_t>>> responses;
  std::vector<PackedGroup> groups;
  std::vector<double> logprobs, entropies;
};

double largest_difference(const at::Tensor& found, const std::vector<double>& expected) {
  return (found.detach().to(at::kDouble) - to_tensor(expected)).abs().max().item<double>();
}

Json golden() { return read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/model_parity.json")["cases"]; }

// Gradients by Hugging Face key: slices of the fused ones.
NamedTensors gradients(const VisionLanguageModel& model) {
  auto with_grad = model.clone();
  const NamedTensors from = model.parameters(), to = with_grad.parameters();
  for (size_t i = 0; i < from.size(); ++i) at::Tensor(to[i].second).copy_(from[i].second.grad());
  return with_grad.hugging_face_tensors();
}

void check_gradient(const Json& expected, const std::string& key, const at::Tensor& gradient) {
  INFO(key);
  const at::Tensor g = gradient.to(at::kDouble).reshape({-1}).contiguous();
  const double norm = expected["norm"], scale = norm / std::sqrt(static_cast<double>(g.numel()));
  CHECK(g.norm().item<double>() == doctest::Approx(norm).epsilon(1e-4));
  const double against = (g * to_tensor(noise(key + " direction", g.numel()))).sum().item<double>();
  CHECK(std::abs(against - expected["against_noise"].get<double>()) < 1e-4 * norm);
  for (size_t i = 0; i < expected["places"].size(); ++i) {
    const double found = g[expected["places"][i].get<int64_t>()].item<double>(), value = expected["values"][i];
    CHECK(std::abs(found - value) < 1e-4 * std::max(std::abs(value), scale));
  }
}

}  // namespace

TEST_CASE("log-probabilities, entropies and gradients of packed groups equal transformers'") {
  for (const Json& json : golden()) {
    INFO(json["name"].get<std::string>());
    Case c(json);
    c.model.set_requires_grad(true);
    const PackedBatch batch = pack_groups(c.groups);
    const TokenLogprobs out = c.model.logprobs(c.model.hidden(batch.input), batch.targets, json["temperature"]);
    CHECK(largest_difference(out.logprobs, c.logprobs) < 2e-5);
    CHECK(largest_difference(out.entropy, c.entropies) < 2e-5);
    std::vector<double> weights = noise(json["name"].get<std::string>() + " weights", 1000);
    weights.resize(c.logprobs.size());
    const at::Tensor w = to_tensor(weights).to(at::kFloat);
    ((out.logprobs * w).sum() + (out.entropy * w).sum() * 0.5).backward();
    size_t checked = 0;
    for (const auto& [key, gradient] : gradients(c.model)) {
      REQUIRE(json["gradients"].contains(key));
      check_gradient(json["gradients"][key], key, gradient);
      ++checked;
    }
    CHECK(checked == json["gradients"].size());
  }
}
