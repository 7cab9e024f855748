#include <cmath>
#include <limits>
#include <set>

#include "core/plugin/adapters.hpp"

namespace crescent {

namespace {

constexpr uint64_t kUnwritten = std::numeric_limits<uint64_t>::max();

// The groups of one observe() with the pointers the C structs borrow.
struct ObservedGroups {
  explicit ObservedGroups(std::span<const ScoredGroup> groups) {
    for (const ScoredGroup& g : groups) {
      auto& tokens = response.emplace_back();
      auto& spans = thoughts.emplace_back();
      for (const Rollout& r : g.group.rollouts) {
        if (r.thoughts.begin < 0 || r.thoughts.end < r.thoughts.begin ||
            static_cast<size_t>(r.thoughts.end) > r.tokens.size())
          fail("a rollout of prompt {} has {} tokens, but thoughts from {} to {}", g.group.draw.prompt_index,
               r.tokens.size(), r.thoughts.begin, r.thoughts.end);
        tokens.push_back({r.tokens.data(), r.tokens.size()});
        spans.push_back({r.tokens.data() + r.thoughts.begin, static_cast<uint64_t>(r.thoughts.end - r.thoughts.begin)});
      }
      const size_t n = g.group.rollouts.size();
      if (g.reward.size() != n || g.passed.size() != n)
        fail("a scored group has {} rollouts, {} rewards and {} pass flags", n, g.reward.size(), g.passed.size());
      auto& verdicts = judged.emplace_back();
      for (size_t i = 0; i < n; ++i) verdicts.push_back(g.judged(i));
    }
    for (size_t i = 0; i < groups.size(); ++i) {
      const ScoredGroup& g = groups[i];
      c.push_back({g.group.draw.prompt_index, static_cast<int32_t>(g.group.draw.view),
                   static_cast<uint32_t>(g.group.rollouts.size()), g.reward.data(), g.passed.data(), judged[i].data(),
                   response[i].data(), thoughts[i].data()});
    }
  }
  std::vector<std::vector<crescent_tokens>> response, thoughts;
  std::vector<std::vector<uint8_t>> judged;
  std::vector<crescent_group> c;
};

class PluginSampler final : public PromptSampler {
 public:
  PluginSampler(std::unique_ptr<SamplerInstance> instance, std::string name)
      : plugin_(std::move(instance)), name_(std::move(name)) {}

  void draw(const SamplerContext& ctx, std::span<uint64_t> prompt_index, std::span<double> weight) override {
    if (weight.size() != prompt_index.size())
      fail("{}: {} draws, but {} weights", who(), prompt_index.size(), weight.size());
    const crescent_sampler_context c = context(ctx);
    const size_t n = prompt_index.size();
    GuardedBuffer<uint64_t> drawn(n, kUnwritten);
    GuardedBuffer<double> weights(n, 1.0);
    ErrorBuffer error;
    plugin_->must("draw", error, [&] {
      return plugin_->factory().draw(plugin_->self(), &c, n, drawn.data(), weights.data(), error.get());
    });
    if (drawn.overrun() || weights.overrun()) fail("{}: draw wrote past the end of its buffers for {} draws", who(), n);
    for (size_t i = 0; i < n; ++i) {
      if (drawn[i] == kUnwritten) fail("{}: draw left draw {} of {} without a prompt", who(), i, n);
      check_eligible(ctx, drawn[i], "draw chose");
      if (!std::isfinite(weights[i]) || weights[i] <= 0)
        fail("{}: draw gave prompt {} the weight {}; it must be finite and above 0", who(), drawn[i], weights[i]);
      prompt_index[i] = drawn[i];
      weight[i] = weights[i];
    }
  }

  std::vector<ProbeRequest> plan_probe(const SamplerContext& ctx, uint64_t capacity) override {
    const crescent_sampler_context c = context(ctx);
    GuardedBuffer<uint64_t> prompts(ctx.eligible.size(), kUnwritten);
    GuardedBuffer<uint32_t> rollouts(ctx.eligible.size(), 0);
    uint64_t n = 0;
    ErrorBuffer error;
    plugin_->must("plan_probe", error, [&] {
      return plugin_->factory().plan_probe(plugin_->self(), &c, capacity, prompts.data(), rollouts.data(), &n,
                                           error.get());
    });
    if (prompts.overrun() || rollouts.overrun() || n > ctx.eligible.size())
      fail("{}: plan_probe planned more prompts than the {} eligible ones", who(), ctx.eligible.size());
    std::vector<ProbeRequest> plan;
    std::set<uint64_t> seen;
    uint64_t left = capacity;
    for (size_t i = 0; i < n; ++i) {
      check_eligible(ctx, prompts[i], "plan_probe chose");
      if (!seen.insert(prompts[i]).second) fail("{}: plan_probe chose prompt {} twice", who(), prompts[i]);
      if (rollouts[i] == 0) fail("{}: plan_probe wants no rollouts of prompt {}", who(), prompts[i]);
      if (rollouts[i] > left) fail("{}: plan_probe wants more rollouts than its {}", who(), capacity);
      left -= rollouts[i];
      plan.push_back({prompts[i], rollouts[i]});
    }
    return plan;
  }

  void observe(const SamplerContext& ctx, std::span<const ScoredGroup> groups) override {
    const crescent_sampler_context c = context(ctx);
    const ObservedGroups observed(groups);
    ErrorBuffer error;
    plugin_->must("observe", error, [&] {
      return plugin_->factory().observe(plugin_->self(), &c, observed.c.data(), observed.c.size(), error.get());
    });
  }

  std::vector<double> weights(const SamplerContext& ctx) override {
    const crescent_sampler_context c = context(ctx);
    GuardedBuffer<double> out(ctx.eligible.size(), NAN);
    ErrorBuffer error;
    const crescent_status status = plugin_->call(
        "weights", [&] { return plugin_->factory().weights(plugin_->self(), &c, out.data(), error.get()); });
    if (status == CRESCENT_NOT_APPLICABLE) return {};
    if (status != CRESCENT_OK) fail("{}: weights failed: {}", who(), error.text());
    if (out.overrun()) fail("{}: weights wrote past the end of its buffer for {} prompts", who(), out.size());
    for (size_t i = 0; i < out.size(); ++i)
      if (!std::isfinite(out[i])) fail("{}: the weight of prompt {} is {}", who(), ctx.eligible[i], out[i]);
    return std::vector<double>(out.data(), out.data() + out.size());
  }

  std::string save_state() const override { return plugin_->save(name_); }
  void load_state(std::string_view bytes) override { plugin_->load(name_, bytes); }

 private:
  const std::string& who() const { return plugin_->who(); }

  crescent_sampler_context context(const SamplerContext& ctx) const {
    if (ctx.eligible.empty())
      fail("{}: phase \"{}\" has no prompt that can be shown as {}", who(), ctx.phase, view_name(ctx.view));
    return {to_span(ctx.phase), static_cast<int32_t>(ctx.view), 0, ctx.eligible.data(), ctx.eligible.size(), ctx.step};
  }

  void check_eligible(const SamplerContext& ctx, uint64_t prompt, const char* what) const {
    if (!std::binary_search(ctx.eligible.begin(), ctx.eligible.end(), prompt))
      fail("{}: {} prompt {}, which is not among the {} eligible prompts of phase \"{}\"", who(), what, prompt,
           ctx.eligible.size(), ctx.phase);
  }

  std::unique_ptr<SamplerInstance> plugin_;
  std::string name_;
};

}  // namespace

std::unique_ptr<PromptSampler> adapt_sampler(std::unique_ptr<SamplerInstance> instance, std::string plugin_name) {
  return std::make_unique<PluginSampler>(std::move(instance), std::move(plugin_name));
}

}  // namespace crescent
