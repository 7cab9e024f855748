// Loading experiments: the script of the design document, parameters, imports, config.toml and back.
#include "core/script/experiment.hpp"

#include <doctest/doctest.h>

#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/script/script_host.hpp"
#include "tests/script/scratch.hpp"

using namespace crescent;

namespace {

const std::string kTrained =  // the least that a run needs
    "run:grpo {} run:reward { 'exact_math' } run:phase { 'main', view = 'image', steps = 5 }\n";
const std::string kTrainedToml =
    "[grpo]\n[[reward]]\nplugin = \"exact_math\"\n[[phase]]\nname = \"a\"\nview = \"text\"\nsteps = 5\n";

const char* kExample = R"lua(
local crescent = import "crescent"

local params = crescent.params {
  lambda = 0.5, warm = 40, seed = 1,
}

local function build(p)
  local run = crescent.run { name = "vas-ablation", seed = p.seed, model = "tiny-vl", data = "shapes" }
  run:sft     { steps = 300, lr = 2e-3 }
  run:grpo    { group = 8, prompts = 16, lr = 1e-4, clip = { 0.2, 0.28 }, loss = "token",
                pass = { reward = "exact_math", at_least = 1 } }
  run:reward  { "exact_math", weight = 1.0 }
  run:reward  { "brevity", weight = 0.1, score = function(s) return 1 - s.tokens / 64 end }
  run:sampler { "variance_aware", preset = "mmr1", lambda = p.lambda, refresh_every = 28 }
  run:phase   { "foundation", view = "text",    steps = p.warm }
  run:phase   { "adaptation", view = "caption", steps = 40, replay = { foundation = 0.2 } }
  run:phase   { "enhancement", view = "image",
                leave = function(m) return m.phase_step >= 200 or m:plateau("val/image/accuracy", 5) end }
  return run
end

return build(params)
)lua";

std::string error_of(const std::string& path, const Overrides& overrides = {}, const LoadOptions& options = {}) {
  try {
    load_experiment(path, overrides, options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the script of the design document loads whole") {
  const Scratch scratch;
  scratch.write("experiment.lua", kExample);
  const LoadedExperiment loaded = load_experiment(scratch.path(), {});
  const RunConfig& config = loaded.config;
  CHECK(config.name == "vas-ablation");
  CHECK(config.sft.steps == 300);
  CHECK(config.sft.adamw.lr == 2e-3);
  CHECK(config.grpo.clip_low == 0.2);
  CHECK(config.grpo.clip_high == 0.28);
  CHECK(config.grpo.pass_reward == "exact_math");
  REQUIRE(config.rewards.size() == 2);
  CHECK(config.rewards[0].role.plugin == "exact_math");
  CHECK(config.rewards[1].name == "brevity");
  CHECK(config.rewards[1].weight == 0.1);
  CHECK(config.rewards[1].role.functions.at(0).second.source == "experiment.lua:14");
  CHECK(config.sampler.plugin == "variance_aware");
  CHECK(write_toml(config.sampler.options) == "lambda = 0.5\npreset = \"mmr1\"\nrefresh_every = 28\n");
  REQUIRE(config.phases.size() == 3);
  CHECK(config.phases[0].leave.plugin == "fixed_steps");
  CHECK(config.phases[1].replay == std::vector<std::pair<std::string, double>>{{"foundation", 0.2}});
  CHECK(config.phases[2].leave.functions.at(0).first == "decide");
  CHECK(planned_steps(config) == -1);
  CHECK(config.script == "experiment.lua");
  CHECK(config.folder == scratch.path());
  CHECK(write_toml(config.params) == "lambda = 0.5\nseed = 1\nwarm = 40\n");
  REQUIRE(loaded.files.size() == 1);
  CHECK(loaded.files[0].path == "experiment.lua");
  CHECK(loaded.files[0].content == kExample);
}

TEST_CASE("--set reaches declared parameters, in their own type") {
  const Scratch scratch;
  scratch.write("experiment.lua", kExample);
  const RunConfig config = load_experiment(scratch.path(), {{"lambda", "0.8"}, {"warm", "20"}, {"seed", "7"}}).config;
  CHECK(config.seed == 7);
  CHECK(config.phases[0].leave.options.find("steps")->show() == "20");
  CHECK(config.sampler.options.find("lambda")->show() == "0.8");
  CHECK(load_experiment(scratch.path(), {{"lambda", "1"}}).config.params.find("lambda")->show() == "1");

  CHECK(error_of(scratch.path(), {{"lamda", "1"}, {"warm", "2.5"}, {"seed", "x"}}) ==
        "3 mistakes:\n"
        "  --set seed=x: the parameter \"seed\" must be an integer, like its default 1, found \"x\"\n"
        "  --set warm=2.5: the parameter \"warm\" must be an integer, like its default 40, found 2.5; write the "
        "default as a "
        "fraction (1.0) to allow fractions\n"
        "  --set lamda=1: experiment.lua declares no parameter \"lamda\"; did you mean \"lambda\"?");
  scratch.write("bare.lua",
                "local crescent = import 'crescent'\nlocal run = crescent.run {}\n" + kTrained + "return run");
  CHECK(error_of(scratch.path() + "/bare.lua", {{"x", "1"}}) ==
        "--set x=1: bare.lua declares no parameters; give it crescent.params { x = ... }");
}

TEST_CASE("modules come from the experiment's folder, then from scripts/, and are recorded") {
  const Scratch scratch;
  scratch.write("e/experiment.lua",
                "local crescent = import 'crescent'\nlocal a, b = import 'rewards/near', import "
                "'rewards/far'\nassert(import 'rewards/near' == a)\n"
                "local run = crescent.run {}\nrun:sft { steps = a.n + b.n }\n" +
                    kTrained + "return run");
  scratch.write("e/rewards/near.lua", "return { n = 1 }");
  scratch.write("s/rewards/near.lua", "return { n = 100 }");
  scratch.write("s/rewards/far.lua", "return { n = 10 }");
  LoadOptions options;
  options.scripts_folder = scratch.path() + "/s";
  const LoadedExperiment loaded = load_experiment(scratch.path() + "/e", {}, options);
  CHECK(loaded.config.sft.steps == 11);
  std::vector<std::string> paths;
  for (const ScriptFile& file : loaded.files) paths.push_back(file.path);
  CHECK(paths == std::vector<std::string>{"experiment.lua", "rewards/near.lua", "scripts/rewards/far.lua"});

  const auto import_error = [&](const std::string& name) {
    scratch.write("e/slip.lua", "import '" + name + "'");
    return error_of(scratch.path() + "/e/slip.lua", {}, options);
  };
  const std::string nowhere = " in the experiment's folder or in " + scratch.path() + "/s; did you mean ";
  CHECK(import_error("rewards/nera") == scratch.path() +
                                            "/e/slip.lua:1: import \"rewards/nera\": there is no "
                                            "rewards/nera.lua" +
                                            nowhere + "\"rewards/near\"?");
  CHECK(import_error("rewards/fra").find("did you mean \"rewards/far\"?") != std::string::npos);
  CHECK(import_error("cresent").find("did you mean \"crescent\"?") != std::string::npos);
  scratch.write("e/one.lua", "return import 'two'");
  scratch.write("e/two.lua", "return import 'one'");
  CHECK(import_error("one") ==
        scratch.path() + "/e/two.lua:1: import \"one\": the module imports itself, directly or through others");

  scratch.write("e/rewards/near.lua", "return import 'rewards/near'");
  CHECK(error_of(scratch.path() + "/e", {}, options) ==
        scratch.path() +
            "/e/rewards/near.lua:1: import \"rewards/near\": the module imports itself, directly or through others");
  for (const char* name : {"../x", "/etc/passwd", "a\\b", ".", "rewards/../../x"}) {
    scratch.write("e/experiment.lua", "import [[" + std::string(name) + "]]");
    CHECK(error_of(scratch.path() + "/e") ==
          scratch.path() + "/e/experiment.lua:1: import \"" + name +
              "\": a module is named by its path below the experiment's folder or scripts/, as in \"rewards/brevity\"");
  }
}

TEST_CASE("a run's config.toml gives the same configuration, with its functions found again") {
  const Scratch scratch;
  scratch.write("experiment.lua", kExample);
  const LoadedExperiment first = load_experiment(scratch.path(), {{"warm", "20"}});
  const std::string toml = write_toml(write_run(first.config));
  scratch.write("run/config.toml", toml);
  for (const ScriptFile& file : first.files) scratch.write("run/experiment/" + file.path, file.content);

  const LoadedExperiment second = load_experiment(scratch.path() + "/run/config.toml", {});
  CHECK(write_toml(write_run(second.config)) == toml);
  CHECK(second.config.folder == scratch.path());
  CHECK(second.files.at(0).content == kExample);
  CHECK(second.host->digest() == first.host->digest());
  const auto reward = make_lua_reward(second.host, second.config.rewards[1]);
  Sample sample;
  sample.token_count = 32;
  Score score;
  reward->score({&sample, 1}, {&score, 1});
  CHECK(score.value == 0.5);

  CHECK(error_of(scratch.path() + "/run/config.toml", {{"warm", "5"}}) ==
        "--set warm=5: a config.toml is resolved already, so --set reaches nothing in it; edit " + scratch.path() +
            "/run/config.toml, or run the script it came from");
  scratch.write("run/experiment/experiment.lua", "\n" + std::string(kExample));
  const std::string changed = error_of(scratch.path() + "/run/config.toml");
  CHECK(
      changed.find("reward[2].score is a Lua function (experiment.lua:14), but " + scratch.path() +
                   "/run/experiment/experiment.lua gives another there (experiment.lua:15); was the script changed?") !=
      changed.npos);
  std::filesystem::remove(scratch.path() + "/run/experiment/experiment.lua");
  CHECK(error_of(scratch.path() + "/run/config.toml")
            .find("reward[2].score is a Lua function (experiment.lua:14), but there is no " + scratch.path() +
                  "/run/experiment/experiment.lua to take it from") != std::string::npos);
}

TEST_CASE("what is no experiment is refused by name") {
  const Scratch scratch;
  CHECK(error_of(scratch.path()) == scratch.path() + ": there is no experiment.lua in this folder");
  scratch.write("config.toml", "name = \"x\"");
  CHECK(error_of(scratch.path()) == scratch.path() +
                                        ": there is no experiment.lua in this folder; to run it as it was, name " +
                                        scratch.path() + "/config.toml");
  CHECK(error_of("nowhere.lua") == "nowhere.lua: there is no such experiment (looked for " +
                                       (std::filesystem::current_path() / "nowhere.lua").string() +
                                       "); give a folder with experiment.lua, a .lua file or a run's config.toml");
  scratch.write("x.py", "");
  CHECK(error_of(scratch.path() + "/x.py") ==
        scratch.path() + "/x.py: an experiment is a folder with experiment.lua, a .lua file or a run's config.toml");
  CHECK(error_of(scratch.path() + "/config.toml") == scratch.path() +
                                                         "/config.toml: there is nothing to train; a run needs "
                                                         "run:grpo { ... }, a reward and a phase; run:sft { steps = n "
                                                         "} may go before them");
  scratch.write("config.toml", "name = \"x\"\nsed = 3\n[sft]\nsteps = 5\nlr = \"fast\"\n" + kTrainedToml);
  CHECK(error_of(scratch.path() + "/config.toml") ==
        "2 mistakes:\n  " + scratch.path() + "/config.toml:2: run has no option \"sed\"; did you mean \"seed\"?\n  " +
            scratch.path() + "/config.toml:5: sft: option \"lr\" must be a number, found a string \"fast\"");
}

TEST_CASE("an error names the whole path, however long") {
  const Scratch scratch;
  const std::string folder = std::string(80, 'd') + "/e";
  scratch.write(folder + "/experiment.lua", "local x\nreturn x.y");
  CHECK(error_of(scratch.path() + "/" + folder) ==
        scratch.path() + "/" + folder + "/experiment.lua:2: attempt to index a nil value (local 'x')");
  scratch.write(folder + "/experiment.lua", "return return");
  CHECK(error_of(scratch.path() + "/" + folder) ==
        scratch.path() + "/" + folder + "/experiment.lua:1: unexpected symbol near 'return'");
}

TEST_CASE("the caller's own checks are reported with the rest") {
  const Scratch scratch;
  scratch.write("experiment.lua",
                "local c = import 'crescent'\nlocal run = c.run { sed = 1 }\n" + kTrained + "return run");
  LoadOptions options;
  options.check = [](RunConfig& config, Problems& problems) {
    problems.add({"here", 1}, "{} is no good name", config.name);
  };
  CHECK(error_of(scratch.path(), {}, options) ==
        "2 mistakes:\n  " + scratch.path() +
            "/experiment.lua:2: run has no option \"sed\"; did you mean \"seed\"?\n  here:1: run is no good name");
}
