// A reward by what a person calls it on the command line.
#pragma once

#include <memory>
#include <string>

#include "core/app/resources.hpp"
#include "core/flow/roles.hpp"
#include "core/plugin/services.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

inline constexpr size_t kScoreBatch = 64;  // samples of a call in `crescent score`

struct NamedReward {
  std::string name;
  std::shared_ptr<Reward> reward;
  int64_t workers = 1;  // calls that it works on at a time
};

// "exact_math", a plugin's name; "./mine.so", its file; "mine.py:function"; "mine.lua", a reward's file or an
// experiment with one reward in Lua; "experiment.lua:brevity", one of several; "./judge --strict", a program that
// judges lines of JSON, with arguments that hold no space; "http://...", an address. What a run would isolate is
// isolated here too. `options` are texts; what type each has the reward says. `services` must outlive the result.
// Throws Error (usage) for every mistake.
NamedReward make_named_reward(const std::string& what, const Overrides& options, const Resources& resources,
                              const HostServices& services);

struct LuaFile {
  std::string path, reward;
};

// "a.lua" or "a.lua:name"; an empty path for anything else.
LuaFile lua_file(const std::string& what);

}  // namespace crescent
