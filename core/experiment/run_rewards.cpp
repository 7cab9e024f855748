// A reward's table: what it shares with the others, how its process is held in check, and the rest for the plugin.
#include <algorithm>
#include <filesystem>

#include "core/config/options.hpp"
#include "core/experiment/http_options.hpp"
#include "core/experiment/run_roles.hpp"

namespace crescent {

namespace {

using Names = std::vector<std::string>;

// What the host takes of each kind's table; the rest belongs to the plugin or the function.
Names shared_names() { return {"name", "weight", "normalise"}; }
Names limit_names() { return {"timeout_ms", "start_timeout_ms", "memory_mb", "workers"}; }
Names python_names() { return {"python", "completions", "columns", "parts"}; }

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names operator+(Names a, const Names& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Table only(const Table& table, const Names& names) {
  Table out;
  for (const auto& [name, value] : table.fields)
    if (holds(names, name)) out.fields.emplace_back(name, value);
  return out;
}

OptionTable shared_options(const std::string& owner, RewardConfig& reward) {
  OptionTable table(owner);
  table.add("name", reward.name, {.help = "in metrics"})
      .add("weight", reward.weight, {.min = -1e9, .max = 1e9, .help = "in the sum"})
      .add("normalise", reward.normalise, {.help = "to mean 0 and deviation 1 within its group, before the sum"});
  return table;
}

void add_limits(OptionTable& table, SupervisionConfig& supervision) {
  table
      .add("timeout_ms", supervision.timeout_ms,
           {.min = 1, .max = 86400000, .help = "for an answer; then its process is replaced"})
      .add("start_timeout_ms", supervision.start_timeout_ms,
           {.min = 1,
            .max = 86400000,
            .help = "for a process to load what it needs and to give its first answer; at least timeout_ms"})
      .add("memory_mb", supervision.memory_mb, {.min = 0, .max = 1 << 30, .help = "of each process; 0: no limit"})
      .add("workers", supervision.workers, {.min = 1, .max = 256, .help = "processes at a time"});
}

bool read_names(const std::string& owner, const std::string& option, const Value& value, Names& names,
                Problems& problems) {
  const auto* list = value.get<Table>();
  const bool good =
      list && list->fields.empty() && !list->list.empty() &&
      std::all_of(list->list.begin(), list->list.end(), [](const Value& v) { return v.get<std::string>() != nullptr; });
  if (!good)
    problems.add(value.place, "{}: option \"{}\" must be a list of {}, found {}", owner, option,
                 option == "command" ? "a program and its arguments" : "names", value.show());
  names.clear();
  for (size_t i = 0; good && i < list->list.size(); ++i) names.push_back(*list->list[i].get<std::string>());
  return good;
}

void add_names(OptionTable& table, const std::string& owner, const std::string& option, const std::string& help,
               Names& names) {
  table.custom(
      option, help,
      [=, &names](const Value& value, Problems& problems) { read_names(owner, option, value, names, problems); },
      [&names] {
        Table list;
        for (const std::string& name : names) list.list.emplace_back(name);
        return names.empty() ? Value() : Value(std::move(list));
      },
      "string[]");
}

// For help alone: it is read by read_isolation.
void add_isolate(OptionTable& table) {
  table.custom(
      "isolate", "in a process of its own [default true, unless it is one of the program's own plugins]",
      [](const Value&, Problems&) {}, [] { return Value(); }, "boolean");
}

void add_parts(OptionTable& table, const std::string& owner, RewardConfig& reward) {
  add_names(table, owner, "parts", "names of the parts that a score comes with [default none]", reward.parts);
}

OptionTable program_options(const std::string& owner, RewardConfig& reward) {
  OptionTable table = shared_options(owner, reward);
  add_names(table, owner, "command", "a program that judges lines of JSON, and its arguments", reward.command);
  add_parts(table, owner, reward);
  add_limits(table, reward.supervision);
  return table;
}

void add_python(OptionTable& table, const std::string& owner, RewardConfig& reward) {
  table.add("python", reward.python.python, {.help = "the interpreter"})
      .add("completions", reward.python.completions,
           {.choices = {"text", "messages"}, .help = "how f(completions) sees a response: as text or as chat messages"})
      .custom(
          "columns",
          "{ argument = \"field\" }: which of the record's fields an argument is, where they differ [default none]",
          [owner, &reward](const Value& value, Problems& problems) {
            const auto* columns = value.get<Table>();
            reward.python.columns.clear();
            for (const auto& [argument, field] : columns ? columns->fields : decltype(columns->fields)())
              if (const auto* name = field.get<std::string>()) reward.python.columns.emplace_back(argument, *name);
            if (columns == nullptr || !columns->list.empty() || columns->fields.size() != reward.python.columns.size())
              problems.add(value.place,
                           "{}: option \"columns\" must name a field for each argument, {{ solution = \"answer\" }}, "
                           "found {}",
                           owner, value.show());
          },
          [&reward] {
            Table columns;
            for (const auto& [argument, field] : reward.python.columns) columns.set(argument, Value(field));
            return columns.fields.empty() ? Value() : Value(std::move(columns));
          },
          "table<string, string>");
}

OptionTable python_options(const std::string& owner, RewardConfig& reward) {
  OptionTable table = shared_options(owner, reward);
  add_python(table, owner, reward);
  add_parts(table, owner, reward);
  add_limits(table, reward.supervision);
  return table;
}

OptionTable http_options(const std::string& owner, RewardConfig& reward) {
  OptionTable table = shared_options(owner, reward);
  add_http(table, owner, reward.http);
  table.add("timeout_ms", reward.http.timeout_ms, {.min = 1, .max = 86400000, .help = "of a request"});
  add_parts(table, owner, reward);
  return table;
}

void read_isolation(const std::string& owner, const Table& table, const Place& place, SupervisionConfig& supervision,
                    Problems& problems) {
  bool isolate = false;
  OptionTable options(owner);
  options.add("isolate", isolate, {.help = "in a process of its own"});
  add_limits(options, supervision);
  options.read(table, place, problems);
  if (table.find("isolate") != nullptr) supervision.isolate = isolate;
  for (const auto& [name, value] : table.fields) supervision.given.emplace_back(name, value.place);
}

void check_name(const std::string& owner, const RewardConfig& reward, const Place& place, Problems& problems) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; };
  if (!std::all_of(reward.name.begin(), reward.name.end(), plain))
    problems.add(place,
                 "{}: its name goes into metric names, so it may hold letters, digits, _ - and . only; give it "
                 "another: name = \"...\"",
                 owner);
}

// A Lua function, or a plugin of whose table the host takes `own`.
void read_lua_or_plugin(const std::string& owner, bool lua, const Value& value, RewardConfig& reward,
                        Problems& problems) {
  const Names isolation = Names{"isolate"} + limit_names();
  // `parts` are the names of a Lua reward's parts; a plugin declares its own, so there it is the plugin's option.
  const Names own = shared_names() + (lua ? Names{"parts"} : isolation);
  read_role(owner, value, {"score"}, own, &reward.name, reward.role, problems);
  const auto* table = value.get<Table>();
  if (table == nullptr) return;
  shared_options(owner, reward).read(only(*table, shared_names()), value.place, problems);
  if (!lua) return read_isolation(owner, only(*table, isolation), value.place, reward.supervision, problems);
  Names parts;
  if (const Value* given = table->find("parts"); given && read_names(owner, "parts", *given, parts, problems))
    reward.role.options.set("parts", *given);
}

// "file.py:function": what the host does not take is for the function.
void read_python(const std::string& owner, const Value& value, RewardConfig& reward, Problems& problems) {
  const Names own = python_reward_names();
  read_role(owner, value, {"score"}, own, &reward.name, reward.role, problems);
  if (const auto* table = value.get<Table>())
    python_options(owner, reward).read(only(*table, own), value.place, problems);
  if (reward.name.empty()) reward.name = reward.role.plugin.substr(reward.role.plugin.rfind(':') + 1);
}

// A program or an address: the first entry is the reward's name.
void read_outside(const std::string& owner, const Value& value, OptionTable options, RewardConfig& reward,
                  Problems& problems) {
  reward.role.place = value.place;
  const Table& table = *value.get<Table>();
  const auto* first = table.list.empty() ? nullptr : table.list[0].get<std::string>();
  if (first != nullptr) reward.name = *first;
  options.read(table, value.place, problems, first != nullptr ? 1 : 0);
  if (reward.name.empty()) problems.add(value.place, "{} has no name; give one as its first entry", owner);
}

bool is_python(const std::string& plugin) {
  const size_t colon = plugin.rfind(':');
  return colon != std::string::npos && plugin.substr(0, colon).ends_with(".py");
}

}  // namespace

std::vector<std::string> python_reward_names() { return shared_names() + python_names() + limit_names(); }

RewardKind reward_kind(const RewardConfig& reward) {
  if (!reward.role.functions.empty()) return RewardKind::lua;
  if (!reward.command.empty()) return RewardKind::program;
  if (!reward.http.url.empty()) return RewardKind::http;
  return is_python(reward.role.plugin) ? RewardKind::python : RewardKind::plugin;
}

void read_reward(const Value& value, size_t number, RewardConfig& reward, Problems& problems) {
  reward = RewardConfig{};
  const auto* table = value.get<Table>();
  const auto has = [&](const char* name) { return table != nullptr && table->find(name) != nullptr; };
  std::string first = table != nullptr ? text_field(*table, "plugin") : "";
  if (const auto* plugin = value.get<std::string>()) first = *plugin;
  if (table != nullptr && !table->list.empty() && table->list[0].get<std::string>())
    first = *table->list[0].get<std::string>();
  if (table != nullptr) reward.name = text_field(*table, "name");
  const std::string owner = numbered("reward", reward.name.empty() ? first : reward.name, number);
  if (has("command")) {
    read_outside(owner, value, program_options(owner, reward), reward, problems);
  } else if (has("url") && !is_python(first) && !first.ends_with(".so")) {  // theirs may have an option of that name
    read_outside(owner, value, http_options(owner, reward), reward, problems);
    check_http(owner, value.place, reward, problems);
  } else if (is_python(first) && !has("score")) {
    read_python(owner, value, reward, problems);
  } else {
    read_lua_or_plugin(owner, has("score"), value, reward, problems);
    if (reward.name.empty()) reward.name = std::filesystem::path(reward.role.plugin).stem().string();
    if (reward.name.empty() && has("score"))
      problems.add(value.place, "{} has no name; give one as its first entry", owner);
  }
  check_name(owner, reward, value.place, problems);
}

int64_t groups_judged_at_once(const RunConfig& config) {
  int64_t most = 1;
  for (const RewardConfig& reward : config.rewards) {
    const int64_t requests = reward_kind(reward) == RewardKind::http ? reward.http.concurrency : 1;
    most = std::max({most, reward.supervision.workers, requests});
  }
  return most;
}

Value write_reward(const RewardConfig& reward) {
  RewardConfig copy = reward;  // the tables bind to what they could change
  const RewardKind kind = reward_kind(reward);
  if (kind == RewardKind::program) return Value(program_options("", copy).write(), reward.role.place);
  if (kind == RewardKind::http) return Value(http_options("", copy).write(), reward.role.place);
  const bool python = kind == RewardKind::python;
  Table out = python ? python_options("", copy).write() : shared_options("", copy).write();
  if (const std::optional<bool> isolate = reward.supervision.isolate; isolate && !python) {
    out.set("isolate", Value(*isolate));
    OptionTable limits("");
    add_limits(limits, copy.supervision);
    const Table written = limits.write();
    if (*isolate) out.fields.insert(out.fields.end(), written.fields.begin(), written.fields.end());
  }
  write_role(reward.role, out);
  return Value(std::move(out), reward.role.place);
}

std::string reward_annotations(const std::string& class_name) {
  RewardConfig reward;
  OptionTable table = shared_options("", reward);
  table.custom(
      "score", "a function that judges; nil: it has nothing to say about this sample", [](const Value&, Problems&) {},
      [] { return Value(); }, "fun(s: crescent.Sample): number?, table<string, number>?");
  add_names(table, "", "command", "a program that judges lines of JSON, and its arguments", reward.command);
  add_parts(table, "", reward);
  add_isolate(table);
  add_limits(table, reward.supervision);
  add_python(table, "", reward);
  add_http(table, "", reward.http);
  return table.annotations(class_name);
}

std::string reward_help() {
  RewardConfig reward;
  OptionTable plugin = shared_options("", reward);
  add_isolate(plugin);
  add_limits(plugin, reward.supervision);
  return "run:reward { \"plugin\", ...the plugin's options,\n" + plugin.help() + "}\n" +
         "run:reward { \"name\", weight = 1, normalise = false, parts = { ... }, score = function(s) ... end }\n" +
         "run:reward { \"name\", command = { \"program\", ... },\n" + program_options("", reward).help() + "}\n" +
         "run:reward { \"file.py:function\", ...the function's own arguments,\n" + python_options("", reward).help() +
         "}\n" + "run:reward { \"name\", url = \"http://...\",\n" + http_options("", reward).help() + "}\n";
}

}  // namespace crescent
