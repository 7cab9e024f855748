#include "core/script/reward_file.hpp"

#include <filesystem>

#include "core/experiment/run_roles.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"

namespace fs = std::filesystem;

namespace crescent {

namespace {

// The script that makes a run of whatever the file returns. {0}: the file's name without its ending.
constexpr const char* kAround = R"lua(
local crescent = import "crescent"
local reward = import "{0}"
if type(reward) == "userdata" then return reward end
local given = reward
if type(reward) == "function" then given = {{ score = reward }} end
if type(given) ~= "table" then
  error("{0}.lua returns a " .. type(reward) .. "; a reward's file returns a function, a table or a run", 0)
end
if given.make then
  if given.score then error("{0}.lua returns both score and make; give one of them", 0) end
  given = {{ score = given.make(crescent.params(given.options or {{}})), parts = given.parts }}
end
if not given.score then error("{0}.lua returns a table without a function score or make", 0) end
local run = crescent.run {{}}
run:reward {{ "{0}", parts = given.parts, score = given.score }}
return run
)lua";

const RewardConfig& choose(const std::vector<RewardConfig>& rewards, const std::string& name, const std::string& path) {
  std::vector<std::string> names;
  for (const RewardConfig& reward : rewards)
    if (reward_kind(reward) == RewardKind::lua) names.push_back(reward.name);
  if (names.empty()) fail_usage({path, 0}, "this experiment has no reward in Lua; name its plugin instead");
  if (name.empty() && names.size() > 1)
    fail_usage({path, 0}, "this experiment has the rewards {} in Lua; say which: {}:{}", fmt::join(names, ", "), path,
               names.front());
  for (const RewardConfig& reward : rewards)
    if (reward_kind(reward) == RewardKind::lua && (name.empty() || reward.name == name)) return reward;
  fail_usage({path, 0}, "there is no reward \"{}\" in Lua{}", name, suggestion(name, names));
}

}  // namespace

RewardFile load_reward_file(const std::string& path, const std::string& name, const Overrides& settings,
                            const LoadOptions& options) {
  if (!fs::is_regular_file(path)) fail_usage({path, 0}, "there is no such file");
  ScriptProgram program = program_of(path, options);
  const std::string stem = fs::path(path).stem().string();
  if (stem.find_first_of("\"\\\n") != std::string::npos || stem == "crescent")
    fail_usage({path, 0}, "a reward's file cannot be called so; rename it");
  program.entry = stem;  // the file itself is imported
  program.files.push_back({stem, fmt::format(fmt::runtime(kAround), stem)});
  for (const auto& [setting, text] : settings)
    program.overrides.push_back({setting, Value(text), true, {fmt::format("option {}={}", setting, text), 0}});
  auto session = std::make_unique<ScriptSession>(program, false);
  Problems problems;
  if (!session->load(problems)) problems.throw_if_any();
  std::vector<RewardConfig> rewards;
  if (const Value* list = session->run_table().find("reward"))
    for (const Value& value : list->get<Table>()->list)
      read_reward(value, rewards.size() + 1, rewards.emplace_back(), problems);
  problems.throw_if_any();
  RewardFile file{choose(rewards, name, path), host_of(std::move(session))};
  return file;
}

}  // namespace crescent
