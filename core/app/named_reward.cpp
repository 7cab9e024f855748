#include "core/app/named_reward.hpp"

#include <algorithm>
#include <charconv>

#include "core/app/reward_source.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/script/reward_file.hpp"
#include "core/script/script_host.hpp"

namespace crescent {

Value guess_value(const std::string& text, const Place& place) {
  const char *begin = text.data(), *end = begin + text.size();
  int64_t integer = 0;
  double number = 0;
  if (text == "true" || text == "false") return Value(text == "true", place);
  if (const auto r = std::from_chars(begin, end, integer); r.ec == std::errc() && r.ptr == end)
    return Value(integer, place);
  if (const auto r = std::from_chars(begin, end, number); r.ec == std::errc() && r.ptr == end)
    return Value(number, place);
  return Value(text, place);
}

namespace {

struct LuaFile {
  std::string path, reward;
};

// "a.lua" or "a.lua:name"; an empty path for anything else.
LuaFile lua_file(const std::string& what) {
  if (what.ends_with(".lua")) return {what, ""};
  const size_t at = what.rfind(".lua:");
  return at == std::string::npos ? LuaFile{} : LuaFile{what.substr(0, at + 4), what.substr(at + 5)};
}

// `parts=right,short` as the list that a script would give.
Value list_of(const std::string& names, const Place& place) {
  Table list;
  for (size_t begin = 0; begin <= names.size();) {
    const size_t end = std::min(names.find(',', begin), names.size());
    list.list.emplace_back(names.substr(begin, end - begin), place);
    begin = end + 1;
  }
  return Value(std::move(list), place);
}

RewardConfig read_table(const Table& table, const PluginSearch& search, Problems& problems) {
  RewardConfig reward;
  read_reward(Value(table), 1, reward, problems);
  if (problems.empty()) resolve_reward(reward, search, problems);
  return reward;
}

// What a text means is for the option's type to say ("10" is a number, or the choice "10"), which only the reward
// knows: a text is read as what it looks like, and stays a text where that is a mistake and this is none.
RewardConfig read_options(const std::string& what, const Overrides& options, const PluginSearch& search) {
  Table table;
  table.list.emplace_back(what);
  for (const auto& [name, text] : options) {
    const Place place{fmt::format("option {}={}", name, text), 0};
    table.set(name, name == "parts" ? list_of(text, place) : guess_value(text, place));
  }
  Problems problems;
  RewardConfig reward = read_table(table, search, problems);
  for (const auto& [name, text] : options) {
    if (problems.empty()) break;
    Table other = table;
    other.set(name, Value(text, table.find(name)->place));
    Problems left;
    RewardConfig read = read_table(other, search, left);
    if (left.size() < problems.size()) table = std::move(other), reward = std::move(read), problems = std::move(left);
  }
  problems.throw_if_any();
  return reward;
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
