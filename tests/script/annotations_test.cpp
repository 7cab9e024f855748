// scripts/crescent.d.lua names the fields that functions are really given, each of them and no other.
#include <doctest/doctest.h>

#include <sstream>

#include "core/base/files.hpp"
#include "core/script/experiment.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"
#include "tests/script/scratch.hpp"

using namespace crescent;

namespace {

const std::string kFile = CRESCENT_SOURCE_DIR "/scripts/crescent.d.lua";

// The fields of a class, and with `methods` those of its functions, as a Lua list: { a = true, b = true }.
std::string fields_of(const std::string& name, const std::string& methods = "") {
  std::istringstream lines(read_file(kFile));
  std::string line, list;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("---@class ")) inside = line == "---@class crescent." + name;
    const std::string field = "---@field ", method = "function " + methods + ":";
    if (inside && line.starts_with(field)) {
      const size_t end = line.find_first_of(" ?", field.size());
      list += line.substr(field.size(), end - field.size()) + " = true, ";
    }
    if (!methods.empty() && line.starts_with(method))
      list += line.substr(method.size(), line.find('(') - method.size()) + " = true, ";
  }
  REQUIRE(!list.empty());
  return "{ " + list + "}";
}

}  // namespace

TEST_CASE("the annotations are Lua and name the fields that functions are given") {
  const Scratch scratch;
  scratch.write("experiment.lua", R"lua(
local crescent = import "crescent"
local run = crescent.run { seed = 3 }
local function compare(given, annotated)
  for name in pairs(annotated) do assert(given[name] ~= nil, "not given: " .. name) end
  for name in pairs(given) do assert(annotated[name], "not annotated: " .. name) end
end
run:grpo {}
run:reward { "r", score = function(s) compare(s, )lua" +
                                      fields_of("Sample") + R"lua() return 1 end }
run:sampler {
  draw = function(ctx, n) compare(ctx, )lua" +
                                      fields_of("SamplerContext") + R"lua() return {} end,
  observe = function(groups) compare(groups[1], )lua" +
                                      fields_of("Group") + R"lua() end,
}
run:phase {
  "main", view = "image",
  leave = function(m) compare(m, )lua" +
                                      fields_of("Progress", "Progress") +
                                      R"lua() return true end,
  prompt = function(r) compare(r, )lua" +
                                      fields_of("Record") +
                                      R"lua() return r.shown end,
}
run:on_phase(function(change) compare(change, )lua" +
                                      fields_of("PhaseChange") + R"lua() end)
return run
)lua");
  const LoadedExperiment loaded = load_experiment(scratch.path(), {});
  Score score;
  const Sample sample;
  make_lua_reward(loaded.host, loaded.config.rewards.at(0))->score({&sample, 1}, {&score, 1});
  CHECK(score.error == "");
  const auto sampler = make_lua_sampler(loaded.host, loaded.config.sampler);
  const SamplerContext ctx{"main", View::image, {}, 0};
  sampler->draw(ctx, {}, {});
  const ScoredGroup group;
  sampler->observe(ctx, {&group, 1});
  CHECK(make_lua_policy(loaded.host, loaded.config.phases.at(0))->decide({}).kind == Decision::Kind::advance);
  Record record;
  record.problem = "<image>how many?";
  record.images = {"a.png"};
  CHECK(make_lua_prompt(loaded.host, "main", loaded.config.phases.at(0).prompt)(record, View::image).text ==
        record.problem);
  loaded.host->on_phase(loaded.config.on_phase, "main", "next", 1, "why");

  LuaState state({});
  state.protect({1'000'000, 5}, ErrorKind::usage, [&](lua_State* L) { state.push_chunk(read_file(kFile), kFile); });
}
