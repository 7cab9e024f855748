#include "core/plan/remedies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace crescent {
namespace {

// What a remedy may change.
struct Settings {
  RunConfig config;
  int threads = 1;
};

int64_t peak_of(const MemoryInput& input, const Settings& settings) {
  const MemoryInput changed{settings.config,  input.model,         input.sizes,      input.generator,
                            settings.threads, input.program_bytes, input.data_bytes, input.probe};
  return plan_memory(changed).peak().total();
}

// A number that can be made smaller by halves, down to `least`.
struct Knob {
  std::string option;
  std::function<int64_t(const Settings&)> get;
  std::function<void(Settings&, int64_t)> set;
  int64_t least = 1;
};

// In the order of what they cost: the first change no more than rounding and time.
std::vector<Knob> knobs() {
  return {{"grpo.micro_batch_tokens", [](const Settings& s) { return s.config.grpo.micro_batch_tokens; },
           [](Settings& s, int64_t v) { s.config.grpo.micro_batch_tokens = v; }, 256},
          {"sft.micro_batch_tokens", [](const Settings& s) { return s.config.sft.micro_batch_tokens; },
           [](Settings& s, int64_t v) { s.config.sft.micro_batch_tokens = v; }, 256},
          {"--threads", [](const Settings& s) { return static_cast<int64_t>(s.threads); },
           [](Settings& s, int64_t v) { s.threads = static_cast<int>(v); }, 1},
          {"validate.samples", [](const Settings& s) { return s.config.validation.samples; },
           [](Settings& s, int64_t v) { s.config.validation.samples = v; }, 1},
          {"sft.batch", [](const Settings& s) { return s.config.sft.batch; },
           [](Settings& s, int64_t v) { s.config.sft.batch = v; }, 1},
          {"grpo.prompts", [](const Settings& s) { return s.config.grpo.prompts; },
           [](Settings& s, int64_t v) { s.config.grpo.prompts = v; }, 1},
          {"grpo.group", [](const Settings& s) { return s.config.grpo.group; },
           [](Settings& s, int64_t v) { s.config.grpo.group = v; }, 2},
          {"grpo.max_response_tokens", [](const Settings& s) { return s.config.grpo.max_response_tokens; },
           [](Settings& s, int64_t v) { s.config.grpo.max_response_tokens = v; }, 16}};
}

constexpr int kHalvings = 3;

// Halves the knob until the run fits; nothing when that saves next to nothing.
std::optional<Remedy> turn(const MemoryInput& input, const Knob& knob, int64_t available, Settings& all) {
  Settings settings{input.config, input.threads};
  const int64_t before = peak_of(input, settings), first = knob.get(settings);
  Remedy remedy{knob.option, fmt::format("{}", first), "", 0, false};
  int64_t value = first;
  for (int i = 0; i < kHalvings && value / 2 >= knob.least && !remedy.enough; ++i) {
    knob.set(settings, value /= 2);
    const int64_t peak = peak_of(input, settings);
    if (before - peak <= remedy.saved_bytes) continue;  // this half alone saves nothing more
    remedy.saved_bytes = before - peak;
    remedy.to = fmt::format("{}", value);
    remedy.enough = peak <= available;
  }
  if (remedy.saved_bytes * 50 < before) return std::nullopt;
  knob.set(all, std::stoll(remedy.to));
  return remedy;
}

std::optional<Remedy> drop_reference(const MemoryInput& input, int64_t available, Settings& all) {
  if (input.config.grpo.kl.coefficient == 0) return std::nullopt;
  Settings settings{input.config, input.threads};
  const int64_t before = peak_of(input, settings);
  settings.config.grpo.kl.coefficient = all.config.grpo.kl.coefficient = 0;
  const int64_t peak = peak_of(input, settings);
  if ((before - peak) * 50 < before) return std::nullopt;
  return Remedy{"grpo.kl.coefficient", fmt::format("{}", input.config.grpo.kl.coefficient), "0", before - peak,
                peak <= available};
}

}  // namespace

Remedies find_remedies(const MemoryInput& input, int64_t available) {
  Remedies found;
  Settings all{input.config, input.threads};
  for (const Knob& knob : knobs())
    if (const auto remedy = turn(input, knob, available, all)) found.single.push_back(*remedy);
  if (const auto remedy = drop_reference(input, available, all)) found.single.push_back(*remedy);
  std::stable_sort(found.single.begin(), found.single.end(), [](const Remedy& a, const Remedy& b) {
    return a.enough != b.enough ? a.enough : a.saved_bytes > b.saved_bytes;
  });
  found.together_bytes = peak_of(input, all);
  return found;
}

}  // namespace crescent
