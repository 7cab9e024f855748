// Counts the bytes of LibTorch's tensors on the CPU: those alive now, and the most that ever were.
#pragma once

#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <unordered_map>

namespace crescent {

class CountingAllocator : public c10::Allocator {  // any thread
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

  // The block itself is the context: oneDNN frees by raw_deleter() what it allocates by raw_allocate().
  c10::DataPtr allocate(size_t bytes) override {
    void* block = std::aligned_alloc(64, (bytes / 64 + 1) * 64);
    const std::lock_guard lock(mutex_);
    sizes_[block] = static_cast<int64_t>(bytes);
    most_ = std::max(most_, live_ += static_cast<int64_t>(bytes));
    return {block, block, &free_block, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }

 private:
  CountingAllocator() { c10::SetCPUAllocator(this, /*priority=*/255); }
  static void free_block(void* block) { install().release(block); }
  void release(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = sizes_.find(block);
    live_ -= found->second;
    sizes_.erase(found);
    std::free(block);
  }
  std::mutex mutex_;
  std::unordered_map<void*, int64_t> sizes_;
  int64_t live_ = 0, most_ = 0;
};

}  // namespace crescent
