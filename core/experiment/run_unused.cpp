// Options that were given and act on nothing, because another one turns them off.
#include <algorithm>

#include "core/experiment/run_check.hpp"
#include "core/experiment/run_options.hpp"

namespace crescent {

namespace {

// One table of the run as it was given, beside its defaults. An option given at its default is let pass: config.toml
// names every option, and changes nothing by it.
class Given {
 public:
  Given(std::string owner, const Value* given, Table defaults, Problems& problems)
      : owner_(std::move(owner)),
        given_(given ? given->get<Table>() : nullptr),
        defaults_(std::move(defaults)),
        problems_(problems) {}

  Given inner(const std::string& name) const {
    return {owner_ + "." + name, given_ ? given_->find(name) : nullptr, *defaults_.find(name)->get<Table>(), problems_};
  }

  void unused(const std::vector<std::string>& names, const std::string& why) const {
    for (const std::string& name : names) refuse(name, why + "; leave it out");
  }
  void refuse(const std::string& name, const std::string& why) const {
    if (const Value* value = changed(name))
      problems_.add(value->place, "{}: option \"{}\" is {}, but {}", owner_, name, value->show(), why);
  }

 private:
  const Value* changed(const std::string& name) const {
    const Value* value = given_ ? given_->find(name) : nullptr;
    return value && value->show() != defaults_.find(name)->show() ? value : nullptr;
  }

  std::string owner_;
  const Table* given_;
  Table defaults_;
  Problems& problems_;
};

void check_schedule_options(const Given& given, const ScheduleConfig& schedule) {
  if (!schedule.function.source.empty())
    given.unused({"warmup_steps", "final_share"}, "the schedule is a function, which gives the rate of every step");
  else if (schedule.shape == "constant")
    given.unused({"final_share"}, "a constant schedule ends at the rate it has");
}

void check_sft(const Given& given, const SftConfig& sft) {
  check_schedule_options(given, sft.schedule);
  if (sft.schedule.function.source.empty() && sft.schedule.warmup_steps >= sft.steps)
    given.refuse(
        "warmup_steps",
        fmt::format("the cold start has {} steps, so the rate would never get to lr; give it less", sft.steps));
}

void check_data(const Given& given, const DataConfig& data) {
  if (data.source == "shapes")
    given.unused({"train", "val", "sft"}, "the built-in shapes are read from files of their own");
  else
    given.unused({"count", "val_count", "sft_count", "pool"},
                 "only the built-in shapes have it; a folder's files are read whole");
}

void check_rollouts(const Given& given, const RolloutLogConfig& rollouts) {
  if (rollouts.every == 0)
    given.unused({"samples", "tokens", "logprob_decimals"}, "every is 0, so no response is kept");
  else if (!rollouts.tokens)
    given.unused({"logprob_decimals"}, "tokens is false, so no log-probability is kept");
}

}  // namespace

void check_unused(const Table& run, const RunConfig& config, const RunParts& parts, Problems& problems) {
  DataConfig data;
  SftConfig sft;
  GrpoConfig grpo;
  if (parts.data.good) check_data({"data", run.find("data"), data_options(data).write(), problems}, config.data);
  if (parts.sft.given && parts.sft.good)
    check_sft({"sft", run.find("sft"), sft_options(sft).write(), problems}, config.sft);
  RolloutLogConfig rollouts;
  if (parts.rollouts.good)
    check_rollouts({"rollouts", run.find("rollouts"), rollout_log_options(rollouts).write(), problems},
                   config.rollouts);
  if (!parts.grpo.given || !parts.grpo.good) return;
  const Given given("grpo", run.find("grpo"), grpo_options(grpo).write(), problems);
  check_schedule_options(given, config.grpo.schedule);
  if (config.grpo.kl.coefficient == 0)
    given.inner("kl").unused({"estimator", "place", "clamp_difference", "clamp_value"},
                             "the coefficient is 0, so no divergence is measured");
}

}  // namespace crescent
