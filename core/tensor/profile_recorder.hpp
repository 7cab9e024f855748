// Feeds a Profile from ATen's own hooks: its operators, autograd's nodes, RECORD_USER_SCOPE (which marks the parts of a
// step throughout the code and costs nanoseconds while nobody listens), and its allocator.
#pragma once

#include <ATen/ThreadLocalState.h>

#include <memory>
#include <optional>

#include "core/base/profile.hpp"

namespace crescent {

// Records the thread that made it, as long as it lives. `profile` is borrowed. [main-thread]
class ProfileRecorder {
 public:
  explicit ProfileRecorder(Profile& profile);
  ~ProfileRecorder();
  ProfileRecorder(const ProfileRecorder&) = delete;

 private:
  struct Hooks;
  std::unique_ptr<Hooks> hooks_;
};

// Arithmetic of a kernel of our own, 2 m k n a product, for the thread that is recorded; nothing where none is.
void count_flops(double flops);

// Arithmetic and allocations that other threads do for the one that is recorded, which makes this before it hands out
// work; each helper holds a Scope meanwhile. Nothing where nobody records.
class ProfiledHelpers {
 public:
  ProfiledHelpers();
  class Scope {
   public:
    explicit Scope(const ProfiledHelpers& of) {
      if (of.state_) guard_.emplace(*of.state_);
    }

   private:
    std::optional<at::ThreadLocalStateGuard> guard_;
  };

 private:
  std::optional<at::ThreadLocalState> state_;
};

}  // namespace crescent
