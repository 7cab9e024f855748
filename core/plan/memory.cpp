#include "core/plan/memory.hpp"

#include <algorithm>
#include <cmath>

#include "core/experiment/phase_settings.hpp"
#include "core/flow/limits.hpp"
#include "core/plan/activations.hpp"
#include "core/tensor/decode_attention.hpp"

namespace crescent {
namespace {

constexpr int64_t kFloat = 4;
// Holes between blocks that live, in glibc's heap. They do not grow with the model: what is larger than 32 MiB is given
// back at once. The mean of seven runs (bench/RESULTS.md).
constexpr int64_t kKeptByAllocator = 12 << 20;

const StageMemory& peak_of(const std::vector<StageMemory>& stages) {
  return *std::max_element(stages.begin(), stages.end(),
                           [](const StageMemory& a, const StageMemory& b) { return a.total() < b.total(); });
}

// The prompts of several views.
struct Shown {
  int64_t tokens = 0, patches = 0;  // of the largest
  std::vector<const PromptSizes*> views;
  void add(const std::map<View, PromptSizes>& sizes, View view) {
    const auto found = sizes.find(view);
    if (found == sizes.end()) return;
    views.push_back(&found->second);
    tokens = std::max(tokens, found->second.tokens.most());
    patches = std::max(patches, found->second.patches.most());
  }
};

// One call of the generator.
struct Call {
  int64_t prompts = 0, rows = 0;     // rows: sequences of all groups
  int64_t longest = 0, largest = 0;  // tokens and patches of a prompt
  int64_t tokens = 0, patches = 0;   // of all prompts together
};

// A batch that a sampler draws: it may be the longest prompt again and again.
Call call_of_draws(int64_t prompts, int64_t rows, const Shown& shown) {
  return {prompts, rows, shown.tokens, shown.patches, prompts * shown.tokens, prompts * shown.patches};
}

// Each record once.
Call call_of_distinct(int64_t prompts, int64_t rows, const Shown& shown) {
  Call call{prompts, rows, shown.tokens, shown.patches};
  for (const PromptSizes* view : shown.views) {
    call.tokens = std::max(call.tokens, view->tokens.of_batch(prompts));
    call.patches = std::max(call.patches, view->patches.of_batch(prompts));
  }
  return call;
}

class Planner {
 public:
  explicit Planner(const MemoryInput& input)
      : in_(input),
        config_(input.config),
        model_(input.model),
        precision_(input.config.precision == "bf16" ? Precision::bf16 : Precision::f32) {
    for (const PhaseConfig& phase : config_.phases) all_phases_.add(in_.sizes.train, phase.view);
    for (const std::string& view : config_.validation.views) validated_.add(in_.sizes.val, parse_view(view));
  }

  MemoryPlan plan() {
    MemoryPlan plan;
    const bool cold_start = config_.sft.steps > 0, validates = !config_.validation.views.empty();
    const int64_t limit = config_.grpo.max_response_tokens;
    if (validates && config_.validation.at_start) reserve(validation_call(), limit);
    if (cold_start) plan.stages.push_back(cold_start_stage());
    if (validates) plan.stages.push_back(generation("validation", validation_call(), limit));
    for (const PhaseConfig& phase : config_.phases)  // in their order: the cache stays as large as it was
      plan.phase_peaks.push_back(peak_of(phase_stages(shown_in(phase), drawn_in(phase))).total());
    for (const PhaseConfig& phase : config_.phases)
      reserve(batch_call(all_phases_, phase.grpo), phase.grpo.max_response_tokens);
    for (const PhaseConfig& phase : config_.phases)
      for (StageMemory& stage : phase_stages(all_phases_, {phase.grpo})) keep_larger(plan.stages, std::move(stage));
    return plan;
  }

 private:
  // Of the phase's own view and of those it replays.
  Shown shown_in(const PhaseConfig& phase) const {
    Shown shown;
    shown.add(in_.sizes.train, phase.view);
    for (const auto& [name, share] : phase.replay)
      for (const PhaseConfig& other : config_.phases)
        if (other.name == name) shown.add(in_.sizes.train, other.view);
    return shown;
  }

  // Settings of the batches in a phase: as it has them itself, and as those have them that it replays.
  std::vector<GrpoConfig> drawn_in(const PhaseConfig& phase) const {
    std::vector<GrpoConfig> settings = {phase.grpo};
    for (const auto& [name, share] : phase.replay)
      settings.push_back(batch_settings(phase, phase_named(config_, name)));
    return settings;
  }

  static void keep_larger(std::vector<StageMemory>& stages, StageMemory stage) {
    for (StageMemory& known : stages)
      if (known.name == stage.name) {
        if (stage.total() > known.total()) known = std::move(stage);
        return;
      }
    stages.push_back(std::move(stage));
  }

  std::vector<StageMemory> phase_stages(const Shown& shown, const std::vector<GrpoConfig>& drawn) {
    std::vector<StageMemory> stages;
    for (const GrpoConfig& grpo : drawn) {
      const Call probe = call_of_distinct(in_.probe.prompts, in_.probe.rollouts, shown);
      if (in_.probe.prompts > 0) keep_larger(stages, generation("probing", probe, grpo.max_response_tokens));
      keep_larger(stages, generation("rollout", batch_call(shown, grpo), grpo.max_response_tokens));
      keep_larger(stages, update_stage(shown, grpo));
    }
    return stages;
  }

  static Call batch_call(const Shown& shown, const GrpoConfig& grpo) {
    return call_of_draws(grpo.prompts, grpo.prompts * grpo.group, shown);
  }

  Call validation_call() const {
    int64_t records = 0;
    for (const auto& [view, sizes] : in_.sizes.val) records = std::max(records, sizes.records);
    if (config_.validation.prompts > 0) records = std::min(records, config_.validation.prompts);
    const int64_t prompts = std::min(records, kValidationPromptsPerCall);
    return call_of_distinct(prompts, prompts * std::max<int64_t>(1, config_.validation.samples), validated_);
  }

  // The generator's cache as rollout_call.cpp and kv_cache.cpp make it; it grows, and stays from call to call.
  void reserve(const Call& call, int64_t response_tokens) {
    const DecoderConfig& c = model_.decoder;
    prefix_rows_ = std::max(prefix_rows_, std::min(call.tokens, in_.generator.max_prefix_tokens));
    slots_ = std::max(slots_, std::min(call.rows, in_.generator.max_rows));
    own_rows_ = std::max(own_rows_, response_tokens - 1);
    const int64_t own = std::max<int64_t>(1, own_rows_);
    const int64_t positions = 2 * prefix_rows_ + slots_ * (own_blocks(own) * kKeyBlock + own);  // of keys and values
    kv_cache_ = kFloat * c.layers * c.kv_heads * c.head_dim() * positions;
  }

  // What is there at all times; the reference from the first GRPO step on.
  StageMemory stage(const char* name, bool grpo) const {
    StageMemory s;
    s.name = name;
    s.program = in_.program_bytes;
    s.data = in_.data_bytes;
    s.weights = parameter_bytes(model_);
    s.moments = 2 * s.weights;
    s.reference = grpo && holds_reference(config_) ? s.weights : 0;
    s.kv_cache = kv_cache_;
    s.allocator = kKeptByAllocator;
    return s;
  }

  int64_t patch_bytes(int64_t patches) const { return kFloat * patches * model_.vision.patch_dim(); }

  int64_t call_bytes(const Call& call, int64_t response_tokens) const {
    constexpr int64_t kPromptToken = 16;    // id and three positions
    constexpr int64_t kResponseToken = 16;  // id, log-probability, text, what the log of rollouts writes of it
    return patch_bytes(call.patches) + kPromptToken * call.tokens + call.rows * response_tokens * kResponseToken;
  }

  StageMemory generation(const char* name, const Call& call, int64_t response_tokens) {
    reserve(call, response_tokens);
    StageMemory s = stage(name, true);
    s.weights += panel_bytes(model_, precision_);
    s.prompts = call_bytes(call, response_tokens);
    const int64_t longest = std::max<int64_t>(1, call.longest);
    const int64_t packed = std::clamp<int64_t>(in_.generator.max_prefill_tokens / longest, 1, call.prompts);
    s.activations = std::max(prefill_bytes(model_, packed * longest, packed * call.largest, in_.threads, precision_),
                             decode_bytes(model_, std::min(call.rows, in_.generator.max_rows)));
    return s;
  }

  StageMemory cold_start_stage() const {
    StageMemory s = stage("cold start", false);
    const ExampleSizes& sizes = in_.sizes.sft;
    const int64_t batch = config_.sft.batch;
    s.prompts = patch_bytes(sizes.patches.of_batch(batch)) + 32 * sizes.rows.of_batch(batch);
    TrainingShape shape{.rows = sizes.rows.of_batch(batch),
                        .targets = sizes.responses.of_batch(batch),
                        .patches = sizes.patches.of_batch(batch),
                        .largest_picture = sizes.patches.most(),
                        .longest_keys = sizes.rows.most()};
    if (const int64_t most = std::max(sizes.rows.most(), config_.sft.micro_batch_tokens); shape.rows > most) {
      const double part = static_cast<double>(most) / static_cast<double>(shape.rows);
      shape.targets = std::llround(static_cast<double>(shape.targets) * part);
      shape.patches = std::llround(static_cast<double>(shape.patches) * part);
      shape.rows = most;
      shape.adds_up = true;
    }
    train(s, shape);
    return s;
  }

  StageMemory update_stage(const Shown& shown, const GrpoConfig& grpo) const {
    StageMemory s = stage("update", true);
    const int64_t responses = grpo.group * (grpo.max_response_tokens - 1), group_rows = shown.tokens + responses;
    const int64_t minibatch = grpo.updates.minibatch_prompts;
    const int64_t prompts = minibatch > 0 ? std::min(minibatch, grpo.prompts) : grpo.prompts;
    s.prompts = call_bytes(batch_call(shown, grpo), grpo.max_response_tokens);
    TrainingShape shape{.rows = prompts * group_rows,
                        .targets = prompts * grpo.group * grpo.max_response_tokens,
                        .patches = prompts * shown.patches,
                        .largest_picture = shown.patches,
                        .longest_keys = shown.tokens + grpo.max_response_tokens - 1};
    if (const int64_t most = std::max(group_rows, grpo.micro_batch_tokens); shape.rows > most) {
      // Where responses are short, more groups fit into a micro-batch, and more pictures with them.
      const int64_t groups = std::min(prompts, most / std::max<int64_t>(1, shown.tokens));
      shape.rows = most;
      shape.targets = std::min(shape.targets, most);
      shape.patches = groups * shown.patches;
      shape.adds_up = true;
    }
    train(s, shape);
    return s;
  }

  void train(StageMemory& s, const TrainingShape& shape) const {
    const TrainingPeak peak = training_peak(model_, shape, in_.threads, precision_);
    s.activations = peak.activation_bytes;
    s.gradients = peak.gradient_bytes;
  }

  const MemoryInput& in_;
  const RunConfig& config_;
  const ModelConfig& model_;
  const Precision precision_;
  Shown all_phases_, validated_;
  int64_t prefix_rows_ = 0, slots_ = 0, own_rows_ = 1, kv_cache_ = 0;
};

}  // namespace

int64_t StageMemory::total() const {
  int64_t sum = 0;
  for (const MemoryOwner& owner : memory_owners()) sum += this->*owner.bytes;
  return sum;
}

const std::vector<MemoryOwner>& memory_owners() {
  static const std::vector<MemoryOwner> owners = {{"program and libraries", "program", &StageMemory::program},
                                                  {"data and tokenizer", "data", &StageMemory::data},
                                                  {"weights", "weights", &StageMemory::weights},
                                                  {"gradients", "gradients", &StageMemory::gradients},
                                                  {"moments", "moments", &StageMemory::moments},
                                                  {"reference", "reference", &StageMemory::reference},
                                                  {"key-value cache", "kv_cache", &StageMemory::kv_cache},
                                                  {"prompts, responses", "prompts", &StageMemory::prompts},
                                                  {"activations", "activations", &StageMemory::activations},
                                                  {"freed, not given back", "allocator", &StageMemory::allocator}};
  return owners;
}

const StageMemory& MemoryPlan::peak() const { return peak_of(stages); }

MemoryPlan plan_memory(const MemoryInput& input) { return Planner(input).plan(); }

}  // namespace crescent
