// The option tables of the plain structs of a run.
#include <algorithm>

#include "core/experiment/run_options.hpp"

namespace crescent {

namespace {

// A pair of numbers written as { first, second }.
void add_pair(OptionTable& table, const std::string& owner, const std::string& name, double& first, double& second,
              OptionLimits limits) {
  OptionSpec spec{name, OptionType::numbers, std::vector<double>{}, limits.min, limits.max, {}, false, ""};
  const std::string help =
      fmt::format("{} (from {} to {}) [default {{ {}, {} }}]", limits.help, limits.min, limits.max, first, second);
  table.custom(
      name, help,
      [=, &first, &second](const Value& value, Problems& problems) {
        OptionValue out;
        if (!check_option(owner, spec, value, out, problems)) return;
        const auto& numbers = std::get<std::vector<double>>(out);
        if (numbers.size() != 2) {
          problems.add(value.place, "{}: option \"{}\" must have 2 numbers, found {}", owner, name, numbers.size());
          return;
        }
        first = numbers[0];
        second = numbers[1];
      },
      [&first, &second] {
        return to_value(std::vector<double>{first, second});
      },
      "number[]");
}

void add_adamw(OptionTable& table, const std::string& owner, AdamWConfig& config) {
  table.add("lr", config.lr, {.min = 0, .max = 10, .help = "learning rate after the warm-up"});
  add_pair(table, owner, "betas", config.beta1, config.beta2,
           {.min = 0, .max = 0.999999, .help = "AdamW's decay of its two moments"});
  table.add("adam_eps", config.eps, {.min = 0, .max = 1, .help = "AdamW's epsilon"})
      .add("weight_decay", config.weight_decay, {.min = 0, .max = 1, .help = "decoupled weight decay"})
      .add("max_grad_norm", config.max_grad_norm,
           {.min = 0, .max = 1e6, .help = "clips the gradient's L2 norm; 0: no clipping"});
}

// `schedule` is a shape's name or a function.
void add_schedule(OptionTable& table, const std::string& owner, ScheduleConfig& config) {
  OptionSpec spec;
  spec.name = "schedule";
  spec.type = OptionType::string;
  spec.choices = {"constant", "linear", "cosine"};
  table.custom(
      "schedule",
      fmt::format("constant | linear | cosine, or function(step, total) -> factor of lr [default \"{}\"]",
                  config.shape),
      [=, &config](const Value& value, Problems& problems) {
        if (const auto* function = value.get<FunctionRef>()) {
          config.function = *function;
          return;
        }
        OptionValue out;
        if (!check_option(owner, spec, value, out, problems)) return;
        config.shape = std::get<std::string>(out);
        config.function = {};  // a phase's may take the place of the run's
      },
      [&config] { return config.function.source.empty() ? Value(config.shape) : Value(config.function); },
      "\"constant\"|\"linear\"|\"cosine\"|fun(step: integer, total: integer?): number");
  table
      .add("warmup_steps", config.warmup_steps,
           {.min = 0, .max = 1e9, .help = "the rate rises linearly over these steps"})
      .add("final_share", config.final_share,
           {.min = 0, .max = 1, .help = "of lr, reached at the last step (linear, cosine)"});
}

void add_micro_batch(OptionTable& table, int64_t& tokens, const std::string& note) {
  table.add("micro_batch_tokens", tokens,
            {.min = 1, .max = 1 << 30, .help = "most tokens of one forward and backward" + note + "; bounds memory"});
}

void add_mix(OptionTable& table, const std::string& owner, std::vector<std::pair<std::string, double>>& mix) {
  table.custom(
      "mix", "share of each kind of cold-start record, { text = 0.5, ... }; left out: as they come",
      [=, &mix](const Value& value, Problems& problems) {
        const auto* shares = value.get<Table>();
        if (shares == nullptr || !shares->list.empty()) {
          problems.add(value.place,
                       "{}: option \"mix\" must name a share for each kind, {{ text = 0.5, image = 0.5 }}, found {}",
                       owner, value.show());
          return;
        }
        mix.clear();
        double sum = 0;
        for (const auto& [kind, share] : shares->fields) {
          OptionSpec spec;
          spec.name = "mix." + kind;
          spec.min = 0;
          spec.max = 1e9;
          OptionValue out;
          if (!check_option(owner, spec, share, out, problems)) return;
          mix.emplace_back(kind, std::get<double>(out));
          sum += mix.back().second;
        }
        if (!mix.empty() && sum == 0)
          problems.add(value.place, "{}: all shares of \"mix\" are 0; give at least one kind a share", owner);
      },
      [&mix] {
        Table shares;
        for (const auto& [kind, share] : mix) shares.set(kind, Value(share));
        return mix.empty() ? Value() : Value(std::move(shares));
      },
      "table<string, number>");
}

void add_views(OptionTable& table, const std::string& owner, std::vector<std::string>& views) {
  OptionSpec spec;
  spec.name = "views";
  spec.type = OptionType::string;
  for (const View view : kViews) spec.choices.push_back(view_name(view));
  table.custom(
      "views", fmt::format("list of views to validate in [default {{ {} }}]", fmt::join(views, ", ")),
      [=, &views](const Value& value, Problems& problems) {
        const auto* list = value.get<Table>();
        if (list == nullptr || !list->fields.empty() || list->list.empty()) {
          problems.add(value.place, "{}: option \"views\" must be a list of views ({}), found {}", owner,
                       fmt::join(spec.choices, ", "), value.show());
          return;
        }
        views.clear();
        for (const Value& item : list->list) {
          OptionValue out;
          if (!check_option(owner, spec, item, out, problems)) continue;
          const std::string& view = std::get<std::string>(out);
          if (std::find(views.begin(), views.end(), view) != views.end())
            problems.add(item.place, "{}: option \"views\" names \"{}\" twice", owner, view);
          else
            views.push_back(view);
        }
      },
      [&views] {
        Table list;
        for (const std::string& view : views) list.list.emplace_back(view);
        return Value(std::move(list));
      },
      "(\"text\"|\"caption\"|\"image\")[]");
}

}  // namespace

OptionTable data_options(DataConfig& config) {
  OptionTable table("data");
  table.add("source", config.source, {.help = "\"shapes\" (built in), or a folder"})
      .add("train", config.train, {.help = "training records, a file in the folder"})
      .add("val", config.val, {.help = "held-out records, a file in the folder"})
      .add("sft", config.sft, {.help = "records of the cold start, a file in the folder"})
      .add("count", config.count, {.min = 1, .max = 1e7, .help = "shapes: training records"})
      .add("val_count", config.val_count, {.min = 1, .max = 1e6, .help = "shapes: held-out records"})
      .add("sft_count", config.sft_count, {.min = 1, .max = 1e7, .help = "shapes: problems of the cold start"})
      .add("pool", config.pool,
           {.choices = {"even", "starved"},
            .help = "shapes: all levels in equal share, or 85 % impossible and 10 % that can be learned"})
      .add("prompt_too_long", config.prompt_too_long,
           {.choices = {"error", "filter"}, .help = "what happens to a prompt over the limit"})
      .add("max_prompt_tokens", config.max_prompt_tokens,
           {.min = 1, .max = 1 << 20, .help = "limit of a prompt, image tokens included"});
  return table;
}

OptionTable sft_options(SftConfig& config) {
  OptionTable table("sft");
  table
      .add("steps", config.steps, {.min = 1, .max = 1e9, .required = true, .help = "optimizer steps of the cold start"})
      .add("batch", config.batch, {.min = 1, .max = 1 << 20, .help = "sequences a step"});
  add_micro_batch(table, config.micro_batch_tokens, "");
  add_adamw(table, "sft", config.adamw);
  add_schedule(table, "sft", config.schedule);
  add_mix(table, "sft", config.mix);
  return table;
}

OptionTable phase_grpo_options(const std::string& owner, GrpoConfig& config) {
  OptionTable kl(owner + ".kl"), updates(owner + ".updates"), pass(owner + ".pass");
  kl.add("coefficient", config.kl.coefficient, {.min = 0, .max = 100, .help = "0: no reference model is held"})
      .add("estimator", config.kl.estimator, {.choices = {"k1", "abs", "k2", "k3"}, .help = "of the divergence"})
      .add("place", config.kl.place, {.choices = {"loss", "reward"}, .help = "where it is subtracted"})
      .add("clamp_difference", config.kl.clamp_difference,
           {.min = 0, .max = 1e3, .help = "of log-probabilities; 0: none"})
      .add("clamp_value", config.kl.clamp_value, {.min = 0, .max = 1e3, .help = "of the estimate; 0: none"});
  updates
      .add("minibatch_prompts", config.updates.minibatch_prompts,
           {.min = 0, .max = 1 << 20, .help = "prompts an update; 0: the batch"})
      .add("epochs", config.updates.epochs, {.min = 1, .max = 1000, .help = "passes over the batch"});
  pass.add("reward", config.pass_reward, {.help = "the reward that decides; may be left out when there is one"})
      .add("at_least", config.pass_at_least, {.min = -1e9, .max = 1e9, .help = "its value that counts as solved"});

  OptionTable table(owner);
  table.add("prompts", config.prompts, {.min = 1, .max = 1 << 20, .help = "prompts a batch"})
      .add("group", config.group, {.min = 2, .max = 1024, .help = "responses per prompt"})
      .add("max_response_tokens", config.max_response_tokens, {.min = 1, .max = 1 << 20, .help = "limit of a response"})
      .add("resample", config.resample,
           {.min = 0, .max = 100, .help = "times that groups without signal are replaced by new prompts; 0: never"})
      .add("temperature", config.temperature, {.min = 0.01, .max = 100, .help = "of training rollouts"})
      .add("advantage", config.advantage,
           {.choices = {"std", "none", "leave_one_out"}, .help = "scale and baseline within a group"})
      .add("advantage_eps", config.advantage_eps, {.min = 0, .max = 1, .help = "added to the standard deviation"})
      .add("loss", config.loss, {.choices = {"token", "sequence", "dr_grpo"}, .help = "how tokens are averaged"});
  add_pair(table, owner, "clip", config.clip_low, config.clip_high,
           {.min = 0, .max = 10, .help = "ratio stays in 1 - low .. 1 + high"});
  table.add("dual_clip", config.dual_clip, {.min = 0, .max = 100, .help = "bound of the loss where A < 0; 0: off"})
      .add("entropy_bonus", config.entropy_bonus, {.min = 0, .max = 10, .help = "coefficient of the mean entropy"})
      .nest("kl", std::move(kl), "divergence from the model before GRPO")
      .nest("updates", std::move(updates), "optimizer updates a batch")
      .nest("pass", std::move(pass), "what counts as solved");
  add_adamw(table, owner, config.adamw);
  add_schedule(table, owner, config.schedule);
  add_micro_batch(table, config.micro_batch_tokens, " (one group is never split)");
  return table;
}

OptionTable grpo_options(GrpoConfig& config) {
  OptionTable table = phase_grpo_options("grpo", config);
  table.add(
      "max_failed_share", config.max_failed_share,
      {.min = 0, .max = 1, .help = "of samples that a reward could not judge, over at least 1000; then the run stops"});
  return table;
}

OptionTable validation_options(ValidationConfig& config) {
  OptionTable table("validate");
  table
      .add("every", config.every,
           {.min = 0, .max = 1e9, .help = "steps; 0: only at the start, phase boundaries and the end"})
      .add("at_start", config.at_start, {.help = "before the first step"})
      .add("prompts", config.prompts, {.min = 0, .max = 1e9, .help = "held-out records; 0: all"})
      .add("samples", config.samples,
           {.min = 0, .max = 1024, .help = "per prompt for val/<view>/sampled; 0: greedy only"})
      .add("temperature", config.temperature, {.min = 0.01, .max = 100, .help = "of those samples"});
  add_views(table, "validate", config.views);
  return table;
}

OptionTable rollout_log_options(RolloutLogConfig& config) {
  OptionTable table("rollouts");
  table
      .add("every", config.every,
           {.min = 0, .max = 1e9, .help = "steps whose responses are kept; scores always are; 0: scores alone"})
      .add("samples", config.samples, {.min = 0, .max = 1024, .help = "responses kept of each group; 0: all"})
      .add("tokens", config.tokens, {.help = "also their token ids and log-probabilities"})
      .add("logprob_decimals", config.logprob_decimals,
           {.min = 1, .max = 9, .help = "digits of a log-probability behind the point"});
  return table;
}

OptionTable checkpoint_options(CheckpointConfig& config) {
  OptionTable table("checkpoint");
  table.add("every", config.every, {.min = 1, .max = 1e9, .help = "steps"})
      .add("keep_last", config.keep_last, {.min = 1, .max = 1e6, .help = "newest checkpoints kept"})
      .add("keep_best", config.keep_best, {.help = "also the best by this metric, \"val/image/accuracy\""});
  return table;
}

}  // namespace crescent
