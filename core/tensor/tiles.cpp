#include "core/tensor/tiles.hpp"

#include <ATen/ops/zeros_like.h>

namespace crescent {

WorkerSums::WorkerSums(const at::Tensor& like, int64_t workers) {
  if (!like.defined()) return;
  for (int64_t i = 0; i < workers; ++i) parts_.push_back(at::zeros_like(like, at::MemoryFormat::Contiguous));
}

at::Tensor WorkerSums::total() const {
  if (parts_.empty()) return {};
  at::Tensor sum = parts_[0];
  for (size_t i = 1; i < parts_.size(); ++i) sum.add_(parts_[i]);
  return sum;
}

}  // namespace crescent
