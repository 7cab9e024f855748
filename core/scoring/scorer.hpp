// Judges finished groups on worker threads while others still decode, and combines the rewards.
//
// Weighted sum as in TRL (GRPOTrainer): R = sum of w_k r_k over the rewards that apply to the sample. A sample that one
// reward failed to judge is left out (reward NaN) and counted; so is one to which no reward applies.
//
// A reward that is to be normalised enters the sum as (r_k - mean) / (std + 1e-6), over the samples of the group that
// are not left out and to which it applies; std is unbiased, and where all of them are equal the reward is 0. So a
// reward's scale and offset do not decide how much it counts (GDPO, 2601.05242; TRL's "normalize_then_sum"). The pass
// rule, metrics and rollouts see r_k as it was given; the advantage is formed from R as always.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/flow/metrics.hpp"
#include "core/flow/roles.hpp"
#include "core/scoring/failure_window.hpp"

namespace crescent {

struct WeightedReward {
  std::string name;  // metric name
  double weight = 1;
  std::shared_ptr<Reward> reward;
  bool normalise = false;  // standardised within its group before it is weighted
};

// A sample passes when this reward gives it at least so much.
struct PassRule {
  std::string reward;  // empty: the only reward there is
  double at_least = 1;
};

// Asks one reward. An exception, a score that is not finite or lacks parts, and a failure without a reason become
// failures that say so.
std::vector<Score> judge_samples(Reward& reward, std::span<const Sample> samples);

// One finished group with what its rewards may look at; owns its strings.
struct ScoringJob {
  size_t index = 0;  // place in the batch: collect() returns this order; each index once
  Group group;
  std::string prompt, gold, columns_json, record_id;  // see Sample
  uint64_t group_id = 0;
  std::string phase;
  int64_t step = 0;
};

class Scorer : public Stateful {
 public:
  // workers >= 1. Throws a usage Error when the pass rule names no reward of the list, with the nearest name.
  Scorer(std::vector<WeightedReward> rewards, PassRule pass, double max_failed_share, int64_t workers = 1);
  ~Scorer() override;

  // How many samples the batch that is submitted next has. Once so many of them have failed that collect() will throw
  // whatever becomes of the rest, the rest is not judged: a reward that always hangs would take hours for it. A batch
  // that was not announced is judged whole. [main-thread]
  void expect(uint64_t samples);
  // What the groups of a phase are weighed and passed by; without it, what the constructor was given. `weights`: one a
  // reward, in their order. Call before the first submit.
  void set_phase(const std::string& phase, std::vector<double> weights, const PassRule& pass);
  void submit(ScoringJob job);  // any thread
  // Waits for all that was submitted; results in the order of index, whatever the order of completion. Throws Error
  // when too large a share of the latest samples could not be judged (see FailureWindow).
  std::vector<ScoredGroup> collect();  // [main-thread]
  void discard();                      // waits, and forgets what was submitted (an abandoned step)
  // Of what the last collect() gave: reward_us/<name>, mean time of a response; reward_queue_s, mean time that a group
  // waited for its turn; reward_wait_s, time that collect() waited, while nothing decoded any more. [main-thread]
  const NamedValues& timings() const { return timings_; }

  // The failures of the latest samples, so that a resumed run stops where the uninterrupted one does.
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

  const std::vector<WeightedReward>& rewards() const { return rewards_; }

 private:
  void work();
  using Clock = std::chrono::steady_clock;
  struct Queued {
    ScoringJob job;
    Clock::time_point since;
  };
  struct Done {
    size_t index;
    std::string record_id;
    int64_t step;
    ScoredGroup group;
    double queue_s;
    std::vector<double> reward_s;  // [n_rewards]
  };
  ScoredGroup judge(const ScoringJob& job, std::vector<double>& reward_s) const;
  bool is_hopeless() const;
  std::vector<FailureCount> count_failures(const std::vector<Done>& done) const;
  std::vector<ScoredGroup> in_order(std::vector<Done> done) const;
  void note_timings(const std::vector<Done>& done, double wait_s);
  void wait_until_idle(std::unique_lock<std::mutex>& lock);

  struct Rule {
    std::vector<double> weights;  // [n_rewards]
    size_t pass_index = 0;
    double pass_at_least = 1;
  };
  const Rule& rule_of(const std::string& phase) const;

  std::vector<WeightedReward> rewards_;
  Rule rule_;
  std::map<std::string, Rule> phase_rules_;
  FailureWindow failures_;

  std::mutex mutex_;
  std::condition_variable more_, idle_;
  std::deque<Queued> queue_;
  std::vector<Done> done_;
  int running_ = 0;
  uint64_t expected_ = 0;  // samples of the batch; 0: not known
  bool gave_up_ = false;   // on this batch
  bool stop_ = false;
  NamedValues timings_;
  std::vector<std::thread> workers_;
};

// reward, reward_std (n - 1), reward/<name>, reward/<name>/<part>, pass_rate (of the samples with a verdict),
// failed_samples (left out because a reward failed); where there are any, unscored_samples (no reward applied) and
// failed/<name>. Means over the samples that have the value; NaN where none has.
NamedValues reward_metrics(const std::vector<WeightedReward>& rewards, const std::vector<ScoredGroup>& groups);

}  // namespace crescent
