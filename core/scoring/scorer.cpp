#include "core/scoring/scorer.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include "core/base/error.hpp"
#include "core/stats/moments.hpp"

namespace crescent {

namespace {

double seconds(std::chrono::steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::vector<std::string> names_of(const std::vector<WeightedReward>& rewards) {
  std::vector<std::string> names;
  for (const WeightedReward& r : rewards) names.push_back(r.name);
  return names;
}

std::vector<double> weights_of(const std::vector<WeightedReward>& rewards) {
  std::vector<double> weights;
  for (const WeightedReward& r : rewards) weights.push_back(r.weight);
  return weights;
}

size_t find_pass_reward(const std::vector<WeightedReward>& rewards, const PassRule& pass) {
  const std::vector<std::string> names = names_of(rewards);
  if (names.empty()) fail_usage({}, "a run needs at least one reward");
  for (size_t i = 0; i < names.size(); ++i)
    if (std::find(names.begin(), names.begin() + static_cast<long>(i), names[i]) !=
        names.begin() + static_cast<long>(i))
      fail_usage({}, "two rewards are called \"{}\"; give one of them another name", names[i]);
  if (pass.reward.empty() && names.size() == 1) return 0;
  if (pass.reward.empty())
    fail_usage(
        {},
        "with {} rewards, say which one decides whether a response passes: pass = {{ reward = \"{}\", at_least = 1 }}",
        names.size(), names.front());
  const auto it = std::find(names.begin(), names.end(), pass.reward);
  if (it == names.end())
    fail_usage({}, "pass: there is no reward \"{}\"{}", pass.reward, suggestion(pass.reward, names));
  return static_cast<size_t>(it - names.begin());
}

// The samples of a job; they borrow its strings.
std::vector<Sample> samples_of(const ScoringJob& job) {
  std::vector<Sample> samples;
  for (const Rollout& rollout : job.group.rollouts) {
    Sample s;
    s.prompt = job.prompt;
    s.response = rollout.text;
    s.gold = job.gold;
    s.columns_json = job.columns_json;
    s.record_id = job.record_id;
    s.group_id = job.group_id;
    s.index_in_group = static_cast<uint32_t>(samples.size());
    s.token_count = static_cast<uint32_t>(rollout.tokens.size());
    s.finish = rollout.finish;
    s.phase = job.phase;
    s.step = job.step;
    samples.push_back(s);
  }
  return samples;
}

void mark_failed(Score& score, std::string why, size_t n_parts) {
  score.status = ScoreStatus::failed;
  score.error = std::move(why);
  score.value = std::numeric_limits<double>::quiet_NaN();
  score.parts.assign(n_parts, std::numeric_limits<double>::quiet_NaN());
}

// A score that claims to be good but is not a number, or lacks parts, is a failure with a reason, never a zero.
void check_score(Score& score, size_t n_parts) {
  if (score.status == ScoreStatus::failed && score.error.empty())
    mark_failed(score, "no score and no reason given", n_parts);
  if (score.status != ScoreStatus::ok) {
    score.value = std::numeric_limits<double>::quiet_NaN();
    score.parts.assign(n_parts, score.value);
    return;
  }
  if (!std::isfinite(score.value))
    return mark_failed(score, fmt::format("the score is {}, not a finite number", score.value), n_parts);
  if (score.parts.size() != n_parts)
    mark_failed(score, fmt::format("{} parts were given, {} are declared", score.parts.size(), n_parts), n_parts);
}

// How a reward enters the sum.
struct Scale {
  double center = 0, factor = 1;
  double of(double value) const { return (value - center) * factor; }
};

std::vector<Scale> scales_of(const std::vector<WeightedReward>& rewards, const ScoredGroup& group) {
  std::vector<Scale> scales(rewards.size());
  for (size_t k = 0; k < rewards.size(); ++k) {
    if (!rewards[k].normalise) continue;
    Moments moments;
    for (size_t i = 0; i < group.scores[k].size(); ++i)
      if (group.scores[k][i].status == ScoreStatus::ok && !group.failed(i)) moments.add(group.scores[k][i].value);
    if (moments.varies())
      scales[k] = {moments.mean(), 1 / (moments.deviation() + 1e-6)};
    else
      scales[k] = {0, 0};
  }
  return scales;
}

}  // namespace

std::vector<Score> judge_samples(Reward& reward, std::span<const Sample> samples) {
  const size_t n_parts = reward.part_names().size();
  std::vector<Score> scores(samples.size());
  std::string thrown;
  try {
    reward.score(samples, scores);
  } catch (const std::exception& e) {
    thrown = e.what()[0] == '\0' ? "an exception without a text" : e.what();
  } catch (...) {
    thrown = "an exception of an unknown type";
  }
  for (Score& score : scores) {
    if (!thrown.empty()) mark_failed(score, thrown, n_parts);
    check_score(score, n_parts);
  }
  return scores;
}

Scorer::Scorer(std::vector<WeightedReward> rewards, PassRule pass, double max_failed_share, int64_t workers)
    : rewards_(std::move(rewards)),
      rule_{weights_of(rewards_), find_pass_reward(rewards_, pass), pass.at_least},
      failures_(names_of(rewards_), max_failed_share) {
  if (workers < 1) fail_usage({}, "rewards need at least one worker, not {}", workers);
  for (int64_t i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

Scorer::~Scorer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    queue_.clear();
  }
  more_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Scorer::expect(uint64_t samples) {
  const std::lock_guard lock(mutex_);
  expected_ = samples;
}

void Scorer::set_phase(const std::string& phase, std::vector<double> weights, const PassRule& pass) {
  phase_rules_[phase] = {std::move(weights), find_pass_reward(rewards_, pass), pass.at_least};
}

const Scorer::Rule& Scorer::rule_of(const std::string& phase) const {
  const auto found = phase_rules_.find(phase);
  return found == phase_rules_.end() ? rule_ : found->second;
}

void Scorer::submit(ScoringJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (gave_up_) return;
    queue_.push_back({std::move(job), Clock::now()});
  }
  more_.notify_one();
}

void Scorer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    ScoringJob job = std::move(queue_.front().job);
    const double queue_s = seconds(Clock::now() - queue_.front().since);
    queue_.pop_front();
    ++running_;
    lock.unlock();
    std::vector<double> reward_s;
    ScoredGroup group = judge(job, reward_s);
    group.group = std::move(job.group);
    lock.lock();
    done_.push_back({job.index, std::move(job.record_id), job.step, std::move(group), queue_s, std::move(reward_s)});
    if (is_hopeless()) {
      gave_up_ = true;
      queue_.clear();
    }
    if (--running_ == 0 && queue_.empty()) idle_.notify_all();
  }
}

ScoredGroup Scorer::judge(const ScoringJob& job, std::vector<double>& reward_s) const {
  const std::vector<Sample> samples = samples_of(job);
  ScoredGroup out;
  for (const WeightedReward& r : rewards_) {
    const Clock::time_point start = Clock::now();
    out.scores.push_back(judge_samples(*r.reward, samples));
    reward_s.push_back(seconds(Clock::now() - start));
  }
  const std::vector<Scale> scales = scales_of(rewards_, out);
  const Rule& rule = rule_of(job.phase);
  for (size_t i = 0; i < samples.size(); ++i) {
    double sum = 0;
    bool applies = false;
    for (size_t k = 0; k < rewards_.size(); ++k) {
      const Score& score = out.scores[k][i];
      applies |= score.status == ScoreStatus::ok;
      if (score.status == ScoreStatus::ok) sum += rule.weights[k] * scales[k].of(score.value);
    }
    const bool kept = applies && !out.failed(i);
    const Score& decisive = out.scores[rule.pass_index][i];
    out.reward.push_back(kept ? sum : std::numeric_limits<double>::quiet_NaN());
    out.undecided.push_back(kept && decisive.status == ScoreStatus::not_applicable);
    out.passed.push_back(kept && decisive.status == ScoreStatus::ok && decisive.value >= rule.pass_at_least);
  }
  return out;
}

void Scorer::wait_until_idle(std::unique_lock<std::mutex>& lock) {
  idle_.wait(lock, [this] { return queue_.empty() && running_ == 0; });
}

std::vector<FailureCount> Scorer::count_failures(const std::vector<Done>& done) const {
  std::vector<FailureCount> counts(rewards_.size());
  for (const Done& d : done)
    for (size_t k = 0; k < rewards_.size(); ++k)
      for (const Score& score : d.group.scores[k]) {
        ++counts[k].samples;
        if (score.status != ScoreStatus::failed) continue;
        if (counts[k].failed++ == 0)
          counts[k].example = fmt::format("record \"{}\" at step {}: {}", d.record_id, d.step, score.error);
      }
  for (FailureCount& count : counts) count.unjudged = expected_ - std::min(expected_, count.samples);
  return counts;
}

// Whether the batch has so many failures already that collect() will throw. The order of completion may change when
// that shows, and not whether it does.
bool Scorer::is_hopeless() const {
  if (expected_ == 0) return false;
  const std::vector<FailureCount> counts = count_failures(done_);
  for (size_t k = 0; k < counts.size(); ++k)
    if (counts[k].failed > 0 && failures_.is_exceeded_by(k, counts[k])) return true;
  return false;
}

std::vector<ScoredGroup> Scorer::collect() {
  std::vector<Done> done;
  const Clock::time_point start = Clock::now();
  std::vector<FailureCount> counts;
  {
    std::unique_lock lock(mutex_);
    wait_until_idle(lock);
    done = std::exchange(done_, {});
    std::sort(done.begin(), done.end(), [](const Done& a, const Done& b) { return a.index < b.index; });
    counts = count_failures(done);
    expected_ = 0;
    if (!std::exchange(gave_up_, false))
      for (FailureCount& count : counts) count.unjudged = 0;
  }
  note_timings(done, seconds(Clock::now() - start));
  for (size_t k = 0; k < rewards_.size(); ++k) failures_.add(k, counts[k]);
  return in_order(std::move(done));
}

// `done` is sorted.
std::vector<ScoredGroup> Scorer::in_order(std::vector<Done> done) const {
  std::vector<ScoredGroup> groups;
  for (size_t i = 0; i < done.size(); ++i) {
    if (done[i].index != i)
      fail("groups submitted for scoring must be numbered 0 to {}, but number {} is {}", done.size() - 1, i,
           i > 0 && done[i].index == done[i - 1].index ? "there twice" : "missing");
    groups.push_back(std::move(done[i].group));
  }
  return groups;
}

void Scorer::note_timings(const std::vector<Done>& done, double wait_s) {
  double queue_s = 0, samples = 0;
  std::vector<double> reward_s(rewards_.size(), 0);
  for (const Done& d : done) {
    queue_s += d.queue_s;
    samples += static_cast<double>(d.group.reward.size());
    for (size_t k = 0; k < rewards_.size(); ++k) reward_s[k] += d.reward_s[k];
  }
  timings_.clear();
  if (samples == 0) return;
  for (size_t k = 0; k < rewards_.size(); ++k)
    timings_.emplace_back("reward_us/" + rewards_[k].name, 1e6 * reward_s[k] / samples);
  timings_.emplace_back("reward_queue_s", queue_s / static_cast<double>(done.size()));
  timings_.emplace_back("reward_wait_s", wait_s);
}

void Scorer::discard() {
  std::unique_lock lock(mutex_);
  queue_.clear();
  wait_until_idle(lock);
  done_.clear();
  expected_ = 0;
  gave_up_ = false;
}

std::string Scorer::save_state() const { return failures_.save_state(); }
void Scorer::load_state(std::string_view bytes) { failures_.load_state(bytes); }

}  // namespace crescent
