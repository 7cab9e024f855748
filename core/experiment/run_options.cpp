#include "core/experiment/run_options.hpp"

#include <algorithm>

#include "core/experiment/phase_settings.hpp"
#include "core/experiment/run_check.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/experiment/sweep_spec.hpp"

namespace crescent {

OptionTable run_table_options(RunConfig& config) {
  OptionTable table("run");
  table.add("name", config.name, {.help = "the run directory's name"})
      .add("seed", config.seed, {.min = 0, .max = 9e15, .help = "of everything random"})
      .add("model", config.model, {.help = "preset, Hugging Face folder or run directory"})
      .add("precision", config.precision,
           {.choices = {"fp32", "bf16"}, .help = "of what products with weights multiply; bf16 wants a CPU with AMX"})
      .add("system", config.system, {.help = "system prompt of the chat format"})
      .add("tensorboard", config.tensorboard, {.help = "events/ is written, which TensorBoard shows"});
  return table;
}

namespace {

OptionTable script_options(RunConfig& config) {
  OptionTable table("script");
  table.add("file", config.script, {.help = "the script, within experiment/"})
      .add("folder", config.folder, {.help = "where relative paths start"})
      .custom(
          "params", "what crescent.params declared, as it was used",
          [&config](const Value& value, Problems& problems) {
            if (const auto* params = value.get<Table>())
              config.params = *params;
            else
              problems.add(value.place, "script: option \"params\" must be a table, found {} {}", value.kind(),
                           value.show());
          },
          [&config] { return config.params.fields.empty() ? Value() : Value(config.params); });
  return table;
}

class Reader {
 public:
  Reader(const Table& table, const Place& place, RunConfig& config, Problems& problems)
      : table_(table), config_(config), problems_(problems) {
    parts_.run.place = place;
  }

  void read(const std::vector<std::string>& misspelt) {
    const std::pair<const char*, RunParts::Part*> parts[] = {
        {"sft", &parts_.sft},         {"grpo", &parts_.grpo},    {"reward", &parts_.rewards},
        {"sampler", &parts_.sampler}, {"phase", &parts_.phases}, {"validate", &parts_.validation}};
    for (const auto& [name, part] : parts)
      if (std::find(misspelt.begin(), misspelt.end(), name) != misspelt.end()) part->given = true, part->good = false;
    OptionTable top = run_table_options(config_);
    add_sections(top);
    top.read(table_, parts_.run.place, problems_);
    if (config_.name.empty() || config_.name.find_first_of("/\\") != std::string::npos || config_.name.front() == '.')
      problems_.add(place_of("name"), "run: name is \"{}\", but must be a folder's plain name", config_.name);
    if (parts_.grpo.given && !parts_.sampler.given) config_.sampler.plugin = "uniform";
    config_.model_place = place_of("model");
    config_.precision_place = place_of("precision");
    config_.data.place = parts_.data.place;
    config_.sft.place = parts_.sft.place;
    config_.validation.good = parts_.validation.good;
    resolve_phase_settings(config_, problems_);
    check_run(config_, parts_, problems_);
    check_unused(table_, config_, parts_, problems_);
  }

 private:
  Place place_of(const std::string& name) const {
    const Value* value = table_.find(name);
    return value ? value->place : parts_.run.place;
  }

  // A section read by `read`, noting where it stands and whether it was right.
  void section(OptionTable& top, const std::string& name, RunParts::Part& part,
               std::function<void(const Value&)> read) {
    top.custom(
        name, "",
        [&part, read](const Value& value, Problems& problems) {
          const size_t before = problems.size();
          part.given = true;
          part.place = value.place;
          read(value);
          part.good = problems.size() == before;
        },
        [] { return Value(); });
  }

  const Table* table_in(const Value& value, const std::string& name) {
    if (const auto* table = value.get<Table>()) return table;
    problems_.add(value.place, "{} must be a table, found {} {}", name, value.kind(), value.show());
    return nullptr;
  }

  void options_section(OptionTable& top, const std::string& name, RunParts::Part& part,
                       std::function<OptionTable()> options) {
    section(top, name, part, [this, name, options](const Value& value) {
      if (const Table* table = table_in(value, name)) options().read(*table, value.place, problems_);
    });
  }

  // [[reward]] and [[phase]]: the place of the part is its first item's.
  template <class Item>
  void list_section(OptionTable& top, const std::string& name, RunParts::Part& part, std::vector<Item>& items,
                    void (*read)(const Value&, size_t, Item&, Problems&)) {
    section(top, name, part, [this, name, &part, &items, read](const Value& value) {
      const Table* table = table_in(value, name);
      if (table == nullptr) return;
      if (!table->fields.empty()) problems_.add(value.place, "{} must be a list; write [[{}]]", name, name);
      for (const Value& item : table->list) {
        items.emplace_back();
        read(item, items.size(), items.back(), problems_);
      }
      if (!table->list.empty()) part.place = table->list.front().place;
      part.given = !table->list.empty();
    });
  }

  void add_sections(OptionTable& top) {
    section(top, "data", parts_.data, [this](const Value& value) { read_data(value); });
    options_section(top, "sft", parts_.sft, [this] { return sft_options(config_.sft); });
    options_section(top, "grpo", parts_.grpo, [this] {
      config_.has_grpo = true;
      config_.grpo.place = parts_.grpo.place;
      return grpo_options(config_.grpo);
    });
    options_section(top, "validate", parts_.validation, [this] { return validation_options(config_.validation); });
    options_section(top, "checkpoint", parts_.checkpoint, [this] { return checkpoint_options(config_.checkpoint); });
    options_section(top, "rollouts", parts_.rollouts, [this] { return rollout_log_options(config_.rollouts); });
    options_section(top, "script", script_, [this] { return script_options(config_); });
    list_section(top, "reward", parts_.rewards, config_.rewards, read_reward);
    list_section(top, "phase", parts_.phases, config_.phases, read_phase);
    section(top, "sampler", parts_.sampler, [this](const Value& value) {
      read_role("sampler", value, {"draw", "observe"}, {}, nullptr, config_.sampler, problems_);
    });
    section(top, "on_step", on_step_,
            [this](const Value& value) { read_callbacks("on_step", value, config_.on_step); });
    section(top, "on_phase", on_phase_,
            [this](const Value& value) { read_callbacks("on_phase", value, config_.on_phase); });
  }

  // "folder", or a table whose first entry or `source` is that.
  void read_data(const Value& value) {
    if (const auto* source = value.get<std::string>()) {
      config_.data.source = *source;
      return;
    }
    const Table* table = table_in(value, "data");
    if (table == nullptr) return;
    const auto* first = table->list.empty() ? nullptr : table->list.front().get<std::string>();
    data_options(config_.data).read(*table, value.place, problems_, first != nullptr ? 1 : 0);
    if (first == nullptr) return;
    if (const Value* source = table->find("source"))
      problems_.add(source->place, "data names two sources, \"{}\" and {}", *first, source->show());
    config_.data.source = *first;
  }

  void read_callbacks(const char* name, const Value& value, std::vector<FunctionRef>& functions) {
    const Table* list = table_in(value, name);
    if (list == nullptr) return;
    for (const Value& item : list->list) {
      if (const auto* function = item.get<FunctionRef>())
        functions.push_back(*function);
      else
        problems_.add(item.place, "{} takes a function, found {} {}", name, item.kind(), item.show());
    }
  }

  const Table& table_;
  RunConfig& config_;
  Problems& problems_;
  RunParts parts_;
  RunParts::Part script_, on_step_, on_phase_;
};

}  // namespace

void read_run(const Table& table, const Place& place, RunConfig& config, Problems& problems,
              const std::vector<std::string>& misspelt) {
  Reader(table, place, config, problems).read(misspelt);
}

Table write_run(const RunConfig& config) {
  RunConfig copy = config;  // the tables bind to what they could change
  Table out = run_table_options(copy).write();
  const auto list = [&out](const std::string& name, const auto& items, auto write) {
    Table table;
    for (const auto& item : items) table.list.push_back(write(item));
    if (!table.list.empty()) out.set(name, Value(std::move(table)));
  };
  list("on_step", copy.on_step, [](const FunctionRef& function) { return Value(function); });
  list("on_phase", copy.on_phase, [](const FunctionRef& function) { return Value(function); });
  out.set("data", Value(data_options(copy.data).write()));
  if (copy.sft.steps > 0) out.set("sft", Value(sft_options(copy.sft).write()));
  if (copy.has_grpo) {
    out.set("grpo", Value(grpo_options(copy.grpo).write()));
    list("reward", copy.rewards, write_reward);
    Table sampler;
    write_role(copy.sampler, sampler);
    out.set("sampler", Value(std::move(sampler)));
    list("phase", copy.phases, write_phase);
  }
  out.set("validate", Value(validation_options(copy.validation).write()));
  out.set("checkpoint", Value(checkpoint_options(copy.checkpoint).write()));
  out.set("rollouts", Value(rollout_log_options(copy.rollouts).write()));
  if (!copy.script.empty() || !copy.folder.empty()) out.set("script", Value(script_options(copy).write()));
  return out;
}

std::string run_help() {
  RunConfig config;
  std::string text = "crescent.run {\n" + run_table_options(config).help();
  text += "  data = \"shapes\" or { \"shapes\",\n" + data_options(config.data).help(4) + "}\n";
  text += "run:sft {\n" + sft_options(config.sft).help() + "}\n";
  text += "run:grpo {\n" + grpo_options(config.grpo).help() + "}\n";
  text += reward_help();
  text += "run:sampler { \"plugin\", ...options }\n";
  text += "run:sampler { draw = function(ctx, n) ... end, observe = function(groups, ctx) ... end }\n";
  text += phase_help();
  text += "run:validate {\n" + validation_options(config.validation).help() + "}\n";
  text += "run:checkpoint {\n" + checkpoint_options(config.checkpoint).help() + "}\n";
  text += "run:rollouts {\n" + rollout_log_options(config.rollouts).help() + "}\n";
  text += "run:on_step(function(step, metrics, phase) ... end)\n";
  text += "run:on_phase(function(change) ... end)\n";
  text += sweep_help();
  return text;
}

}  // namespace crescent
