#include "core/app/score.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>
#include <utility>

#include "core/app/data_source.hpp"
#include "core/app/named_reward.hpp"
#include "core/app/terminal.hpp"
#include "core/base/json.hpp"
#include "core/rundir/config_reader.hpp"
#include "core/score/sample_source.hpp"
#include "core/score/verdicts.hpp"
#include "core/scoring/scorer.hpp"

namespace fs = std::filesystem;

namespace crescent {

namespace {

// {"id", "score", "parts"}, or {"id", "error"}; what the reward has nothing to say about has the score null.
std::string score_line(const SavedSample& sample, const Score& score, const std::vector<std::string>& parts) {
  Json line = {{"id", sample.id}};
  if (sample.from_run) {
    line["step"] = sample.origin.step;
    line["view"] = view_name(sample.origin.view);
    line["visit"] = sample.origin.visit;
    line["sample"] = sample.origin.sample;
  }
  if (score.status == ScoreStatus::failed) {
    line["error"] = score.error;
  } else {
    line["score"] = score.value;  // not a number: null
    line["parts"] = Json::object();
    for (size_t p = 0; p < parts.size(); ++p) line["parts"][parts[p]] = score.parts[p];
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// In calls of kScoreBatch samples, as many at a time as the reward works on.
std::vector<Score> judge_in_calls(const NamedReward& reward, std::span<const Sample> samples) {
  std::vector<std::vector<Score>> called((samples.size() + kScoreBatch - 1) / kScoreBatch);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < called.size(); i = next++)
      called[i] = judge_samples(
          *reward.reward, samples.subspan(i * kScoreBatch, std::min(kScoreBatch, samples.size() - i * kScoreBatch)));
  };
  {
    std::vector<std::jthread> others;
    for (size_t t = 1; t < std::min(called.size(), static_cast<size_t>(reward.workers)); ++t) others.emplace_back(work);
    work();
  }
  std::vector<Score> scores;
  for (std::vector<Score>& part : called) std::move(part.begin(), part.end(), std::back_inserter(scores));
  return scores;
}

class Scoring {
 public:
  Scoring(NamedReward first, std::optional<NamedReward> second, double at_least)
      : first_(std::move(first)), second_(std::move(second)), at_least_(at_least), verdicts_(verdicts_of(first_)) {
    round_ = kScoreBatch * static_cast<size_t>(std::max(first_.workers, second_ ? second_->workers : 1));
    if (second_) others_.emplace(verdicts_of(*second_));
  }

  void add(SavedSample&& sample) {
    waiting_.push_back(std::move(sample));
    if (waiting_.size() == round_) judge();
  }

  // What waits. Each sample is judged once, also where its line then cannot be written.
  void judge() {
    std::vector<SavedSample> batch = std::exchange(waiting_, {});
    if (batch.empty()) return;
    std::vector<Sample> samples;
    for (const SavedSample& sample : batch) samples.push_back(sample.borrow());
    const std::vector<Score> scores = judge_with(first_, samples, batch, verdicts_);
    if (second_) judge_with(*second_, samples, batch, *others_);
    std::string lines;
    for (size_t i = 0; i < scores.size(); ++i) {
      lines += score_line(batch[i], scores[i], first_.reward->part_names());
      if (second_) labels_.push_back(std::move(batch[i].label));
    }
    if (std::fwrite(lines.data(), 1, lines.size(), stdout) != lines.size() || std::fflush(stdout) != 0)
      fail("the scores cannot be written to stdout");
  }

  void report() const {
    if (verdicts_.scores().empty()) fail_usage({}, "there is no sample to score");
    fmt::print(stderr, "{}", verdicts_.report());
    if (second_)
      fmt::print(stderr, "\n{}\n{}", others_->report(),
                 crescent::report(compare(verdicts_.scores(), others_->scores(), at_least_), verdicts_, *others_,
                                  at_least_, labels_));
    check_judged(verdicts_);
    if (others_) check_judged(*others_);
  }

 private:
  static Verdicts verdicts_of(const NamedReward& reward) { return {reward.name, reward.reward->part_names()}; }

  // So that a script around it does not take a server that is down for an answer.
  static void check_judged(const Verdicts& verdicts) {
    const auto samples = static_cast<int64_t>(verdicts.scores().size());
    if (verdicts.failed() == samples)
      fail("reward \"{}\" could judge none of {} samples; the statistics above name the first causes", verdicts.name(),
           samples);
  }

  // `samples` borrow from `batch`.
  static std::vector<Score> judge_with(const NamedReward& reward, const std::vector<Sample>& samples,
                                       const std::vector<SavedSample>& batch, Verdicts& verdicts) {
    const double begun = steady_seconds();
    std::vector<Score> scores = judge_in_calls(reward, samples);
    verdicts.add_time(steady_seconds() - begun);
    for (size_t i = 0; i < scores.size(); ++i) verdicts.add(scores[i], batch[i].label);
    return scores;
  }

  NamedReward first_;
  std::optional<NamedReward> second_;
  double at_least_;
  size_t round_;  // samples that are judged together
  Verdicts verdicts_;
  std::optional<Verdicts> others_;
  std::vector<SavedSample> waiting_;
  std::vector<std::string> labels_;  // of all samples, where two rewards are compared
};

// The run directory that `path` names, itself or by its folder rollouts/; empty for anything else.
std::string run_of(const std::string& path) {
  const fs::path folder = fs::path(path + "/").parent_path();
  for (const fs::path& run : {folder, folder.parent_path()})
    if (fs::is_regular_file(run / "config.toml") && (run == folder || folder.filename() == "rollouts"))
      return run.empty() ? "." : run.string();
  return "";
}

void read_run(const std::string& run, Scoring& scoring) {
  const RunConfig config = read_run_config(run);
  const RolloutReader rollouts(run);
  if (rollouts.steps().empty()) fail_usage({run, 0}, "there are no rollouts yet");
  const Dataset data = load_training_records(config, locate_data(config, find_resources()));
  const RunSamples counts =
      read_run_samples(rollouts, data.records, [&](SavedSample&& sample) { scoring.add(std::move(sample)); });
  if (counts.without_text > 0)
    fmt::print(stderr, "{}: {} of {} rollouts have no text (run:rollouts kept none of theirs) and are left out\n", run,
               counts.without_text, counts.read);
}

void read_lines(const std::string& path, Scoring& scoring) {
  const auto use = [&](SavedSample&& sample) { scoring.add(std::move(sample)); };
  const auto read = [&](std::istream& in, const std::string& name) {
    try {
      read_sample_lines(in, name, use);
    } catch (const Error&) {
      scoring.judge();  // what came before the line at fault
      throw;
    }
  };
  if (path.empty()) {
    if (isatty(STDIN_FILENO)) fmt::print(stderr, "reading samples from the terminal, one JSON object a line\n");
    return read(std::cin, "stdin");
  }
  if (fs::is_directory(path)) fail_usage({path, 0}, "this folder is no run directory: it has no config.toml");
  if (path.ends_with(".zst"))
    fail_usage({path, 0}, "name the run directory instead: what the rollouts answer stands in the run's data");
  std::ifstream in(path, std::ios::binary);
  if (!in) fail_usage({path, 0}, "there is no such file");
  read(in, path);
}

}  // namespace

void score_samples(const ScoreRequest& request) {
  const Resources resources = find_resources();
  const HostServices services;
  std::optional<NamedReward> against;
  NamedReward reward = make_named_reward(request.reward, request.options, resources, services);
  if (request.against) {
    against = make_named_reward(*request.against, request.against_options, resources, services);
    if (against->name == reward.name) {
      reward.name = request.reward;
      against->name = *request.against == request.reward ? *request.against + " (against)" : *request.against;
    }
  }
  Scoring scoring(std::move(reward), std::move(against), request.at_least);
  const std::string run = request.rollouts.empty() ? "" : run_of(request.rollouts);
  if (run.empty())
    read_lines(request.rollouts, scoring);
  else
    read_run(run, scoring);
  scoring.judge();
  scoring.report();
}

}  // namespace crescent
