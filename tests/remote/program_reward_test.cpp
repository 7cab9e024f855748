// Programs that judge lines of JSON, well behaved and otherwise.
#include "core/remote/program_reward.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/remote/rewarding.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

// A judge in Python whose loop body is `body`; `s` is the sample and say(...) answers.
std::string judge(const TempFolder& folder, const std::string& body) {
  const std::string head =
      "import json, os, sys, time\n"
      "def say(**answer):\n    print(json.dumps(answer), flush=True)\n"
      "for line in sys.stdin:\n    s = json.loads(line)\n    bad = s['response'] == 'bad'\n";
  std::string indented;
  for (size_t begin = 0; begin < body.size();) {
    const size_t end = std::min(body.find('\n', begin), body.size());
    indented += "    " + body.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return write_text(folder / "judge.py", head + indented);
}

std::unique_ptr<Reward> program(const TempFolder& folder, const std::string& body, WorkerLimits limits = some_limits(),
                                const HostServices& services = {}) {
  judge(folder, body);
  return make_program_reward({"judge", {"python3", "judge.py"}, {"length", "half"}, folder.path(), {"e.lua", 3}},
                             limits, services);
}

// Why the middle response failed; its neighbours must be judged all the same.
std::string fault_text(const std::string& body, WorkerLimits limits = some_limits()) {
  const TempFolder folder;
  const auto reward = program(folder, body, limits);
  const auto scores = scores_of(*reward, {"good", "bad", "fine one"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[2].status == ScoreStatus::ok);
  CHECK(scores[2].value == 1);
  REQUIRE(scores[1].status == ScoreStatus::failed);
  const std::string start = "reward \"judge\": sample 1 of record \"r-7\": ";
  REQUIRE(scores[1].error.starts_with(start));
  return scores[1].error.substr(start.size());
}

}  // namespace

TEST_CASE("a program is told all of a sample, and its scores and parts are read") {
  const TempFolder folder;
  const auto reward = program(
      folder,
      "assert s['prompt'] == 'How many?' and s['gold'] == '8' and s['columns'] == {'kind': 'dice', 'level': 3}, s\n"
      "assert s['record'] == 'r-7' and s['group'] == 2 and s['tokens'] == 5 and s['finish'] == 'stop', s\n"
      "assert s['phase'] == '' and s['step'] == 0 and s['batch_size'] == 3, s\n"
      "say(id=s['id'], score=s['index'], parts={'length': len(s['response'])})");
  const auto scores = scores_of(*reward, {"a", "\xc3\xa4\n", ""});
  INFO(scores[2].error);
  REQUIRE(scores[2].value == 2);
  CHECK(scores[1].parts[0] == 2);
  CHECK(std::isnan(scores[1].parts[1]));
  CHECK(scores_of(*reward, {"x", "y", "z"})[1].status == ScoreStatus::ok);
}

TEST_CASE("answers may come in any order, and null is no failure") {
  const TempFolder folder;
  const auto reward =
      program(folder,
              "kept = globals().setdefault('kept', [])\nkept.append(s)\n"
              "if len(kept) == s['batch_size']:\n"
              "    for k in reversed(kept): say(id=k['id'], score=None if k['response'] == 'skip' else 1)\n"
              "    kept.clear()");
  const auto scores = scores_of(*reward, {"a", "skip", "c", "d"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[1].status == ScoreStatus::not_applicable);
  CHECK(scores[3].status == ScoreStatus::ok);
}

TEST_CASE("whatever a program does wrong fails the response to blame alone, and says what it was") {
  const std::string good = "\nsay(id=s['id'], score=1)";
  CHECK(fault_text("if bad: sys.exit(3)" + good) == "its process ended with exit code 3");
  CHECK(fault_text("if bad: os.kill(os.getpid(), 11)" + good) == "its process ended by signal 11 (Segmentation fault)");
  CHECK(fault_text("if bad: raise KeyError('kind')" + good) ==
        "its process ended with exit code 1; its last line on stderr: KeyError: 'kind'");
  CHECK(fault_text("if bad: print('checking')" + good) ==
        "it wrote \"checking\" where a JSON object with the \"id\" of a sample was expected");
  CHECK(fault_text("if bad: print('{')" + good) ==
        "it wrote \"{\" where a JSON object with the \"id\" of a sample was expected");
  CHECK(fault_text("if bad: sys.stdout.buffer.write(b'\\xff\\x00\\n')" + good)
            .starts_with("it wrote \"\\ufffd\\u0000\" where"));
  CHECK(fault_text("say(id=s['id'] + (1000 if bad else 0), score=1)").starts_with("it answered id 10"));
  CHECK(fault_text("say(id=s['id'], score=float('nan') if bad else 1)").find("NaN}\" where a JSON") !=
        std::string::npos);
  CHECK(fault_text("say(id=s['id'], score='one' if bad else 1)") ==
        "the score must be a finite number or null, and is \"one\"");
  const auto nested = [&](const std::string& depth) {
    return fault_text("print('{\"id\":%d,\"score\":%s}' % (s['id'], '[' * " + depth + " + ']' * " + depth +
                      " if bad else 1), flush=True)");
  };
  CHECK(nested("9") == "the score must be a finite number or null, and is an array");
  CHECK(nested("10**6").starts_with("it wrote \"{\\\"id\\\":"));  // and nobody's stack ends
  CHECK(fault_text("say(id=s['id'], error='no gold') if bad else say(id=s['id'], score=1)") == "no gold");
  CHECK(fault_text("say(id=s['id']) if bad else say(id=s['id'], score=1)") ==
        "its answer has neither \"score\" nor \"error\"");
  CHECK(
      fault_text("say(id=s['id'], score=1, parts={'lenght': 1} if bad else {})") ==
      "it gave a part \"lenght\", which the reward does not declare: parts = { \"lenght\" }; did you mean \"length\"?");
  CHECK(fault_text("say(id=s['id'], score=1, parts={'half': 'x'} if bad else {})") ==
        "the part \"half\" must be a finite number, and is \"x\"");
}

TEST_CASE("timeout_ms counts from one answer to the next") {
  WorkerLimits limits = some_limits();
  limits.timeout_ms = limits.start_timeout_ms = 1500;
  const auto shell_judge = [&](const std::string& before) {
    const std::string script = "while read -r line; do " + before +
                               "id=${line#*:}; id=${id%%,*}; echo \"{\\\"id\\\":$id,\\\"score\\\":1}\"; done";
    return make_program_reward({"judge", {"sh", "-c", script}, {}, ".", {}}, limits, {});
  };
  const auto scores =
      scores_of(*shell_judge("case $line in *terrible*) sleep 1000;; esac; "), {"good", "terrible", "fine"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[1].error == "reward \"judge\": sample 1 of record \"r-7\": no answer within timeout_ms = 1500");
  CHECK(scores[2].status == ScoreStatus::ok);
  for (const Score& score : scores_of(*shell_judge("sleep 0.4; "), {"a", "b", "c", "d", "e", "f"}))
    CHECK(score.status == ScoreStatus::ok);
}

TEST_CASE("until its first answer a program may take start_timeout_ms, and then no longer") {
  WorkerLimits limits = some_limits();
  limits.timeout_ms = 500;
  limits.start_timeout_ms = 20000;
  const TempFolder folder;
  const auto reward = program(folder,
                              "if not globals().get('begun'): time.sleep(1.5)\nbegun = True\n"
                              "if bad: time.sleep(1000)\nsay(id=s['id'], score=1)",
                              limits);
  for (const Score& score : scores_of(*reward, {"good", "good"})) CHECK(score.status == ScoreStatus::ok);
  limits.start_timeout_ms = 700;
  const auto slow = program(folder, "time.sleep(1000)", limits);
  CHECK(scores_of(*slow, {"good"})[0].error ==
        "reward \"judge\": sample 0 of record \"r-7\": no answer within start_timeout_ms = 700");
}

TEST_CASE("blank lines are no answer and win no time") {
  WorkerLimits limits = some_limits();
  limits.timeout_ms = limits.start_timeout_ms = 1000;
  const auto reward =
      make_program_reward({"judge", {"sh", "-c", "while :; do echo; sleep 0.2; done"}, {}, ".", {}}, limits, {});
  CHECK(scores_of(*reward, {"one"})[0].error ==
        "reward \"judge\": sample 0 of record \"r-7\": no answer within timeout_ms = 1000");
}

TEST_CASE("a process of a reward has no file of the run open") {
  const TempFolder folder;
  AppendFile run_file(folder / "metrics.jsonl");
  const auto reward = program(folder,
                              "held = [os.readlink('/proc/self/fd/' + n) for n in os.listdir('/proc/self/fd') if "
                              "os.path.islink('/proc/self/fd/' + n)]\n"
                              "say(id=s['id'], score=sum('metrics.jsonl' in name for name in held))");
  CHECK(scores_of(*reward, {"one"})[0].value == 0);
}

TEST_CASE("a program answers while it is still being told the rest") {
  const TempFolder folder;
  const auto reward = program(folder, "say(id=s['id'], score=len(s['response']), error=None, note='x' * 5000)");
  std::vector<std::string> responses(400, std::string(10000, 'y'));
  for (const Score& score : scores_of(*reward, responses)) CHECK(score.value == 10000);
}

TEST_CASE("what a program writes to stderr is in the log") {
  const TempFolder folder;
  KeptLog kept;
  HostServices services;
  services.log = &kept.log;
  const auto reward =
      program(folder, "print('hm', file=sys.stderr, flush=True)\nsay(id=s['id'], score=1)", some_limits(), services);
  scores_of(*reward, {"a"});
  scores_of(*reward, {"a"});
  CHECK(kept.has("[reward/judge] hm"));
}

TEST_CASE("a program that is not there is told of before anything runs") {
  const TempFolder folder;
  const auto told = [&](const std::string& name) {
    Problems problems;
    check_program({"judge", {name}, {}, folder.path(), {"e.lua", 3}}, problems);
    return error_of([&] { problems.throw_if_any(); });
  };
  CHECK(told("python3") == "");
  CHECK(told("no-such-judge") == "e.lua:3: reward \"judge\": there is no program no-such-judge in the folders of PATH");
  CHECK(told("./judge") == "e.lua:3: reward \"judge\": there is no program ./judge that can be started (relative to " +
                               folder.path() + ")");
}

TEST_CASE("a program's identity is the content of the files that its command names") {
  const TempFolder folder;
  const auto hash = [&] { return hash_program({"judge", {"python3", "judge.py", "--strict"}, {}, folder.path(), {}}); };
  write_text(folder / "judge.py", "one");
  const std::string one = hash();
  write_text(folder / "judge.py", "two");
  CHECK(hash() != one);
  write_text(folder / "judge.py", "one");
  CHECK(hash() == one);
}
