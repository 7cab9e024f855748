#include "core/plan/memory.hpp"

#include <algorithm>
#include <cmath>

#include "core/flow/limits.hpp"
#include "core/plan/activations.hpp"

namespace crescent {
namespace {

constexpr int64_t kFloat = 4;

// The largest prompt of several views.
struct LargestPrompt {
  int64_t tokens = 0, patches = 0;
  void add(const PromptSizes& sizes) {
    tokens = std::max(tokens, sizes.tokens.most());
    patches = std::max(patches, sizes.patches.most());
  }
};

// One call of the generator.
struct Call {
  int64_t prompts = 0, rows = 0;  // rows: sequences of all groups
  LargestPrompt largest;
};

class Planner {
 public:
  explicit Planner(const MemoryInput& input) : in_(input), config_(input.config), model_(input.model) {
    for (const PhaseConfig& phase : config_.phases) trained_.add(view_sizes(in_.sizes.train, phase.view));
    for (const std::string& view : config_.validation.views)
      validated_.add(view_sizes(in_.sizes.val, parse_view(view)));
  }

  MemoryPlan plan() {
    MemoryPlan plan;
    const bool cold_start = config_.sft.steps > 0, validates = !config_.validation.views.empty();
    if (validates && config_.validation.at_start) reserve(validation_call());
    if (cold_start) plan.stages.push_back(cold_start_stage());
    if (validates) plan.stages.push_back(generation("validation", validation_call()));
    if (in_.probe.prompts > 0)
      plan.stages.push_back(generation("probing", {in_.probe.prompts, in_.probe.rollouts, trained_}));
    plan.stages.push_back(generation("rollout", batch_call()));
    plan.stages.push_back(update_stage());
    return plan;
  }

 private:
  static PromptSizes view_sizes(const std::map<View, PromptSizes>& sizes, View view) {
    const auto found = sizes.find(view);
    return found == sizes.end() ? PromptSizes{} : found->second;
  }

  Call batch_call() const { return {config_.grpo.prompts, config_.grpo.prompts * config_.grpo.group, trained_}; }

  Call validation_call() const {
    int64_t records = 0;
    for (const auto& [view, sizes] : in_.sizes.val) records = std::max(records, sizes.records);
    if (config_.validation.prompts > 0) records = std::min(records, config_.validation.prompts);
    const int64_t prompts = std::min(records, kValidationPromptsPerCall);
    return {prompts, prompts * std::max<int64_t>(1, config_.validation.samples), validated_};
  }

  // The generator's cache as rollout_call.cpp and kv_cache.cpp make it; it grows, and stays from call to call.
  void reserve(const Call& call) {
    const DecoderConfig& c = model_.decoder;
    prefix_rows_ =
        std::max(prefix_rows_, std::min(call.prompts * call.largest.tokens, in_.generator.max_prefix_tokens));
    slots_ = std::max(slots_, std::min(call.rows, in_.generator.max_rows));
    const int64_t own = std::max<int64_t>(1, config_.grpo.max_response_tokens - 1);
    kv_cache_ = kFloat * c.layers * 2 * c.kv_heads * c.head_dim() * (prefix_rows_ + slots_ * own);
  }

  // What is there at all times; the reference from the first GRPO step on.
  StageMemory stage(const char* name, bool grpo) const {
    StageMemory s;
    s.name = name;
    s.program = in_.program_bytes;
    s.data = in_.data_bytes;
    s.weights = parameter_bytes(model_);
    s.moments = 2 * s.weights;
    s.reference = grpo && config_.grpo.kl.coefficient != 0 ? s.weights : 0;
    s.kv_cache = kv_cache_;
    return s;
  }

  int64_t patch_bytes(int64_t patches) const { return kFloat * patches * model_.vision.patch_dim(); }

  int64_t call_bytes(const Call& call) const {
    constexpr int64_t kPromptToken = 16;    // id and three positions
    constexpr int64_t kResponseToken = 16;  // id, log-probability, text, what the log of rollouts writes of it
    return call.prompts * (patch_bytes(call.largest.patches) + kPromptToken * call.largest.tokens) +
           call.rows * config_.grpo.max_response_tokens * kResponseToken;
  }

  StageMemory generation(const char* name, const Call& call) {
    reserve(call);
    StageMemory s = stage(name, true);
    s.prompts = call_bytes(call);
    const int64_t longest = std::max<int64_t>(1, call.largest.tokens);
    const int64_t packed = std::clamp<int64_t>(in_.generator.max_prefill_tokens / longest, 1, call.prompts);
    s.activations = std::max(prefill_bytes(model_, packed * longest, packed * call.largest.patches, in_.threads),
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

  StageMemory update_stage() const {
    StageMemory s = stage("update", true);
    const GrpoConfig& grpo = config_.grpo;
    const int64_t responses = grpo.group * (grpo.max_response_tokens - 1), group_rows = trained_.tokens + responses;
    const int64_t minibatch = grpo.updates.minibatch_prompts;
    const int64_t prompts = minibatch > 0 ? std::min(minibatch, grpo.prompts) : grpo.prompts;
    s.prompts = call_bytes(batch_call());
    TrainingShape shape{.rows = prompts * group_rows,
                        .targets = prompts * grpo.group * grpo.max_response_tokens,
                        .patches = prompts * trained_.patches,
                        .largest_picture = trained_.patches,
                        .longest_keys = trained_.tokens + grpo.max_response_tokens - 1};
    if (const int64_t most = std::max(group_rows, grpo.micro_batch_tokens); shape.rows > most) {
      // Where responses are short, more groups fit into a micro-batch, and more pictures with them.
      const int64_t groups = std::min(prompts, most / std::max<int64_t>(1, trained_.tokens));
      shape.rows = most;
      shape.targets = std::min(shape.targets, most);
      shape.patches = groups * trained_.patches;
      shape.adds_up = true;
    }
    train(s, shape);
    return s;
  }

  void train(StageMemory& s, const TrainingShape& shape) const {
    const TrainingPeak peak = training_peak(model_, shape, in_.threads);
    s.activations = peak.activation_bytes;
    s.gradients = peak.gradient_bytes;
  }

  const MemoryInput& in_;
  const RunConfig& config_;
  const ModelConfig& model_;
  LargestPrompt trained_, validated_;
  int64_t prefix_rows_ = 0, slots_ = 0, kv_cache_ = 0;
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
                                                  {"activations", "activations", &StageMemory::activations}};
  return owners;
}

const StageMemory& MemoryPlan::peak() const {
  return *std::max_element(stages.begin(), stages.end(),
                           [](const StageMemory& a, const StageMemory& b) { return a.total() < b.total(); });
}

MemoryPlan plan_memory(const MemoryInput& input) { return Planner(input).plan(); }

}  // namespace crescent
