#include "core/app/named_reward.hpp"

#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "core/app/option_texts.hpp"
#include "core/app/reward_source.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/script/reward_file.hpp"
#include "core/script/script_host.hpp"

namespace crescent {

namespace fs = std::filesystem;

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

// "python3 judge.py --strict": a program and its arguments, where it is no file whose name has a space.
Table command_table(const std::string& what) {
  Table command, table;
  std::istringstream words(what);
  for (std::string word; words >> word;) command.list.emplace_back(word);
  table.list.emplace_back(fs::path(*command.list.front().get<std::string>()).filename().string());
  table.set("command", Value(std::move(command)));
  return table;
}

bool is_command(const std::string& what) {
  const bool is_file = fs::exists(what) || fs::exists(what.substr(0, what.rfind(':')));
  const size_t word = what.find_first_not_of(' ');
  const bool has_arguments = word != std::string::npos && what.find(' ', word) != std::string::npos && !is_file;
  return has_arguments || (what.find('/') != std::string::npos && !what.ends_with(".so") && fs::is_regular_file(what) &&
                           access(what.c_str(), X_OK) == 0);
}

// As a script would write it.
Table table_of(const std::string& what) {
  if (is_command(what)) return command_table(what);
  Table table;
  const bool address = what.starts_with("http://") || what.starts_with("https://");
  table.list.emplace_back(address ? "http" : what);
  if (address) table.set("url", Value(what));
  return table;
}

RewardConfig read_options(const std::string& what, const Overrides& options, const PluginSearch& search) {
  return read_option_texts<RewardConfig>(options, [&](const Table& given, Problems& problems) {
    Table table = table_of(what);
    for (const auto& [name, value] : given.fields) table.set(name, value);
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
  const auto calls = static_cast<int64_t>(kScoreBatch);  // an address is asked of one call's samples at a time
  const int64_t workers =
      reward.http.url.empty() ? reward.supervision.workers : (reward.http.concurrency + calls - 1) / calls;
  return {reward.name, assemble_reward(reward, search, services, nullptr), workers};
}

}  // namespace crescent
