#include "core/plan/remedies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "core/experiment/phase_settings.hpp"

namespace crescent {
namespace {

// What a remedy may change.
struct Settings {
  RunConfig config;
  int64_t threads = 1;
};

MemoryPlan plan_with(const MemoryInput& input, Settings settings) {
  Problems unlikely;  // each change is one that the options allow
  resolve_phase_settings(settings.config, unlikely);
  const MemoryInput changed{
      settings.config,     input.model,      input.sizes, input.generator, static_cast<int>(settings.threads),
      input.program_bytes, input.data_bytes, input.probe};
  return plan_memory(changed);
}

int64_t peak_of(const MemoryInput& input, const Settings& settings) {
  return plan_with(input, settings).peak().total();
}

bool fits(const MemoryInput& input, const Settings& settings, int64_t available) {
  return plan_with(input, settings).needed_bytes() <= available;
}

bool worth_it(int64_t saved, int64_t before) { return saved * 400 >= before; }

// Changes the settings and says how; nothing where that saves next to nothing.
using Change = std::function<std::optional<Remedy>(const MemoryInput&, int64_t available, Settings&)>;

// A number that is made smaller by halves, down to `least`, until the run fits.
Change halve(const char* option, int64_t least, const char* cost, std::function<int64_t&(Settings&)> value) {
  return [=](const MemoryInput& input, int64_t available, Settings& settings) -> std::optional<Remedy> {
    const int64_t before = peak_of(input, settings), first = value(settings);
    Remedy remedy{option, fmt::format("{}", first), "", cost};
    int64_t best = first;
    for (int64_t tried = first / 2; tried >= least && !remedy.enough; tried /= 2) {
      value(settings) = tried;
      const int64_t peak = peak_of(input, settings);
      if (before - peak <= remedy.saved_bytes) continue;  // this half alone saves nothing more
      remedy.saved_bytes = before - peak;
      remedy.enough = fits(input, settings, available);
      best = tried;
    }
    if (!worth_it(remedy.saved_bytes, before)) best = first;
    value(settings) = best;
    if (best == first) return std::nullopt;
    remedy.to = fmt::format("{}", best);
    return remedy;
  };
}

std::optional<Remedy> drop_reference(const MemoryInput& input, int64_t available, Settings& settings) {
  const double first = settings.config.grpo.kl.coefficient;
  const int64_t before = peak_of(input, settings);
  settings.config.grpo.kl.coefficient = 0;
  const int64_t peak = peak_of(input, settings);
  if (first != 0 && worth_it(before - peak, before))
    return Remedy{"grpo.kl.coefficient", fmt::format("{}", first),        "0", "another loss",
                  before - peak,         fits(input, settings, available)};
  settings.config.grpo.kl.coefficient = first;
  return std::nullopt;
}

// What costs least first: the first two change no more than rounding and time.
std::vector<Change> changes(const RunConfig& config) {
  const char* same = "the same training in more passes";
  const char* other = "smaller batches";
  return {halve("grpo.micro_batch_tokens", 256, same,
                [](Settings& s) -> int64_t& { return s.config.grpo.micro_batch_tokens; }),
          halve("sft.micro_batch_tokens", 256, same,
                [](Settings& s) -> int64_t& { return s.config.sft.micro_batch_tokens; }),
          halve("--threads", 1, "slower", [](Settings& s) -> int64_t& { return s.threads; }),
          halve("validate.samples", 1, "validation is less sure",
                [](Settings& s) -> int64_t& { return s.config.validation.samples; }),
          halve("sft.batch", 1, other, [](Settings& s) -> int64_t& { return s.config.sft.batch; }),
          // Minibatches must divide the batch, so where there are any it is left as it is.
          halve("grpo.prompts", config.grpo.updates.minibatch_prompts > 0 ? config.grpo.prompts : 1, other,
                [](Settings& s) -> int64_t& { return s.config.grpo.prompts; }),
          halve("grpo.group", 2, "smaller groups", [](Settings& s) -> int64_t& { return s.config.grpo.group; }),
          drop_reference,
          halve("grpo.max_response_tokens", 16, "longer responses are cut",
                [](Settings& s) -> int64_t& { return s.config.grpo.max_response_tokens; })};
}

}  // namespace

Remedies find_remedies(const MemoryInput& input, int64_t available) {
  Remedies found;
  const Settings as_it_is{input.config, input.threads};
  for (const Change& change : changes(input.config)) {
    Settings settings = as_it_is;
    if (const auto remedy = change(input, available, settings)) found.single.push_back(*remedy);
  }
  std::stable_partition(found.single.begin(), found.single.end(), [](const Remedy& r) { return r.enough; });
  if (!found.single.empty() && found.single.front().enough) return found;
  Settings all = as_it_is;
  for (const Change& change : changes(input.config)) {
    if (!found.together.empty() && found.together.back().enough) break;
    if (const auto remedy = change(input, available, all)) found.together.push_back(*remedy);
  }
  found.together_bytes = peak_of(input, all);
  return found;
}

}  // namespace crescent
