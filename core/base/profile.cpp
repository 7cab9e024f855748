#include "core/base/profile.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace crescent {

Profile::Profile(std::function<double()> clock) : clock_(std::move(clock)) {}

void Profile::begin(std::string_view name) {
  ProfileNode& parent = open_.empty() ? root_ : *open_.back().node;
  auto child = std::find_if(parent.children.begin(), parent.children.end(),
                            [&](const auto& node) { return node->name == name; });
  if (child == parent.children.end()) {
    parent.children.push_back(std::make_unique<ProfileNode>());
    child = std::prev(parent.children.end());
    (*child)->name = name;
  }
  open_.push_back({child->get(), clock_(), flops_, allocations_, allocated_bytes_});
}

void Profile::end() {
  if (open_.empty()) fail("a profile's span was ended that nobody began");
  const Open span = open_.back();
  const double seconds = clock_() - span.begin_s, flops = flops_ - span.flops;
  ProfileNode& node = *span.node;
  if (open_.front().node->calls < kTracedCalls) spans_.push_back({span.node, span.begin_s, seconds, flops});
  open_.pop_back();
  ++node.calls;
  node.seconds += seconds;
  node.flops += flops;
  node.allocations += allocations_ - span.allocations;
  node.allocated_bytes += allocated_bytes_ - span.allocated_bytes;
  if (!open_.empty()) return;
  root_.seconds += seconds;
  root_.flops += flops;
  root_.allocations += allocations_ - span.allocations;
  root_.allocated_bytes += allocated_bytes_ - span.allocated_bytes;
}

}  // namespace crescent
