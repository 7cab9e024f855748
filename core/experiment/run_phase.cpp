// A phase's table.
#include "core/config/options.hpp"
#include "core/experiment/run_options.hpp"
#include "core/experiment/run_roles.hpp"

namespace crescent {

namespace {

// Names with a number each, { foundation = 0.2 }.
using NamedNumbers = std::vector<std::pair<std::string, double>>;

NamedNumbers read_numbers(const std::string& owner, const std::string& option, const std::string& what,
                          OptionLimits limits, const Value& value, Problems& problems) {
  NamedNumbers numbers;
  const auto* table = value.get<Table>();
  if (table == nullptr || !table->list.empty()) {
    problems.add(value.place, "{}: option \"{}\" must name {}, found {}", owner, option, what, value.show());
    return numbers;
  }
  for (const auto& [name, given] : table->fields) {
    OptionSpec spec;
    spec.name = option + "." + name;
    spec.min = limits.min;
    spec.max = limits.max;
    OptionValue out;
    if (check_option(owner, spec, given, out, problems)) numbers.emplace_back(name, std::get<double>(out));
  }
  return numbers;
}

Value write_numbers(const NamedNumbers& numbers) {
  Table table;
  for (const auto& [name, number] : numbers) table.set(name, Value(number));
  return numbers.empty() ? Value() : Value(std::move(table));
}

void read_replay(const std::string& owner, const Value& value, PhaseConfig& phase, Problems& problems) {
  phase.replay = read_numbers(owner, "replay", "a share for each phase, { foundation = 0.2 }", {.min = 0, .max = 1},
                              value, problems);
  double sum = 0;
  for (const auto& [name, share] : phase.replay) {
    if (share == 0)
      problems.add(value.get<Table>()->find(name)->place, "{}: option \"replay.{}\" is 0; leave it out", owner, name);
    sum += share;
  }
  if (sum > 1 + 1e-9)
    problems.add(value.place, "{}: the shares of \"replay\" add up to {}, which is over 1", owner, sum);
}

void read_leave(const std::string& owner, const Value& value, PhaseConfig& phase, Problems& problems) {
  if (const auto* function = value.get<FunctionRef>()) {
    phase.leave.functions = {{"decide", *function}};
    phase.leave.place = value.place;
    return;
  }
  read_role(owner + ": leave", value, {"decide"}, {}, nullptr, phase.leave, problems);
}

Value write_leave(const PhaseConfig& phase) {
  if (!phase.leave.functions.empty()) return Value(phase.leave.functions.front().second);
  if (phase.leave.plugin.empty()) return Value();
  Table leave;
  write_role(phase.leave, leave);
  return Value(std::move(leave));
}

void read_prompt(const std::string& owner, const Value& value, PhaseConfig& phase, Problems& problems) {
  if (const auto* function = value.get<FunctionRef>())
    phase.prompt = *function;
  else
    problems.add(value.place, "{}: option \"prompt\" must be a function, found {} {}", owner, value.kind(),
                 value.show());
}

void read_sampler(const std::string& owner, const Value& value, PhaseConfig& phase, Problems& problems) {
  read_role(owner + ": sampler", value, {"draw", "observe"}, {}, nullptr, phase.sampler.emplace(), problems);
}

Value write_sampler(const PhaseConfig& phase) {
  if (!phase.sampler) return Value();
  Table sampler;
  write_role(*phase.sampler, sampler);
  return Value(std::move(sampler));
}

void read_grpo(const std::string& owner, const Value& value, PhaseConfig& phase, Problems& problems) {
  if (const auto* table = value.get<Table>())
    phase.grpo_given = *table;
  else
    problems.add(value.place, "{}: option \"grpo\" must be a table of run:grpo's options, found {} {}", owner,
                 value.kind(), value.show());
}

// What is no field of its own in PhaseConfig.
struct Words {
  std::string view;
  int64_t steps = 0;
};

OptionTable phase_options(const std::string& owner, PhaseConfig& phase, Words& words) {
  OptionTable budget(owner + ": budget"), options(owner);
  budget
      .add("tokens", phase.budget.tokens,
           {.min = 0, .max = 1e15, .help = "of responses sampled in the phase, probes included; 0: no limit"})
      .add("minutes", phase.budget.minutes,
           {.min = 0, .max = 1e9, .help = "of the phase's steps by the clock; 0: no limit"});
  options.add("name", phase.name, {.help = "in metrics and in replay; or the first entry"})
      .add("view", words.view,
           {.choices = {"text", "caption", "image"}, .required = true, .help = "how records are shown"})
      .add("steps", words.steps, {.min = 1, .max = 1e9, .help = "short for leave = { \"fixed_steps\", steps = n }"});
  const auto custom = [&](const char* name, const char* help, auto read, auto write, const char* lua_type) {
    options.custom(
        name, help, [owner, &phase, read](const Value& v, Problems& p) { read(owner, v, phase, p); },
        [&phase, write] { return write(phase); }, lua_type);
  };
  custom("leave",
         "when it ends: { \"plugin\", ...options }, or function(m) -> true, a phase's name or \"stop\"; reason",
         read_leave, write_leave, "string|table|fun(m: crescent.Progress): (boolean|string)?, string?");
  options.nest("budget", std::move(budget), "it also ends when this is used up");
  custom(
      "replay", "share of this phase's batches that earlier ones take, { foundation = 0.2 }", read_replay,
      [](const PhaseConfig& p) { return write_numbers(p.replay); }, "table<string, number>");
  custom(
      "prompt", "function(record) -> what its prompts say", read_prompt,
      [](const PhaseConfig& p) { return p.prompt.source.empty() ? Value() : Value(p.prompt); },
      "fun(r: crescent.Record): string");
  custom(
      "rewards", "weights in this phase, { brevity = 0.2 }; the others keep theirs",
      [](const std::string& own, const Value& value, PhaseConfig& p, Problems& problems) {
        p.rewards = read_numbers(own, "rewards", "a weight for each reward, { brevity = 0.2 }",
                                 {.min = -1e9, .max = 1e9}, value, problems);
      },
      [](const PhaseConfig& p) { return write_numbers(p.rewards); }, "table<string, number>");
  custom("sampler", "of its own, as in run:sampler", read_sampler, write_sampler, "crescent.Sampler|string");
  custom(
      "grpo", "what it has otherwise than run:grpo; a schedule is over its own steps", read_grpo,
      [](const PhaseConfig& p) { return p.grpo_given.fields.empty() ? Value() : Value(p.grpo_given); },
      "crescent.PhaseGrpo");
  options.add("reset_reference", phase.reset_reference, {.help = "KL is measured to the model as the phase begins"})
      .add("reset_moments", phase.reset_moments, {.help = "AdamW begins anew with the phase"});
  return options;
}

}  // namespace

void read_phase(const Value& value, size_t number, PhaseConfig& phase, Problems& problems) {
  phase = PhaseConfig{};
  phase.place = value.place;
  const auto* table = value.get<Table>();
  if (table == nullptr) {
    problems.add(value.place, "phase {} must be a table, found {} {}", number, value.kind(), value.show());
    return;
  }
  phase.name = text_field(*table, "name");
  const std::string first =
      table->list.empty() || !table->list[0].get<std::string>() ? "" : *table->list[0].get<std::string>();
  if (phase.name.empty()) phase.name = first;
  const std::string owner = numbered("phase", phase.name, number);

  Words words{view_name(phase.view)};
  phase_options(owner, phase, words).read(*table, value.place, problems, first.empty() ? 0 : 1);
  phase.view = parse_view(words.view);
  if (phase.name.empty()) problems.add(value.place, "{} has no name; give one as its first entry", owner);
  if (phase.name == "cold_start" || phase.name == "stop")
    problems.add(value.place, "{}: the name \"{}\" is taken; choose another", owner, phase.name);
  if (words.steps > 0 && table->find("leave") != nullptr) {
    problems.add(table->find("leave")->place, "{} has both steps and leave; give one of them", owner);
  } else if (words.steps > 0) {
    phase.leave.plugin = "fixed_steps";
    phase.leave.options.set("steps", Value(words.steps, table->find("steps")->place));
    phase.leave.place = table->find("steps")->place;
  }
}

Value write_phase(const PhaseConfig& phase) {
  PhaseConfig copy = phase;  // the table binds to what it could change
  Words words{view_name(phase.view)};
  Table out = phase_options("", copy, words).write();
  const Table defaults = [] {
    PhaseConfig empty;
    Words none;
    return phase_options("", empty, none).write();
  }();
  // What a phase does not have is not written: most have a view and an end.
  std::erase_if(out.fields, [&](const auto& field) {
    const Value* usual = defaults.find(field.first);
    return usual != nullptr && usual->show() == field.second.show();
  });
  return Value(std::move(out), phase.place);
}

std::string phase_help() {
  PhaseConfig phase;
  Words words;
  return "run:phase { \"name\", view = \"text | caption | image\", steps = n, ...\n" +
         phase_options("phase", phase, words).help() + "}\n";
}

std::string phase_annotations(const std::string& class_name) {
  PhaseConfig phase;
  Words words;
  return phase_options("phase", phase, words).annotations(class_name);
}

}  // namespace crescent
