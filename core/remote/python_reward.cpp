#include "core/remote/python_reward.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/plugin/call.hpp"
#include "core/remote/program_reward.hpp"

namespace crescent {

namespace {

Json to_json(const Value& value) {
  if (const auto* b = value.get<bool>()) return *b;
  if (const auto* i = value.get<int64_t>()) return *i;
  if (const auto* d = value.get<double>()) return *d;
  if (const auto* s = value.get<std::string>()) return *s;
  return nullptr;
}

Value from_json(const Json& json, const Place& place) {
  if (json.is_boolean()) return Value(json.get<bool>(), place);
  if (json.is_number_integer()) return Value(json.get<int64_t>(), place);
  if (json.is_number()) return Value(json.get<double>(), place);
  if (json.is_string()) return Value(json.get<std::string>(), place);
  return {};
}

ProgramUse program_of(const PythonUse& use, const PluginSearch& search, std::vector<std::string> arguments) {
  ProgramUse program{use.name,  {use.interpreter, search.python_adapter, use.target},
                     use.parts, search.experiment_folder,
                     use.place, true};
  program.argv.insert(program.argv.end(), arguments.begin(), arguments.end());
  return program;
}

// What the adapter says of the function. Throws Error with its reason.
Json describe(const PythonUse& use, const WorkerLimits& limits, const PluginSearch& search) {
  const ProgramUse program = program_of(use, search, {"describe"});
  Child child({program.argv, program.folder, limits.launcher, limits.memory_mb}, {});
  std::string line;
  const TimeLimit limit = start_limit(limits);
  const Child::Ending ending = child.exchange(std::chrono::milliseconds(limit.ms), [&](std::string_view& received) {
    const size_t end = received.find('\n');
    if (end != std::string_view::npos) line = received.substr(0, end);
    return end != std::string_view::npos;
  });
  if (const Fault fault = fault_of(child, ending, limit)) fail("{} cannot be run: {}", use.target, fault.text);
  return parse_json(line, {search.python_adapter, 0});
}

// `arguments`: those of the function that may be given.
void check_option(const PythonUse& use, const std::string& name, const Value& value,
                  const std::vector<std::string>& arguments, Problems& problems) {
  const Place& place = value.place.file.empty() ? use.place : value.place;
  if (std::find(arguments.begin(), arguments.end(), name) == arguments.end()) {
    std::vector<std::string> known = arguments;
    for (const std::string& own : python_reward_names()) known.push_back(own);
    problems.add(place, "reward \"{}\" has no option \"{}\", and {} no argument for it{}", use.name, name, use.target,
                 suggestion(name, known));
  } else if (to_json(value).is_null()) {
    problems.add(place, "reward \"{}\": option \"{}\" must be a number, a string or true or false, found {}", use.name,
                 name, value.kind());
  }
}

// What the host would take for itself, or what acts on nothing in a function of this form.
void check_form(const PythonUse& use, const Json& described, const std::vector<std::string>& options,
                Problems& problems) {
  const std::vector<std::string> taken = python_reward_names();
  for (const std::string& name : options)
    if (std::find(taken.begin(), taken.end(), name) != taken.end())
      problems.add(use.place,
                   "reward \"{}\": {} has an argument \"{}\", which run:reward takes for itself; give the argument "
                   "another name, or name a function that calls this one",
                   use.name, use.target, name);
  if (described.at("form") != "trl") {
    const auto unused = [&](bool given, const char* option) {
      if (given)
        problems.add(use.place,
                     "reward \"{}\": option \"{}\" acts on nothing, because {} is no f(completions, ...); leave it out",
                     use.name, option, use.target);
    };
    unused(!use.columns.empty(), "columns");
    return unused(use.completions != "text", "completions");
  }
  std::vector<std::string> arguments = options;
  for (const Json& column : described.at("columns")) arguments.push_back(column);
  for (const auto& [argument, field] : use.columns)
    if (!described.at("open").get<bool>() && std::find(arguments.begin(), arguments.end(), argument) == arguments.end())
      problems.add(use.place, "reward \"{}\": columns names \"{}\", but {} has no such argument{}", use.name, argument,
                   use.target, suggestion(argument, arguments));
}

}  // namespace

Table resolve_python_options(const PythonUse& use, const WorkerLimits& limits, const PluginSearch& search,
                             Problems& problems) {
  const size_t before = problems.size();
  check_program(program_of(use, search, {}), problems);
  for (const Value& entry : use.options.list)
    problems.add(use.place, "reward \"{}\": the entry {} has no name; options are written name = value", use.name,
                 entry.show());
  if (problems.size() > before) return {};
  Table table;
  try {
    const Json described = describe(use, limits, search);
    std::vector<std::string> known;
    for (const Json& option : described.at("options")) known.push_back(option.at("name"));
    check_form(use, described, known, problems);
    for (const auto& [name, value] : use.options.fields) check_option(use, name, value, known, problems);
    for (const Json& option : described.at("options")) {
      const std::string name = option.at("name");
      const Value* given = use.options.find(name);
      if (given == nullptr && option.at("required").get<bool>())
        problems.add(use.place, "reward \"{}\": option \"{}\" is missing; {} has no default for it", use.name, name,
                     use.target);
      const Value value = given != nullptr ? *given : from_json(option.at("default"), use.place);
      if (!value.is_nil()) table.set(name, value);
    }
  } catch (const Error& e) {
    problems.add(use.place, "reward \"{}\": {}", use.name, e.message());
  }
  return problems.size() == before ? table : Table{};
}

std::unique_ptr<Reward> make_python_reward(const PythonUse& use, const WorkerLimits& limits, const PluginSearch& search,
                                           const HostServices& services) {
  Json setup = {{"options", Json::object()}, {"columns", Json::object()}, {"completions", use.completions}};
  for (const auto& [name, value] : use.options.fields) setup["options"][name] = to_json(value);
  for (const auto& [argument, field] : use.columns) setup["columns"][argument] = field;
  return make_program_reward(program_of(use, search, {"serve", setup.dump()}), limits, services);
}

std::string hash_python(const PythonUse& use, const PluginSearch& search) {
  const size_t colon = use.target.rfind(':');
  const std::filesystem::path file = std::filesystem::path(search.experiment_folder) / use.target.substr(0, colon);
  return Hasher().add(hash_file(file.string()).hex()).add(use.target.substr(colon)).digest().hex();
}

}  // namespace crescent
