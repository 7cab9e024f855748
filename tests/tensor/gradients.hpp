// Central differences in f64 against a function's own backward.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "core/base/random.hpp"

namespace crescent {

inline at::Tensor random_tensor(at::IntArrayRef shape, uint64_t seed, at::ScalarType type = at::kDouble) {
  RandomStream stream(RandomKey(seed, "test"));
  int64_t count = 1;
  for (const int64_t n : shape) count *= n;
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(stream.normal());
  return at::tensor(values, at::kDouble).reshape(shape).to(type);
}

// The largest difference between the backward of `f` (inputs -> scalar) and central differences, over all inputs.
inline double gradient_error(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f,
                             std::vector<at::Tensor> inputs) {
  for (at::Tensor& x : inputs) x = x.clone().requires_grad_(true);
  f(inputs).backward();
  std::vector<at::Tensor> plain;
  for (const at::Tensor& x : inputs) plain.push_back(x.detach().clone());
  const double step = 1e-5;
  double worst = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    double* value = plain[i].mutable_data_ptr<double>();
    const at::Tensor grad = inputs[i].grad().contiguous();
    for (int64_t j = 0; j < plain[i].numel(); ++j) {
      const double kept = value[j];
      value[j] = kept + step;
      const double above = f(plain).item<double>();
      value[j] = kept - step;
      const double below = f(plain).item<double>();
      value[j] = kept;
      worst = std::max(worst, std::abs((above - below) / (2 * step) - grad.const_data_ptr<double>()[j]));
    }
  }
  return worst;
}

inline double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

// A scalar that weighs every element differently.
inline at::Tensor weighed(const at::Tensor& t, uint64_t seed = 99) {
  return (t * random_tensor(t.sizes(), seed, t.scalar_type())).sum();
}

// The largest difference of the gradients of two functions of the same inputs.
inline double gradient_difference(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f,
                                  const std::function<at::Tensor(const std::vector<at::Tensor>&)>& g,
                                  const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> a, b;
  for (const at::Tensor& x : inputs) {
    a.push_back(x.clone().requires_grad_(true));
    b.push_back(x.clone().requires_grad_(true));
  }
  f(a).backward();
  g(b).backward();
  double worst = 0;
  for (size_t i = 0; i < inputs.size(); ++i) worst = std::max(worst, difference(a[i].grad(), b[i].grad()));
  return worst;
}

}  // namespace crescent
