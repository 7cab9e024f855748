// Where the time of a run goes: spans that nest, added up by their place in the tree, with the arithmetic and the
// allocations within them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct ProfileNode {
  std::string name;
  int64_t calls = 0;
  double seconds = 0;  // spans within it included; so are the others
  double flops = 0;    // of matrix products: 2 m k n each
  int64_t allocations = 0, allocated_bytes = 0;
  std::vector<std::unique_ptr<ProfileNode>> children;  // in the order of their first call
};

struct ProfileSpan {  // one call
  const ProfileNode* node = nullptr;
  double begin_s = 0, seconds = 0;
  double flops = 0;
};

class Profile {  // [main-thread]
 public:
  // `clock` gives seconds and never goes back.
  explicit Profile(std::function<double()> clock);

  void begin(std::string_view name);
  void end();  // of the span begun last; throws Error where none is open
  // Of the spans that are open now. [concurrent]
  void add_flops(double flops) { flops_ += flops; }
  void add_allocation(int64_t bytes) { ++allocations_, allocated_bytes_ += bytes; }

  const ProfileNode& root() const { return root_; }  // its seconds: those of its children
  // The calls of the first kTracedCalls spans of each name at the top, and of what is within them, in order of their
  // ends: all calls of a long run would be gigabytes.
  const std::vector<ProfileSpan>& spans() const { return spans_; }
  static constexpr int64_t kTracedCalls = 3;

 private:
  struct Open {
    ProfileNode* node;
    double begin_s, flops;
    int64_t allocations, allocated_bytes;
  };
  std::function<double()> clock_;
  ProfileNode root_;
  std::vector<Open> open_;
  std::vector<ProfileSpan> spans_;
  std::atomic<double> flops_ = 0;
  std::atomic<int64_t> allocations_ = 0, allocated_bytes_ = 0;
};

// Two tables for people: the parts of the run as a tree, and the operators (names with "::") wherever they were called,
// by their own time. `gemm_rate`: the machine's rate of matrix products, in FLOP/s.
std::string profile_tables(const ProfileNode& root, double gemm_rate);

// The spans in Chrome's trace event format, for chrome://tracing or ui.perfetto.dev.
std::string chrome_trace(const std::vector<ProfileSpan>& spans);

}  // namespace crescent
