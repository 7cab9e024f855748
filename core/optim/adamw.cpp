#include "core/optim/adamw.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>

#include <cmath>
#include <map>

#include "core/base/error.hpp"

namespace crescent {

double global_norm(const std::vector<at::Tensor>& tensors) {
  if (tensors.empty()) return 0;
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(tensors, 2)), 2).item<double>();
}

AdamW::AdamW(NamedTensors parameters, const AdamWConfig& config) : config_(config) {
  for (auto& [name, parameter] : parameters) {
    if (parameter.scalar_type() != at::kFloat) {
      fail("AdamW updates f32 parameters; {} is {}", name, c10::toString(parameter.scalar_type()));
    }
    if (!parameters_.empty() && parameter.device() != parameters_[0].device()) {
      fail("AdamW needs all parameters on one device; {} is on {} and {} on {}", names_[0],
           parameters_[0].device().str(), name, parameter.device().str());
    }
    const at::NoGradGuard no_gradients;
    names_.push_back(name);
    exp_avg_.push_back(at::zeros_like(parameter));
    exp_avg_sq_.push_back(at::zeros_like(parameter));
    steps_.push_back(at::zeros({}, parameter.options().requires_grad(false)));
    parameters_.push_back(std::move(parameter));
  }
}

UpdateReport AdamW::step(double learning_rate) {
  RECORD_USER_SCOPE("optimizer");
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> parameters, gradients, exp_avg, exp_avg_sq, steps;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].grad().defined()) continue;
    parameters.push_back(parameters_[i]);
    gradients.push_back(parameters_[i].grad());
    exp_avg.push_back(exp_avg_[i]);
    exp_avg_sq.push_back(exp_avg_sq_[i]);
    steps.push_back(steps_[i]);
  }
  if (gradients.empty())
    fail("an optimizer step was asked for, but no parameter has a gradient: call backward() first");

  UpdateReport report{.grad_norm = global_norm(gradients)};
  if (!std::isfinite(report.grad_norm)) {
    report.skipped = true;
    return report;
  }
  if (config_.max_grad_norm > 0) {
    // 1e-6 as in torch.nn.utils.clip_grad_norm_.
    report.clip_scale = std::min(1.0, config_.max_grad_norm / (report.grad_norm + 1e-6));
    if (report.clip_scale < 1) at::_foreach_mul_(gradients, report.clip_scale);
  }
  for (at::Tensor& count : steps) count.add_(1);
  at::_fused_adamw_(parameters, gradients, exp_avg, exp_avg_sq, /*max_exp_avg_sqs=*/{}, steps, learning_rate,
                    config_.beta1, config_.beta2, config_.weight_decay, config_.eps, /*amsgrad=*/false,
                    /*maximize=*/false);
  return report;
}

void AdamW::reset_moments() {
  for (const auto* tensors : {&exp_avg_, &exp_avg_sq_, &steps_})
    for (const at::Tensor& tensor : *tensors) tensor.zero_();
}

void AdamW::zero_grad() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad() = at::Tensor();
}

NamedTensors AdamW::state() const {
  NamedTensors state;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    state.emplace_back("exp_avg/" + names_[i], exp_avg_[i]);
    state.emplace_back("exp_avg_sq/" + names_[i], exp_avg_sq_[i]);
    state.emplace_back("step/" + names_[i], steps_[i]);
  }
  return state;
}

void AdamW::load_state(const NamedTensors& state) {
  std::map<std::string, at::Tensor> given(state.begin(), state.end());
  const NamedTensors own = this->state();
  for (const auto& [name, tensor] : own) {  // all checked before anything is overwritten
    const auto found = given.find(name);
    if (found == given.end()) fail("the optimizer's saved state lacks {}", name);
    if (found->second.sizes() != tensor.sizes() || found->second.scalar_type() != tensor.scalar_type()) {
      fail("the optimizer's saved state has {} as {} {}, this model needs {} {}", name,
           c10::toString(found->second.scalar_type()), c10::str(found->second.sizes()),
           c10::toString(tensor.scalar_type()), c10::str(tensor.sizes()));
    }
  }
  if (given.size() != own.size()) {
    for (const auto& [name, tensor] : own) given.erase(name);
    fail("the optimizer's saved state has {}, which this model has no parameter for", given.begin()->first);
  }
  for (const auto& [name, tensor] : own) tensor.copy_(given.at(name));
}

}  // namespace crescent
