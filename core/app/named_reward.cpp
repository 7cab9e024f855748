#include "core/app/named_reward.hpp"

#include "core/app/option_texts.hpp"
#include "core/app/reward_source.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/script/reward_file.hpp"
#include "core/script/script_host.hpp"

namespace crescent {

LuaFile lua_file(const std::string& what) {
  if (what.ends_with(".lua")) return {what, ""};
  const size_t at = what.rfind(".lua:");
  return at == std::string::npos ? LuaFile{} : LuaFile{what.substr(0, at + 4), what.substr(at + 5)};
}

namespace {

RewardConfig read_table(const Table& table, const PluginSearch& search, Problems& problems) {
  RewardConfig reward;
  read_reward(Value(table), 1, reward, problems);
  if (problems.empty()) resolve_reward(reward, search, problems);
  return reward;
}

RewardConfig read_options(const std::string& what, const Overrides& options, const PluginSearch& search) {
  return read_option_texts<RewardConfig>(options, [&](Table table, Problems& problems) {
    table.list.emplace_back(what);
    return read_table(table, search, problems);
  });
}

}  // namespace

NamedReward make_named_reward(const std::string& what, const Overrides& options, const Resources& resources,
                              const HostServices& services) {
  if (const LuaFile file = lua_file(what); !file.path.empty()) {
    LoadOptions load;
    load.scripts_folder = resources.scripts_folder();
    const RewardFile loaded = load_reward_file(file.path, file.reward, options, load);
    return {loaded.config.name, make_lua_reward(loaded.host, loaded.config)};
  }
  const PluginSearch search = resources.plugin_search(".");
  const RewardConfig reward = read_options(what, options, search);
  return {reward.name, assemble_reward(reward, search, services, nullptr)};
}

}  // namespace crescent
