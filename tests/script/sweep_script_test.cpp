// A script that returns a sweep: its cells and their runs, and what `crescent run` makes of it.
#include "core/script/sweep_script.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/script/script_host.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

namespace {

constexpr const char* kHead = R"(local crescent = import "crescent"
local params = crescent.params { seed = 1, lambda = 0.5, warm = 20 }
local function build(p)
  local run = crescent.run { name = "s", seed = p.seed }
  run:grpo { lr = p.lambda }
  run:reward { "exact_math" }
  run:phase { "a", view = "text", steps = p.warm }
  return run
end
)";

struct Script {
  TestFolder folder{"sweep_script"};
  std::string path = folder.path + "/study.lua";
  explicit Script(const std::string& end) {
    std::filesystem::create_directories(folder.path);
    std::ofstream(path) << kHead << end;
  }
};

std::string error_of_sweep(const std::string& end, const Overrides& set = {}) {
  const Script script(end);
  try {
    SweepScript(script.path, set, {});
  } catch (const Error& error) {
    const std::string what = error.what();
    const size_t at = what.find("study.lua");
    return at == what.npos ? what : what.substr(at);
  }
  return "no error";
}

}  // namespace

TEST_CASE("each cell of a sweep is built with its own parameters, and is the run that --set would give") {
  const Script script(
      "return crescent.sweep { build = build, params = params, seeds = 2, grid = { lambda = { 0.1, 0.2 } } }");
  const SweepScript sweep(script.path, {{"warm", "7"}}, {});
  CHECK(sweep.spec().name == "study");
  REQUIRE(sweep.spec().cells.size() == 4);
  Problems problems;
  const RunConfig config = sweep.build(sweep.spec().cells[3], problems);
  problems.throw_if_any();
  CHECK(config.seed == 2);
  CHECK(config.grpo.adamw.lr == 0.2);
  const LoadedExperiment alone = load_experiment(script.path, {{"warm", "7"}, {"lambda", "0.2"}, {"seed", "2"}});
  CHECK(write_toml(write_run(config)) == write_toml(write_run(alone.config)));
  CHECK(sweep.digest() == alone.host->digest());
}

TEST_CASE("crescent run trains the baseline of a sweep, with what is set") {
  const Script script(
      "return crescent.sweep { build = build, params = params, seeds = 2, baseline = { lambda = 0.3 }, "
      "grid = { lambda = { 0.1, 0.3 }, warm = { 5, 6 } } }");
  CHECK(load_experiment(script.path, {}).config.grpo.adamw.lr == 0.3);
  CHECK(load_experiment(script.path, {{"lambda", "0.9"}}).config.grpo.adamw.lr == 0.9);
}

TEST_CASE("`only` leaves out cells") {
  const Script script(
      "return crescent.sweep { build = build, params = params, grid = { lambda = { 0.1, 0.2 }, warm = { 5, 6 } }, "
      "only = function(p) return p.lambda < 0.15 or p.warm == 6 end }");
  const SweepScript sweep(script.path, {}, {});
  REQUIRE(sweep.spec().cells.size() == 3);
  CHECK(sweep.spec().cells[2].key == "lambda=0.2,warm=6,seed=1");
}

TEST_CASE("a sweep's mistakes are told with their places") {
  CHECK(error_of_sweep("return build(params)").find("study.lua: the script returns a single run; to make it a sweep") ==
        0);
  CHECK(error_of_sweep("return crescent.sweep { build = build, params = params, grid = { lamda = { 1 } } }") ==
        "study.lua:10: crescent.sweep: crescent.params declares no \"lamda\"; did you mean \"lambda\"?");
  CHECK(error_of_sweep("return crescent.sweep { build = build, params = params, grid = { lambda = { 1 } }, only = "
                       "function() return false end }") == "study.lua:10: crescent.sweep: only leaves no cell");
  CHECK(error_of_sweep("return crescent.sweep { build = build, params = params, grid = { lambda = { 1 } } }",
                       {{"lambda", "2"}})
            .find("\"lambda\" varies in this sweep") != std::string::npos);
}
