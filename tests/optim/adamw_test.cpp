#include "core/optim/adamw.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <limits>

#include "core/base/json.hpp"

namespace crescent {
namespace {

const Json& golden() {
  static const Json json = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/grpo_optim.json");
  return json;
}

at::Tensor tensor_of(const Json& numbers, const Json& shape) {
  return at::tensor(numbers.get<std::vector<double>>()).to(at::kFloat).reshape(shape.get<std::vector<int64_t>>());
}

NamedTensors start_parameters() {
  NamedTensors parameters;
  for (size_t i = 0; i < golden()["start"].size(); ++i) {
    parameters.emplace_back("p" + std::to_string(i),
                            tensor_of(golden()["start"][i], golden()["shapes"][i]).set_requires_grad(true));
  }
  return parameters;
}

void set_gradients(NamedTensors& parameters, const Json& step) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].second.mutable_grad() = step[i].is_null() ? at::Tensor() : tensor_of(step[i], golden()["shapes"][i]);
  }
}

AdamWConfig config_of(const Json& entry) {
  return {.lr = entry["lr"],
          .beta1 = entry["betas"][0],
          .beta2 = entry["betas"][1],
          .eps = entry["eps"],
          .weight_decay = entry["weight_decay"],
          .max_grad_norm = entry["max_norm"]};
}

void check_close(const at::Tensor& actual, const Json& expected) {
  const at::Tensor wanted = at::tensor(expected.get<std::vector<double>>()).to(at::kFloat);
  const at::Tensor difference = (actual.detach().flatten() - wanted).abs();
  CHECK(difference.max().item<double>() <= 1e-6);
}

TEST_CASE("after a reset of its moments AdamW steps as one that has made no step") {
  const Json& entry = golden()["cases"][0];
  NamedTensors parameters = start_parameters(), others = start_parameters();
  AdamW used(parameters, config_of(entry)), fresh(others, config_of(entry));
  for (const Json& gradients : golden()["gradients"]) {
    set_gradients(parameters, gradients);
    used.step(1e-2);
  }
  used.reset_moments();
  {
    const at::NoGradGuard no_gradients;
    for (size_t i = 0; i < parameters.size(); ++i) others[i].second.copy_(parameters[i].second);
  }
  set_gradients(parameters, golden()["gradients"][0]);
  set_gradients(others, golden()["gradients"][0]);
  used.step(1e-2);
  fresh.step(1e-2);
  for (size_t i = 0; i < parameters.size(); ++i) CHECK(at::equal(parameters[i].second, others[i].second));
  for (size_t i = 0; i < used.state().size(); ++i) CHECK(at::equal(used.state()[i].second, fresh.state()[i].second));
}

TEST_CASE("AdamW with clipping equals torch.optim.AdamW and clip_grad_norm_ over several steps") {
  for (const Json& entry : golden()["cases"]) {
    NamedTensors parameters = start_parameters();
    const AdamWConfig config = config_of(entry);
    AdamW optimizer(parameters, config);
    const size_t steps = golden()["gradients"].size();
    for (size_t step = 0; step < steps; ++step) {
      set_gradients(parameters, golden()["gradients"][step]);
      const UpdateReport report = optimizer.step(config.lr * (step + 1) / steps);
      CHECK(report.grad_norm == doctest::Approx(entry["norms"][step].get<double>()).epsilon(1e-6));
      CHECK_FALSE(report.skipped);
    }
    const NamedTensors state = optimizer.state();
    for (size_t i = 0; i < parameters.size(); ++i) {
      check_close(parameters[i].second, entry["parameters"][i]);
      check_close(state[3 * i].second, entry["exp_avg"][i]);
      check_close(state[3 * i + 1].second, entry["exp_avg_sq"][i]);
      CHECK(state[3 * i + 2].second.item<double>() == entry["steps"][i].get<double>());
    }
  }
}

TEST_CASE("a gradient that is not finite changes nothing and is reported") {
  for (double poison : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    NamedTensors parameters = start_parameters();
    AdamW optimizer(parameters, {});
    set_gradients(parameters, golden()["gradients"][0]);
    optimizer.step(1e-2);
    const at::Tensor before = parameters[0].second.detach().clone();
    const at::Tensor moment = optimizer.state()[0].second.clone();
    set_gradients(parameters, golden()["gradients"][1]);
    parameters[1].second.mutable_grad()[2] = poison;
    const UpdateReport report = optimizer.step(1e-2);
    CHECK(report.skipped);
    CHECK_FALSE(std::isfinite(report.grad_norm));
    CHECK(at::equal(parameters[0].second, before));
    CHECK(at::equal(optimizer.state()[0].second, moment));
    CHECK(optimizer.state()[2].second.item<double>() == 1);
  }
}

TEST_CASE("a run that saves its moments and loads them goes on bit for bit") {
  NamedTensors whole = start_parameters(), halves = start_parameters();
  AdamWConfig config{.weight_decay = 0.1};
  AdamW uninterrupted(whole, config), first(halves, config);
  const auto step = [&](AdamW& optimizer, NamedTensors& parameters, size_t i) {
    set_gradients(parameters, golden()["gradients"][i]);
    optimizer.step(1e-2);
  };
  for (size_t i = 0; i < 6; ++i) step(uninterrupted, whole, i);
  for (size_t i = 0; i < 3; ++i) step(first, halves, i);
  NamedTensors saved;
  for (const auto& [name, tensor] : first.state()) saved.emplace_back(name, tensor.clone());
  AdamW second(halves, config);
  second.load_state(saved);
  for (size_t i = 3; i < 6; ++i) step(second, halves, i);
  for (size_t i = 0; i < whole.size(); ++i) CHECK(at::equal(whole[i].second, halves[i].second));
}

TEST_CASE("a saved state that does not fit is refused before anything is overwritten") {
  NamedTensors parameters = start_parameters();
  AdamW optimizer(parameters, {});
  NamedTensors state;
  for (const auto& [name, tensor] : optimizer.state()) state.emplace_back(name, at::full(tensor.sizes(), 7.f));
  NamedTensors missing(state.begin(), state.end() - 1), wrong = state, unknown = state;
  wrong[4].second = at::ones({6});
  unknown.emplace_back("exp_avg/p9", at::ones({1}));
  CHECK_THROWS_WITH(optimizer.load_state(missing), "the optimizer's saved state lacks step/p2");
  CHECK_THROWS_WITH(optimizer.load_state(wrong),
                    "the optimizer's saved state has exp_avg_sq/p1 as Float [6], this model needs Float [5]");
  CHECK_THROWS_WITH(optimizer.load_state(unknown),
                    "the optimizer's saved state has exp_avg/p9, which this model has no parameter for");
  for (const auto& [name, tensor] : optimizer.state()) CHECK(tensor.abs().sum().item<double>() == 0);
}

TEST_CASE("a step without gradients and parameters of another type are errors") {
  NamedTensors parameters = start_parameters();
  AdamW optimizer(parameters, {});
  CHECK_THROWS_WITH(optimizer.step(1e-3),
                    "an optimizer step was asked for, but no parameter has a gradient: call backward() first");
  CHECK_THROWS_WITH(AdamW({{"w", at::zeros({2}, at::kBFloat16)}}, {}), "AdamW updates f32 parameters; w is BFloat16");
}

TEST_CASE("zero_grad frees the gradients") {
  NamedTensors parameters = start_parameters();
  AdamW optimizer(parameters, {});
  set_gradients(parameters, golden()["gradients"][0]);
  optimizer.zero_grad();
  for (const auto& [name, tensor] : parameters) CHECK_FALSE(tensor.grad().defined());
}

}  // namespace
}  // namespace crescent
