// From a script's words to a plugin with checked options.
#include <doctest/doctest.h>

#include <cstdlib>

#include "core/plugin/describe.hpp"
#include "core/plugin/plugin.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

const PluginSearch kSearch{{bundled_folder()}, "/nowhere"};

Value at(int line, auto value) { return Value(value, Place{"experiment.lua", line}); }

PluginUse use(const std::string& plugin, Table options = {}) {
  return {plugin, std::move(options), Place{"experiment.lua", 9}};
}

std::string problems_of(PluginRole role, const PluginUse& u) {
  Problems problems;
  const Table table = resolve_options(role, u, kSearch, problems);
  CHECK(table.fields.empty() != problems.empty());
  try {
    problems.throw_if_any();
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.what();
  }
  return "";
}

std::string option(const Table& table, const std::string& name) {
  return table.find(name) ? table.find(name)->show() : "none";
}

}  // namespace

TEST_CASE("every mistake in a plugin's options is reported at its own line, an unknown one with the nearest name") {
  Table options;
  options.set("lamda", at(14, 0.5));
  options.set("alpha", at(15, std::string("much")));
  options.set("decay", at(16, 1.5));
  options.set("refresh", at(17, std::string("onlin")));
  options.set("preset", at(18, std::string("mmr2")));
  options.set("a0", at(19, true));
  options.list.push_back(at(20, int64_t{3}));
  CHECK(problems_of(PluginRole::sampler, use("variance_aware", options)) ==
        "7 mistakes:\n"
        "  experiment.lua:14: sampler \"variance_aware\" has no option \"lamda\"; did you mean \"lambda\"?\n"
        "  experiment.lua:15: sampler \"variance_aware\": option \"alpha\" must be a number, found a string \"much\"\n"
        "  experiment.lua:16: sampler \"variance_aware\": option \"decay\" is 1.5, but must be from 0 to 1\n"
        "  experiment.lua:17: sampler \"variance_aware\": option \"refresh\" is \"onlin\", but must be one of online, "
        "periodic; did you mean \"online\"?\n"
        "  experiment.lua:18: sampler \"variance_aware\": option \"preset\" is \"mmr2\", but must be one of mmr1, "
        "mmr1_ablation; did "
        "you mean \"mmr1\"?\n"
        "  experiment.lua:19: sampler \"variance_aware\": option \"a0\" must be a number, found a boolean true\n"
        "  experiment.lua:20: sampler \"variance_aware\": the entry 3 has no name; options are written name = value");
}

TEST_CASE("an option of a plugin that has none, a missing one, a wrong role and isolate are errors") {
  Table options;
  options.set("isolate", at(3, false));
  CHECK(problems_of(PluginRole::sampler, use("uniform", options)) ==
        "experiment.lua:3: sampler \"uniform\" has no option \"isolate\"; it has none");
  CHECK(problems_of(PluginRole::curriculum, use("fixed_steps")) ==
        "experiment.lua:9: curriculum \"fixed_steps\": option \"steps\" is missing");
  CHECK(problems_of(PluginRole::reward, use("uniform")) ==
        "experiment.lua:9: the plugin \"uniform\" is no reward; it is a sampler");
}

TEST_CASE("an unknown plugin is an error with the nearest name and the folders searched") {
  const std::string text = problems_of(PluginRole::reward, use("exact_maths"));
  CHECK(text == "experiment.lua:9: there is no plugin \"exact_maths\"; did you mean \"exact_math\"? (searched " +
                    bundled_folder() + "; CRESCENT_PLUGIN_PATH adds folders, a name with '/' is a path)");
  CHECK(problems_of(PluginRole::reward, use("./my.so")) ==
        "experiment.lua:9: there is no plugin file /nowhere/my.so (\"./my.so\", relative to the experiment's folder)");
  CHECK(problems_of(PluginRole::reward, use("/tmp/none.so")) ==
        "experiment.lua:9: there is no plugin file /tmp/none.so");
  const TempFolder unbuilt;
  write_file_atomically(unbuilt.path() + "/Makefile", "mine.so: mine.cpp\n");
  CHECK(
      problems_of(PluginRole::reward, use(unbuilt.path() + "/mine.so")) ==
      fmt::format("experiment.lua:9: there is no plugin file {0}/mine.so; `make -C {0}` may build it", unbuilt.path()));
}

TEST_CASE("plugins are found in the program's folders, then in CRESCENT_PLUGIN_PATH, or by path") {
  const TempFolder mine, experiment;
  std::filesystem::copy(bundled("uniform"), mine / "my_uniform.so");
  std::filesystem::copy(bundled("uniform"), mine / "exact_math.so");
  std::filesystem::copy(bundled("uniform"), experiment / "here.so");
  const PluginSearch search{{bundled_folder()}, experiment.path()};
  setenv("CRESCENT_PLUGIN_PATH", ("/does/not/exist::" + mine.path()).c_str(), 1);
  CHECK(find_plugin("my_uniform", search, {}) == mine / "my_uniform.so");
  CHECK(find_plugin("exact_math", search, {}) == bundled("exact_math"));  // the program's own come first
  unsetenv("CRESCENT_PLUGIN_PATH");
  CHECK_THROWS_AS(find_plugin("my_uniform", search, {}), Error);
  CHECK(find_plugin("./here.so", search, {}) == experiment / "here.so");
  CHECK(find_plugin("here.so", search, {}) == experiment / "here.so");
  CHECK(find_plugin(mine / "my_uniform.so", search, {}) == mine / "my_uniform.so");
}

TEST_CASE("defaults are filled, a preset goes over them, the script over both, and resolving again changes nothing") {
  Problems problems;
  const Table plain = resolve_options(PluginRole::sampler, use("variance_aware"), kSearch, problems);
  CHECK(option(plain, "lambda") == "0.8");
  CHECK(option(plain, "refresh") == "\"online\"");
  Table given;
  given.set("preset", Value(std::string("mmr1")));
  given.set("lambda", Value(0.2));
  given.set("refresh_every", Value(int64_t{28}));
  Table full = resolve_options(PluginRole::sampler, use("variance_aware", given), kSearch, problems);
  CHECK(option(full, "preset") == "\"mmr1\"");
  CHECK(option(full, "lambda") == "0.2");
  CHECK(option(full, "alpha") == "0.8");
  CHECK(option(full, "beta") == "0.2");
  CHECK(option(full, "sharpness") == "1");
  CHECK(option(full, "scale") == "\"paper\"");
  CHECK(option(full, "refresh") == "\"periodic\"");
  CHECK(option(full, "refresh_every") == "28");
  CHECK(option(full, "refresh_rollouts") == "32");
  const Table again = resolve_options(PluginRole::sampler, use("variance_aware", full), kSearch, problems);
  CHECK(problems.empty());
  REQUIRE(again.fields.size() == full.fields.size());
  for (size_t i = 0; i < full.fields.size(); ++i) {
    CHECK(again.fields[i].first == full.fields[i].first);
    CHECK(again.fields[i].second.show() == full.fields[i].second.show());
  }
}

TEST_CASE("plugins are listed with their options, and one that cannot be loaded with its error") {
  const TempFolder folder;
  std::filesystem::copy(bundled("plateau"), folder / "plateau.so");
  std::ofstream(folder / "broken.so") << "no";
  const std::string text = format_descriptions(describe_plugins({{folder.path()}, ""}));
  CHECK(text.starts_with(folder / "broken.so" + "\n  cannot be loaded: plugin " + folder / "broken.so" +
                         ": this is not a shared library"));
  CHECK(text.find("plateau 1.0.0 (curriculum): leaves the phase when a validation metric has stopped rising\n") !=
        std::string::npos);
  CHECK(text.find("  patience           validations in a row without a gain before the phase is left  [integer, 1 to "
                  "1000000; default 5]\n") != std::string::npos);
  CHECK(text.find("  metric             validation metric to watch; higher is better  [string; default "
                  "\"val/image/accuracy\"]\n") != std::string::npos);
}

TEST_CASE("a plugin's identity is its content, whatever the file is called") {
  const TempFolder folder;
  std::filesystem::copy(bundled("uniform"), folder / "other.so");
  const std::string hash = hash_plugin(use("uniform"), kSearch);
  CHECK(hash.size() == 32);
  CHECK(hash_plugin(use(folder / "other.so"), kSearch) == hash);
  CHECK(hash_plugin(use("plateau"), kSearch) != hash);
}
