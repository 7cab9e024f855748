// Python functions in the signatures of TRL and EasyR1, unchanged.
#include "core/remote/python_reward.hpp"

#include <doctest/doctest.h>

#include "tests/remote/rewarding.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

const char* kRewards = R"py(
import os


def is_gold(completions, answer, **kwargs):  # as TRL documents it
    return [1.0 if c == a else 0.0 for c, a in zip(completions, answer)]


def of_kind(prompts, completions, kind, level):
    assert prompts[0] == "How many?"
    return [None if c == "skip" else float(level[i]) + (kind[i] == "dice") for i, c in enumerate(completions)]


def chat(completions, solution):
    return [float(c[0]["content"] == s and c[0]["role"] == "assistant") for c, s in zip(completions, solution)]


def by_default(completions, answer="", level=0, kind="none", bonus=1.0):
    return [float(a == c) + l + (k == "dice") + bonus for c, a, l, k in zip(completions, answer, level, kind)]


async def awaited(completions, **kwargs):
    return [len(c) for c in completions]


def wants_more(completions, difficulty):
    return [0.0] * len(completions)


def too_few(completions):
    return [0.0] * (len(completions) - 1) if len(completions) > 1 else [2.0]


def batch(reward_inputs, format_weight=0.1):  # as EasyR1's examples
    print("noise on stdout")
    os.write(1, b"and below Python\n")
    scores = []
    for r in reward_inputs:
        accuracy = float(r["response"] == r["ground_truth"])
        scores.append({"overall": (1 - format_weight) * accuracy, "format": 0.0, "accuracy": accuracy})
    return scores


def one(reward_input):
    if reward_input["response"] == "bad":
        raise ValueError("cannot read it")
    return {"overall": float(reward_input["response_length"]), "accuracy": float("nan") if reward_input["response"] == "nan" else 1.0}


def late(limit, reward_inputs):  # not its first argument
    return [{"overall": float(r["response_length"] > limit)} for r in reward_inputs]


def weighs(completions, weight=0.5, timeout_ms=3):
    return [weight for c in completions]


def neither(responses):
    return []
)py";

struct Rewards {
  TempFolder folder;
  PluginSearch search;
  Rewards() {
    write_text(folder / "rewards.py", kRewards);
    search.experiment_folder = folder.path();
    search.python_adapter = CRESCENT_SOURCE_DIR "/scripts/python/reward.py";
  }
  PythonUse use(const std::string& function, std::vector<std::string> parts = {}) const {
    return {"mine", "rewards.py:" + function, "python3", "text", {}, std::move(parts), {}, {"e.lua", 4}};
  }
  std::unique_ptr<Reward> make(PythonUse use) const {
    Problems problems;
    use.options = resolve_python_options(use, some_limits(), search, problems);
    problems.throw_if_any();
    return make_python_reward(use, some_limits(), search, {});
  }
};

std::vector<double> values(const std::vector<Score>& scores) {
  std::vector<double> out;
  for (const Score& score : scores) {
    INFO(score.error);
    CHECK(score.status != ScoreStatus::failed);
    out.push_back(score.status == ScoreStatus::ok ? score.value : -1);
  }
  return out;
}

}  // namespace

TEST_CASE("functions in TRL's signature get completions and columns, and None is no failure") {
  const Rewards rewards;
  CHECK(values(scores_of(*rewards.make(rewards.use("is_gold")), {"8", "9"})) == std::vector<double>{1, 0});
  CHECK(values(scores_of(*rewards.make(rewards.use("of_kind")), {"8", "skip"})) == std::vector<double>{4, -1});
  CHECK(values(scores_of(*rewards.make(rewards.use("awaited")), {"8", "123"})) == std::vector<double>{1, 3});
  // Arguments with a default take the record's column too; a default that no column has stays.
  CHECK(values(scores_of(*rewards.make(rewards.use("by_default")), {"8"})) == std::vector<double>{1 + 3 + 1 + 1});
  PythonUse chat = rewards.use("chat");
  chat.completions = "messages";
  chat.columns = {{"solution", "answer"}};
  CHECK(values(scores_of(*rewards.make(chat), {"8", "9"})) == std::vector<double>{1, 0});
}

TEST_CASE("functions in EasyR1's signatures get dicts, and their parts are kept; what they print disturbs nothing") {
  const Rewards rewards;
  PythonUse batch = rewards.use("batch", {"accuracy", "format"});
  batch.options.set("format_weight", Value(0.5));
  const auto reward = rewards.make(batch);
  CHECK(reward->part_names() == std::vector<std::string>{"accuracy", "format"});
  const auto scores = scores_of(*reward, {"8", "9"});
  CHECK(values(scores) == std::vector<double>{0.5, 0});
  CHECK(scores[0].parts == std::vector<double>{1, 0});
  CHECK(values(scores_of(*rewards.make(rewards.use("one", {"accuracy"})), {"a", "b"})) == std::vector<double>{5, 5});
}

TEST_CASE("an exception, a score that is none and undeclared parts fail their response alone") {
  const Rewards rewards;
  const auto reward = rewards.make(rewards.use("one", {"accuracy"}));
  const auto scores = scores_of(*reward, {"a", "bad", "nan", "b"});
  const std::string start = "reward \"mine\": sample ";
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[1].error == start + "1 of record \"r-7\": ValueError: cannot read it");
  CHECK(scores[2].error == start + "2 of record \"r-7\": ValueError: the part \"accuracy\" is nan");
  CHECK(scores[3].status == ScoreStatus::ok);
  CHECK(scores_of(*rewards.make(rewards.use("one")), {"a"})[0].error ==
        start +
            "0 of record \"r-7\": it gave a part \"accuracy\", which the reward does not declare: parts = { "
            "\"accuracy\" }");
  // Right for one response alone, so asking again would hide it.
  const auto few = scores_of(*rewards.make(rewards.use("too_few")), {"a", "b"});
  CHECK(few[0].error == start + "0 of record \"r-7\": the function gave 1 scores for 2 responses");
  CHECK(few[1].status == ScoreStatus::failed);
  CHECK(scores_of(*rewards.make(rewards.use("wants_more")), {"a"})[0].error ==
        start +
            "0 of record \"r-7\": LookupError: the function wants \"difficulty\", but record \"r-7\" has no field "
            "\"difficulty\"; it has problem, answer, id, kind, level: say which one it is with columns = { "
            "difficulty = \"...\" }");
}

TEST_CASE("mistakes about a Python function are told before anything runs") {
  const Rewards rewards;
  const auto told = [&](PythonUse use) { return error_of([&] { rewards.make(std::move(use)); }); };
  PythonUse misspelt = rewards.use("batch");
  misspelt.options.set("format_wight", Value(0.5, Place{"e.lua", 5}));
  CHECK(told(misspelt) ==
        "e.lua:5: reward \"mine\" has no option \"format_wight\", and rewards.py:batch no argument for it; did you "
        "mean \"format_weight\"?");
  PythonUse host = rewards.use("batch");
  host.options.set("timeout", Value(int64_t{5}));
  CHECK(told(host).find("; known: ") != std::string::npos);
  CHECK(told(host).find("timeout_ms") != std::string::npos);
  const std::string start = "e.lua:4: reward \"mine\": rewards.py:";
  CHECK(
      told(rewards.use("nothing"))
          .starts_with(start + "nothing cannot be run: its process ended with exit code 1; its last line on stderr: "));
  CHECK(told(rewards.use("nothing"))
            .ends_with("has no function nothing; it has is_gold, of_kind, chat, by_default, "
                       "awaited, wants_more, too_few, batch, one, late, weighs, neither"));
  CHECK(told(rewards.use("neither"))
            .ends_with("neither(responses) has none of the arguments that tell how to call it: "
                       "completions, reward_inputs, reward_input"));
  PythonUse other = rewards.use("one");
  other.interpreter = "no-python";
  CHECK(told(other) == "e.lua:4: reward \"mine\": there is no program no-python in the folders of PATH");
}

TEST_CASE("an argument that run:reward would take, and options that act on nothing, are refused") {
  const Rewards rewards;
  const auto told = [&](PythonUse use) { return error_of([&] { rewards.make(std::move(use)); }); };
  const std::string weighs = told(rewards.use("weighs"));
  CHECK(weighs.find(
            "e.lua:4: reward \"mine\": rewards.py:weighs has an argument \"weight\", which run:reward takes for "
            "itself; give the argument another name, or name a function that calls this one") != std::string::npos);
  CHECK(weighs.find("has an argument \"timeout_ms\"") != std::string::npos);
  PythonUse mapped = rewards.use("batch");
  mapped.columns = {{"solution", "answer"}};
  CHECK(told(mapped) ==
        "e.lua:4: reward \"mine\": option \"columns\" acts on nothing, because rewards.py:batch is no f(completions, "
        "...); leave it out");
  PythonUse chat = rewards.use("one");
  chat.completions = "messages";
  CHECK(told(chat).find("option \"completions\" acts on nothing") != std::string::npos);
  PythonUse misspelt = rewards.use("chat");
  misspelt.columns = {{"soluton", "answer"}};
  CHECK(
      told(misspelt).starts_with("e.lua:4: reward \"mine\": columns names \"soluton\", but rewards.py:chat has no such "
                                 "argument; did you mean \"solution\"?"));
}

TEST_CASE("a function's form is told by an argument's name, wherever it stands") {
  const Rewards rewards;
  PythonUse late = rewards.use("late");
  late.options.set("limit", Value(int64_t{4}));
  CHECK(values(scores_of(*rewards.make(late), {"a"})) == std::vector<double>{1});
}

TEST_CASE("defaults of a function's options are kept with the run, and two functions of a file are two rewards") {
  const Rewards rewards;
  Problems problems;
  const Table options = resolve_python_options(rewards.use("batch"), some_limits(), rewards.search, problems);
  REQUIRE(options.find("format_weight") != nullptr);
  CHECK(options.find("format_weight")->show() == "0.1");
  CHECK(hash_python(rewards.use("batch"), rewards.search) != hash_python(rewards.use("one"), rewards.search));
}
