#include "core/script/reward_file.hpp"

#include <doctest/doctest.h>

#include "core/script/script_host.hpp"
#include "tests/script/scratch.hpp"

using namespace crescent;

namespace {

struct File {
  Scratch scratch;
  std::string path;
  explicit File(const std::string& content) : path(scratch.path() + "/mine.lua") { scratch.write("mine.lua", content); }
  Score score(const Overrides& settings = {}, const std::string& name = "") const {
    const RewardFile file = load_reward_file(path, name, settings);
    Sample sample;
    sample.token_count = 10;
    Score score;
    make_lua_reward(file.host, file.config)->score({&sample, 1}, {&score, 1});
    return score;
  }
  std::string error(const Overrides& settings = {}, const std::string& name = "") const {
    try {
      load_reward_file(path, name, settings);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return e.what();
    }
    return "";
  }
};

}  // namespace

TEST_CASE("a reward's file returns a function, a table, or a maker with options") {
  CHECK(File("return function(s) return s.tokens end").score().value == 10);
  const Score parts = File("return { parts = { 'p' }, score = function(s) return 1, { p = 3 } end }").score();
  CHECK(parts.parts == std::vector<double>{3});
  const File maker(
      "return { options = { factor = 2.0, shift = 1 }, make = function(o) return function(s) return o.factor * "
      "s.tokens "
      "+ o.shift end end }");
  CHECK(maker.score().value == 21);
  CHECK(maker.score({{"factor", "0.5"}, {"shift", "3"}}).value == 8);
  CHECK(maker.error({{"factr", "1"}}) ==
        "option factr=1: mine declares no parameter \"factr\"; did you mean \"factor\"?");
  CHECK(maker.error({{"shift", "x"}}).starts_with("option shift=x: the parameter \"shift\" must be an integer"));
}

TEST_CASE("an experiment gives one of its rewards in Lua, by name where there are several") {
  const std::string head =
      "local crescent = import 'crescent'\nlocal p = crescent.params { k = 1 }\n"
      "local run = crescent.run {}\nrun:reward { 'exact_math' }\n"
      "run:reward { 'one', score = function(s) return p.k end }\n";
  const File one(head + "return run"), two(head + "run:reward { 'two', score = function(s) return 2 end }\nreturn run");
  CHECK(one.score().value == 1);
  CHECK(one.score({{"k", "5"}}).value == 5);
  CHECK(two.score({}, "two").value == 2);
  CHECK(two.error() == two.path + ": this experiment has the rewards one, two in Lua; say which: " + two.path + ":one");
  CHECK(two.error({}, "twoo") == two.path + ": there is no reward \"twoo\" in Lua; did you mean \"two\"?");
}

TEST_CASE("what is no reward's file is an error that says what it is") {
  const auto ends = [](const std::string& text, const std::string& end) {
    CAPTURE(text);
    return text.find(end) != std::string::npos;
  };
  CHECK(ends(File("return 5").error(),
             "mine.lua returns a number; a reward's file returns a function, a table or a run"));
  CHECK(ends(File("return {}").error(), "mine.lua returns a table without a function score or make"));
  CHECK(ends(File("return { score = print, make = print }").error(), "mine.lua returns both score and make"));
  CHECK(ends(File("retrun 5").error(), "mine.lua:1: "));
  CHECK(ends(File("return { score = 5 }").error(), "option \"score\" must be a function, found"));
  CHECK_THROWS_WITH(load_reward_file("none.lua", "", {}), "none.lua: there is no such file");
}
