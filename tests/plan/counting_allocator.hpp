// Counts the bytes of LibTorch's tensors on the CPU: those alive now, and the most that ever were.
#pragma once

#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace crescent {

class CountingAllocator : public c10::Allocator {
 public:
  // Takes the place of LibTorch's own until the process ends: tensors outlive scopes.
  static CountingAllocator& install() {
    static auto* counting = new CountingAllocator;
    return *counting;
  }

  int64_t live() const { return live_; }
  // The most bytes alive at a time while `work` runs, above those alive before it.
  template <class Work>
  int64_t most_during(Work work) {
    const int64_t before = live_;
    most_ = before;
    work();
    return most_ - before;
  }

  c10::DataPtr allocate(size_t bytes) override {
    auto* block = new Block{this, static_cast<int64_t>(bytes), inner_->allocate(bytes)};
    const int64_t live = live_ += block->bytes;
    int64_t most = most_;
    while (live > most && !most_.compare_exchange_weak(most, live)) {
    }
    return {block->data.get(), block, &free_block, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }

 private:
  struct Block {
    CountingAllocator* owner;
    int64_t bytes;
    c10::DataPtr data;
  };
  CountingAllocator() : inner_(c10::GetDefaultCPUAllocator()) { c10::SetCPUAllocator(this, /*priority=*/255); }
  static void free_block(void* context) {
    auto* block = static_cast<Block*>(context);
    block->owner->live_ -= block->bytes;
    delete block;
  }
  c10::Allocator* inner_;
  std::atomic<int64_t> live_ = 0, most_ = 0;
};

}  // namespace crescent
