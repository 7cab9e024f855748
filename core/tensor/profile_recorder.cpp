#include "core/tensor/profile_recorder.hpp"

#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <string>
#include <string_view>
#include <thread>

namespace crescent {

namespace {

constexpr auto kKind = c10::DebugInfoKind::PROFILER_STATE;

// What ATen keeps for a thread that is profiled, so that its hooks, plain functions, find the profile.
struct Recorded : c10::MemoryReportingInfoBase {
  explicit Recorded(Profile& p) : profile(p) {}
  void reportMemoryUsage(void*, int64_t bytes, size_t, size_t, c10::Device) override {
    if (bytes > 0) profile.add_allocation(bytes);  // below 0: given back
  }
  bool memoryProfilingEnabled() const override { return true; }

  Profile& profile;
  const std::thread::id thread = std::this_thread::get_id();
};

Recorded* recorded() { return dynamic_cast<Recorded*>(c10::ThreadLocalDebugInfo::get(kKind)); }

// 2 m k n of the product of inputs `first` [m, k] and `first` + 1 [k, n].
double product_flops(c10::ArrayRef<const c10::IValue> inputs, size_t first) {
  if (inputs.size() < first + 2 || !inputs[first].isTensor() || !inputs[first + 1].isTensor()) return 0;
  const at::Tensor &a = inputs[first].toTensor(), &b = inputs[first + 1].toTensor();
  if (a.dim() != 2 || b.dim() != 2) return 0;
  return 2.0 * static_cast<double>(a.size(0)) * static_cast<double>(a.size(1)) * static_cast<double>(b.size(1));
}

double flops_of(const at::RecordFunction& call) {
  const std::string_view name = call.name();
  if (name == "aten::mm") return product_flops(call.inputs(), 0);
  if (name == "aten::addmm" || name == "aten::addmm_") return product_flops(call.inputs(), 1);
  return 0;
}

// torch::autograd::CppNode<crescent::(anonymous namespace)::MlpBlock> -> MlpBlock backward
std::string node_name(std::string_view name) {
  if (name.ends_with('>')) name.remove_suffix(1);
  const size_t colon = name.rfind("::");
  if (colon != name.npos) name.remove_prefix(colon + 2);
  return std::string(name) + " backward";
}

struct Begun : at::ObserverContext {};  // on_end ends what on_start began, and nothing else

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& call) {
  Recorded* to = recorded();
  if (to == nullptr || std::string_view(call.name()).starts_with("autograd::engine::")) return nullptr;  // around nodes
  const bool own_thread = to->thread == std::this_thread::get_id();
  if (own_thread) {
    if (call.scope() == at::RecordScope::BACKWARD_FUNCTION)
      to->profile.begin(node_name(call.name()));
    else
      to->profile.begin(call.name());
  }
  if (const double flops = flops_of(call); flops > 0) to->profile.add_flops(flops);
  return own_thread ? std::make_unique<Begun>() : nullptr;
}

void on_end(const at::RecordFunction&, at::ObserverContext* context) {
  if (context != nullptr) recorded()->profile.end();
}

}  // namespace

struct ProfileRecorder::Hooks {
  explicit Hooks(Profile& profile)
      : guard(kKind, std::make_shared<Recorded>(profile)),
        handle(at::addThreadLocalCallback(at::RecordFunctionCallback(on_start, on_end)
                                              .needsInputs(true)
                                              .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION,
                                                       at::RecordScope::USER_SCOPE}))) {}
  ~Hooks() { at::removeCallback(handle); }
  c10::DebugInfoGuard guard;
  at::CallbackHandle handle;
};

ProfileRecorder::ProfileRecorder(Profile& profile) : hooks_(std::make_unique<Hooks>(profile)) {}
ProfileRecorder::~ProfileRecorder() = default;

void count_flops(double flops) {
  if (Recorded* to = recorded()) to->profile.add_flops(flops);
}

ProfiledHelpers::ProfiledHelpers() {
  if (recorded() != nullptr) state_.emplace();
}

}  // namespace crescent
