#include "core/experiment/run_roles.hpp"

#include <algorithm>

#include "core/config/options.hpp"

namespace crescent {

namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first list entry, when it is a string; anything else in the list is a mistake.
std::string first_entry(const std::string& owner, const Table& table, Problems& problems) {
  std::string first;
  for (size_t i = 0; i < table.list.size(); ++i) {
    const auto* text = table.list[i].get<std::string>();
    if (i == 0 && text != nullptr)
      first = *text;
    else
      problems.add(table.list[i].place, "{}: the entry {} has no name; options are written name = value", owner,
                   table.list[i].show());
  }
  return first;
}

}  // namespace

std::string text_field(const Table& table, const std::string& name) {
  const Value* value = table.find(name);
  const auto* text = value ? value->get<std::string>() : nullptr;
  return text ? *text : "";
}

std::string numbered(const std::string& role, const std::string& name, size_t number) {
  return name.empty() ? fmt::format("{} {}", role, number) : fmt::format("{} \"{}\"", role, name);
}

void read_role(const std::string& owner, const Value& value, const std::vector<std::string>& functions,
               const std::vector<std::string>& own, std::string* name, RoleConfig& role, Problems& problems) {
  role = RoleConfig{};
  role.place = value.place;
  if (const auto* plugin = value.get<std::string>()) {
    role.plugin = *plugin;
    return;
  }
  const auto* table = value.get<Table>();
  if (table == nullptr) {
    problems.add(value.place, "{} must be a plugin's name or a table, found {} {}", owner, value.kind(), value.show());
    return;
  }
  std::string first = first_entry(owner, *table, problems);
  for (const auto& [key, field] : table->fields) {
    if (holds(own, key)) continue;
    if (holds(functions, key)) {
      if (const auto* function = field.get<FunctionRef>())
        role.functions.emplace_back(key, *function);
      else
        problems.add(field.place, "{}: option \"{}\" must be a function, found {} {}", owner, key, field.kind(),
                     field.show());
    } else if (key == "plugin") {
      if (const auto* text = field.get<std::string>())
        role.plugin = *text;
      else
        problems.add(field.place, "{}: option \"plugin\" must be a string, found {} {}", owner, field.kind(),
                     field.show());
    } else {
      role.options.set(key, field);
    }
  }
  if (role.functions.empty()) {
    if (!first.empty() && !role.plugin.empty())
      problems.add(value.place, "{} names two plugins, \"{}\" and \"{}\"", owner, first, role.plugin);
    if (role.plugin.empty()) role.plugin = first;
    if (role.plugin.empty() &&
        std::none_of(functions.begin(), functions.end(), [&](const auto& f) { return table->find(f) != nullptr; }))
      problems.add(value.place, "{} names no plugin and has no function {}", owner, functions.front());
    return;
  }
  if (name != nullptr && name->empty())
    *name = first;
  else if (name == nullptr && !first.empty() && role.plugin.empty())
    role.plugin = first;
  if (!role.plugin.empty())
    problems.add(value.place, "{} has both a plugin (\"{}\") and a function ({}); give one of them", owner, role.plugin,
                 role.functions.front().first);
  if (table->find(functions.front()) == nullptr)
    problems.add(value.place, "{} has a function {} but no function {}", owner, role.functions.front().first,
                 functions.front());
  std::vector<std::string> known = functions;
  known.insert(known.end(), own.begin(), own.end());
  for (const auto& [key, field] : role.options.fields)
    if (role.plugin.empty()) problems.add(field.place, "{} has no option \"{}\"{}", owner, key, suggestion(key, known));
}

void write_role(const RoleConfig& role, Table& out) {
  if (!role.plugin.empty()) out.set("plugin", Value(role.plugin));
  for (const auto& [name, function] : role.functions) out.set(name, Value(function));
  for (const auto& [name, value] : role.options.fields) out.set(name, value);
}

namespace {

void read_replay(const std::string& owner, const Value& value, PhaseConfig& phase, Problems& problems) {
  const auto* table = value.get<Table>();
  if (table == nullptr || !table->list.empty()) {
    problems.add(value.place,
                 "{}: option \"replay\" must name a share for each phase, {{ foundation = 0.2 }}, found {}", owner,
                 value.show());
    return;
  }
  double sum = 0;
  for (const auto& [name, share] : table->fields) {
    OptionSpec spec;
    spec.name = "replay." + name;
    spec.min = 0;
    spec.max = 1;
    OptionValue out;
    if (!check_option(owner, spec, share, out, problems)) continue;
    const double number = std::get<double>(out);
    if (number == 0) problems.add(share.place, "{}: option \"replay.{}\" is 0; leave it out", owner, name);
    sum += number;
    phase.replay.emplace_back(name, number);
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

  std::string view = view_name(phase.view);
  int64_t steps = 0;
  OptionTable options(owner);
  options.add("name", phase.name, {.help = "in metrics and in replay"})
      .add("view", view, {.choices = {"text", "caption", "image"}, .required = true, .help = "how records are shown"})
      .add("steps", steps, {.min = 1, .max = 1e9, .help = "short for leave = { \"fixed_steps\", steps = n }"})
      .custom(
          "leave", "", [&](const Value& v, Problems& p) { read_leave(owner, v, phase, p); }, [] { return Value(); })
      .custom(
          "prompt", "",
          [&](const Value& v, Problems& p) {
            if (const auto* function = v.get<FunctionRef>())
              phase.prompt = *function;
            else
              p.add(v.place, "{}: option \"prompt\" must be a function, found {} {}", owner, v.kind(), v.show());
          },
          [] { return Value(); })
      .custom(
          "replay", "", [&](const Value& v, Problems& p) { read_replay(owner, v, phase, p); }, [] { return Value(); });
  options.add("reset_reference", phase.reset_reference, {.help = "KL is measured to the model as the phase begins"})
      .add("reset_moments", phase.reset_moments, {.help = "AdamW begins anew with the phase"});
  options.read(*table, value.place, problems, first.empty() ? 0 : 1);
  phase.view = parse_view(view);
  if (phase.name.empty()) problems.add(value.place, "{} has no name; give one as its first entry", owner);
  if (phase.name == "cold_start" || phase.name == "stop")
    problems.add(value.place, "{}: the name \"{}\" is taken; choose another", owner, phase.name);
  if (steps > 0 && table->find("leave") != nullptr) {
    problems.add(table->find("leave")->place, "{} has both steps and leave; give one of them", owner);
  } else if (steps > 0) {
    phase.leave.plugin = "fixed_steps";
    phase.leave.options.set("steps", Value(steps, table->find("steps")->place));
    phase.leave.place = table->find("steps")->place;
  }
}

Value write_phase(const PhaseConfig& phase) {
  Table out;
  out.set("name", Value(phase.name));
  out.set("view", Value(std::string(view_name(phase.view))));
  if (!phase.leave.functions.empty()) {
    out.set("leave", Value(phase.leave.functions.front().second));
  } else if (!phase.leave.plugin.empty()) {
    Table leave;
    write_role(phase.leave, leave);
    out.set("leave", Value(std::move(leave)));
  }
  if (!phase.prompt.source.empty()) out.set("prompt", Value(phase.prompt));
  if (!phase.replay.empty()) {
    Table replay;
    for (const auto& [name, share] : phase.replay) replay.set(name, Value(share));
    out.set("replay", Value(std::move(replay)));
  }
  if (phase.reset_reference) out.set("reset_reference", Value(true));
  if (phase.reset_moments) out.set("reset_moments", Value(true));
  return Value(std::move(out), phase.place);
}

}  // namespace crescent
