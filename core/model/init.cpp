// First values. Linears N(0, 1 / sqrt(fan_in)), half of that where a linear writes to the residual stream, biases 0,
// norms 1. With a tied head the embedding serves two scales: as input its rows have standard deviation 0.2, and as head
// its logits should be of order 0.2 too, not 0.2 sqrt(hidden): so the final norm starts at 1 / sqrt(hidden).
#include <ATen/ops/empty.h>

#include <cmath>

#include "core/base/random.hpp"
#include "core/model/weights.hpp"

namespace crescent {
namespace {

constexpr double kEmbeddingStd = 0.2;

double spread(const ParameterSpec& spec) {
  int64_t fan_in = 1;
  for (size_t i = 1; i < spec.shape.size(); ++i) fan_in *= spec.shape[i];
  switch (spec.initial) {
    case InitialValue::fan_in:
      return 1 / std::sqrt(static_cast<double>(fan_in));
    case InitialValue::half_fan_in:
      return 0.5 / std::sqrt(static_cast<double>(fan_in));
    case InitialValue::embedding:
      return kEmbeddingStd;
    default:
      return 0;
  }
}

double centre(const ParameterSpec& spec) {
  if (spec.initial == InitialValue::one) return 1;
  if (spec.initial == InitialValue::tied_norm) return 1 / std::sqrt(static_cast<double>(spec.shape[0]));
  return 0;
}

}  // namespace

NamedTensors random_parameters(const ModelConfig& config, uint64_t seed) {
  NamedTensors out;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    at::Tensor value = at::empty(spec.shape, at::TensorOptions().dtype(at::kFloat));
    float* data = value.mutable_data_ptr<float>();
    const RandomKey key(seed, "init " + spec.name);  // a stream of its own: shapes elsewhere do not move it
    const double deviation = spread(spec), mean = centre(spec);
    for (int64_t i = 0; i < value.numel(); ++i) {
      data[i] = static_cast<float>(deviation == 0 ? mean : mean + deviation * key.normal(i));
    }
    out.emplace_back(spec.name, std::move(value));
  }
  return out;
}

}  // namespace crescent
