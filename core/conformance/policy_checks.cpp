// What samplers and curricula must do. The host checks each answer as in a run; what it finds is what is reported.
#include <cmath>
#include <numeric>
#include <set>

#include "core/base/random.hpp"
#include "core/conformance/subject.hpp"

namespace crescent {

namespace {

const char* const kMetrics[] = {"val/text/accuracy", "val/caption/accuracy", "val/image/accuracy"};

// ---- Samplers ----

constexpr uint64_t kPrompts = 60;

std::vector<uint64_t> eligible(int64_t step) {  // of three views: not all prompts have each
  std::vector<uint64_t> prompts;
  for (uint64_t i = 0; i < kPrompts; ++i)
    if (step % 3 == 0 || i % 3 != 0) prompts.push_back(i);
  return prompts;
}

// A scored group with something of everything: a sample left out, one without a verdict.
ScoredGroup group_of(uint64_t prompt, int64_t step) {
  const RandomKey random(9, "conformance", {prompt, static_cast<uint64_t>(step)});
  ScoredGroup scored;
  scored.group.draw = {prompt, View::image, static_cast<uint64_t>(step), 1};
  for (uint64_t i = 0; i < 8; ++i) {
    Rollout rollout;
    for (uint64_t t = 0; t < 5 + i; ++t) rollout.tokens.push_back(static_cast<int32_t>(random.bits(8 * i + t) % 50));
    rollout.thoughts = {1, static_cast<int32_t>(rollout.tokens.size()) - 1};
    scored.group.rollouts.push_back(std::move(rollout));
    const bool passed = random.uniform(1000 + i) < static_cast<double>(prompt) / kPrompts;
    const bool left_out = i == 7 && prompt % 5 == 0;
    scored.reward.push_back(left_out ? NAN : passed);
    scored.passed.push_back(!left_out && passed);
    scored.undecided.push_back(i == 6 && prompt % 7 == 0);
  }
  return scored;
}

struct Drawn {
  std::vector<uint64_t> prompts;
  std::vector<double> weights;
  bool operator==(const Drawn&) const = default;
};

// One step as a trainer does it: probes until there are none, a draw, the groups back.
Drawn step_of(PromptSampler& sampler, int64_t step, size_t n) {
  const std::vector<uint64_t> prompts = eligible(step);
  const SamplerContext context{"main", View::image, prompts, step};
  const auto observe = [&](const std::vector<uint64_t>& drawn) {
    std::vector<ScoredGroup> groups;
    for (const uint64_t prompt : drawn) groups.push_back(group_of(prompt, step));
    sampler.observe(context, groups);
  };
  for (int round = 0;; ++round) {
    std::vector<uint64_t> probed;
    for (const ProbeRequest& request : sampler.plan_probe(context, 64)) probed.push_back(request.prompt_index);
    if (probed.empty()) break;
    if (round == 1000) fail("plan_probe still plans after its groups were observed {} times before one draw", round);
    observe(probed);
  }
  Drawn drawn{std::vector<uint64_t>(n), std::vector<double>(n, 1)};
  sampler.draw(context, drawn.prompts, drawn.weights);
  observe(drawn.prompts);
  sampler.weights(context);
  return drawn;
}

std::unique_ptr<PromptSampler> make(const Subject& subject) {
  return make_sampler(subject.use, subject.search, check_services());
}

std::string sampler_draws(const Subject& subject) {
  const auto sampler = make(subject);
  for (int64_t step = 0; step < 30; ++step) step_of(*sampler, step, step == 7 ? 1 : step == 8 ? 3 * kPrompts : 16);
  const std::vector<uint64_t> one = {41};
  const SamplerContext context{"main", View::text, one, 30};
  std::vector<uint64_t> prompts(4);
  std::vector<double> weights(4, 1);
  sampler->draw(context, prompts, weights);
  return "30 steps, more draws than prompts, and one prompt alone";
}

std::string sampler_repeats(const Subject& subject) {
  const auto first = make(subject), second = make(subject);
  std::vector<Drawn> drawn;
  for (int64_t step = 0; step < 12; ++step) drawn.push_back(step_of(*first, step, 16));
  wait_for_next_second();
  for (int64_t step = 0; step < 12; ++step)
    if (step_of(*second, step, 16) != drawn[static_cast<size_t>(step)])
      fail(
          "two samplers with the same options and the same past draw differently at step {}: all that is random must "
          "come from crescent.random/1",
          step);
  return "";
}

std::string sampler_resumes(const Subject& subject) {
  for (const int64_t at : {0, 1, 5}) {
    const auto whole = make(subject), resumed = make(subject);
    for (int64_t step = 0; step < at; ++step) step_of(*whole, step, 16);
    const std::string state = whole->save_state();
    resumed->load_state(state);
    if (resumed->save_state() != state) fail("what is saved after load differs from what was loaded");
    for (int64_t step = at; step < at + 6; ++step)
      if (step_of(*whole, step, 16) != step_of(*resumed, step, 16))
        fail(
            "loaded at step {}, it draws otherwise at step {} than the sampler that never stopped: what it decides by "
            "must be saved",
            at, step);
  }
  return "";
}

// ---- Curricula ----

Progress progress_at(int64_t step) {
  Progress p;
  p.phase = "main";
  p.phase_step = step;
  p.total_step = 100 + step;
  p.pass_rate = step == 0 ? NAN : 0.3 + 0.004 * static_cast<double>(step);
  p.reward = p.pass_rate;
  for (const char* metric : kMetrics) {
    std::vector<MetricPoint> history;
    for (int64_t at = 0; at <= step; at += 10)
      history.push_back({at, 0.5 * (1 - std::exp(-0.05 * static_cast<double>(at)))});
    p.validation.emplace_back(metric, std::move(history));
  }
  return p;
}

std::unique_ptr<PhasePolicy> make_policy_of(const Subject& subject) {
  return make_policy(subject.use, subject.search, check_services());
}

std::string show(const Decision& d) {
  static constexpr const char* kinds[] = {"stay", "advance", "jump", "stop"};
  return fmt::format("{}{}", kinds[static_cast<int>(d.kind)], d.phase.empty() ? "" : " to " + d.phase);
}

constexpr size_t kAsked = 300;  // steps

bool stays(const Decision& decision) { return decision.kind == Decision::Kind::stay; }

// What it decides at steps 1, 2, ... until it leaves the phase, or for all of kAsked steps.
std::vector<Decision> decisions_of(PhasePolicy& policy) {
  std::vector<Decision> decisions;
  while (decisions.size() < kAsked && (decisions.empty() || stays(decisions.back())))
    decisions.push_back(policy.decide(progress_at(static_cast<int64_t>(decisions.size()) + 1)));
  return decisions;
}

std::string curriculum_decides(const Subject& subject) {
  const auto policy = make_policy_of(subject);
  const int64_t planned = planned_phase_steps(subject.use, subject.search, check_services());
  const std::vector<Decision> decisions = decisions_of(*policy);
  if (const Decision& last = decisions.back(); !stays(last))
    return fmt::format("{} at step {}: {}", show(last), decisions.size(), last.reason);
  return planned > 0 ? fmt::format("it stays for {} steps, as it declares", planned)
                     : fmt::format("it stays for all of {} steps: look whether that is meant", kAsked);
}

// The first step from `step` on at which `policy` decides otherwise than `expected` has it; 0 where there is none.
size_t first_difference(PhasePolicy& policy, const std::vector<Decision>& expected, size_t step, Decision& found) {
  for (; step <= expected.size(); ++step) {
    found = policy.decide(progress_at(static_cast<int64_t>(step)));
    if (found.kind != expected[step - 1].kind || found.phase != expected[step - 1].phase) return step;
  }
  return 0;
}

std::string curriculum_repeats(const Subject& subject) {
  const auto first = make_policy_of(subject), second = make_policy_of(subject);
  const std::vector<Decision> expected = decisions_of(*first);
  wait_for_next_second();
  Decision found;
  if (const size_t step = first_difference(*second, expected, 1, found); step > 0)
    fail("two objects with the same options and the same past decide \"{}\" and \"{}\" at step {}",
         show(expected[step - 1]), show(found), step);
  return "";
}

// Saved after none, the first two, half and all but the last of the steps up to the one at which it leaves the phase.
std::string curriculum_resumes(const Subject& subject) {
  const std::vector<Decision> expected = decisions_of(*make_policy_of(subject));
  const size_t leaves = expected.size();
  for (const size_t after : std::set<size_t>{0, 1, 2, leaves / 2, leaves - 1}) {
    if (after >= leaves) continue;
    const auto whole = make_policy_of(subject), resumed = make_policy_of(subject);
    for (size_t step = 1; step <= after; ++step) whole->decide(progress_at(static_cast<int64_t>(step)));
    const std::string state = whole->save_state();
    resumed->load_state(state);
    if (resumed->save_state() != state)
      fail("saved after step {}: what is saved after load differs from what was loaded", after);
    Decision found;
    if (const size_t step = first_difference(*resumed, expected, after + 1, found); step > 0)
      fail(
          "saved after step {} and loaded, it decides \"{}\" at step {} where the one that never stopped decides "
          "\"{}\": what it decides by must be saved",
          after, show(found), step, show(expected[step - 1]));
  }
  return "";
}

}  // namespace

const HostServices& check_services() {
  static const HostServices services = [] {
    HostServices made;
    made.seed = 5;
    made.validation = ValidationPlan{{std::begin(kMetrics), std::end(kMetrics)}, 10};
    return made;
  }();
  return services;
}

std::vector<Check> sampler_checks() {
  return {{"is made", [](const Subject& subject) { return make(subject), std::string(); }},
          {"draws what it may", sampler_draws},
          {"draws the same again", sampler_repeats},
          {"goes on from its saved state", sampler_resumes}};
}

std::vector<Check> curriculum_checks() {
  return {{"is made", [](const Subject& subject) { return make_policy_of(subject), std::string(); }},
          {"decides what it may", curriculum_decides},
          {"decides the same again", curriculum_repeats},
          {"goes on from its saved state", curriculum_resumes}};
}

}  // namespace crescent
