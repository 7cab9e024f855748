#include "core/app/named_reward.hpp"

#include <charconv>
#include <filesystem>

#include "core/plugin/plugin.hpp"
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

size_t mistakes(const PluginUse& use, const PluginSearch& search) {
  Problems problems;
  resolve_options(PluginRole::reward, use, search, problems);
  return problems.size();
}

// What a text means is for the option's type to say ("10" is a number, or the choice "10"), which only the plugin
// knows: a text is read as what it looks like, and stays a text where that is a mistake and this is none.
PluginUse read_options(const std::string& what, const Overrides& options, const PluginSearch& search) {
  PluginUse use{what, {}, {}};
  for (const auto& [name, text] : options)
    use.options.set(name, guess_value(text, {fmt::format("option {}={}", name, text), 0}));
  size_t before = mistakes(use, search);
  for (const auto& [name, text] : options) {
    if (before == 0) break;
    PluginUse other = use;
    other.options.set(name, Value(text, use.options.find(name)->place));
    if (const size_t after = mistakes(other, search); after < before) use = std::move(other), before = after;
  }
  return use;
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
  const PluginSearch search{resources.plugin_folders, "."};
  const PluginUse use = read_options(what, options, search);
  const std::string name = std::filesystem::path(what).stem().string();
  return {name, make_reward(use, name, search, services)};
}

}  // namespace crescent
