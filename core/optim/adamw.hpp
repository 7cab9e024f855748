// AdamW (Loshchilov and Hutter, 1711.05101) over all parameters in one call, with the gradient norm, clipping and the
// guard against gradients that are not finite. The same numbers as torch.optim.AdamW and clip_grad_norm_.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/experiment/run_config.hpp"

namespace crescent {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;  // as in core/model/model.hpp

struct UpdateReport {
  double grad_norm = 0;   // L2 over all parameters with a gradient, before clipping; not finite when skipped
  double clip_scale = 1;  // what the gradients were multiplied by
  bool skipped = false;   // the norm was not finite: parameters, moments and counts are as they were
};

class AdamW {  // [main-thread]
 public:
  // `parameters` are updated in place; f32, any one device; throws Error on another type. Those without a gradient at
  // a step (the vision tower in a batch of text) are left alone, moments and count included, as PyTorch does.
  AdamW(NamedTensors parameters, const AdamWConfig& config);

  // One update from the parameters' .grad at the given learning rate: config.lr times the schedule's factor. The
  // gradients are scaled in place where clipping applies. Throws Error when no parameter has a gradient.
  UpdateReport step(double learning_rate);
  void zero_grad();                                                 // frees the gradients
  void reset_moments();                                             // as if no step had been made
  void set_config(const AdamWConfig& config) { config_ = config; }  // from the next step on

  // exp_avg/KEY, exp_avg_sq/KEY of the parameter's shape and step/KEY [] f32, for each parameter: the live tensors, in
  // the order of the parameters.
  NamedTensors state() const;
  // Copies from tensors of those names; throws Error naming what is missing, unknown or of another shape.
  void load_state(const NamedTensors& state);

 private:
  AdamWConfig config_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_, exp_avg_, exp_avg_sq_, steps_;
};

// L2 norm over all tensors together, in one pass and one transfer from the device.
double global_norm(const std::vector<at::Tensor>& tensors);

}  // namespace crescent
