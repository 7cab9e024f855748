#include "core/rundir/run_directory.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>

#include "core/base/error.hpp"
#include "core/rundir/config_diff.hpp"
#include "core/rundir/metrics_reader.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

struct Folder : TestFolder {
  Folder() : TestFolder("rundir") {}
};

const RunContents kContents = {"name = \"a\"\n\n[grpo]\ngroup = 8\n",
                               {{"experiment.lua", "return 1\n"}, {"lib/more.lua", "x\n"}}};

SessionInfo session(int threads = 2) {
  SessionInfo info;
  info.program = "crescent 0.1.0";
  info.binary_hash = "b1";
  info.threads = threads;
  info.versions = {{"torch", "2.11.0"}};
  info.hashes = {{"plugin uniform", "h1"}};
  return info;
}

ScoredGroup scored_group() {
  ScoredGroup g;
  g.group.draw = {7, View::caption, 3, 1};
  Rollout a;
  a.tokens = {5, 6};
  a.logprobs = {-0.1f, -2.5f};
  a.text = "say \"4\"\n\xff";
  Rollout b = a;
  b.finish = FinishReason::length;
  g.group.rollouts = {a, b};
  g.scores = {{Score{1, {0.25}, ScoreStatus::ok, ""}, Score{NAN, {NAN}, ScoreStatus::failed, "timed out"}}};
  g.reward = {1, std::nan("")};
  g.passed = {1, 0};
  return g;
}

void make_step(RunDirectory& run, int64_t step) {
  run.step(
      {step, "text", "image", {{"reward", 0.1 * static_cast<double>(step)}, {"kl", std::nan("")}}, {{"step_s", 0.25}}});
  if (step % 3 == 0) run.vps(step, "text", View::text, std::vector<double>{0.25, 1.0 / 3});
  if (step % 50 == 0) run.transition({"text", "image", step, Decision::Kind::advance, "50 steps are done"});
  const ScoredGroup group = scored_group();
  const RolloutEntry entry{&group, "train", fmt::format("r{}", step), {0.5, -0.5}};
  run.rollouts().write(step, "text", {&entry, 1});
}

std::unique_ptr<RunDirectory> open_run(const std::string& path, const Offsets& from, int threads = 2) {
  auto run = RunDirectory::create_or_open(path, kContents);
  run->begin(session(threads), from, {{"exact", {"part"}}}, {}, true);
  return run;
}

std::string text_of(const std::function<void()>& act, ErrorKind kind) {
  try {
    act();
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    return e.what();
  }
  return "no error";
}

std::map<std::string, std::string> contents_of(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& item : fs::recursive_directory_iterator(path)) {
    const std::string name = fs::relative(item.path(), path).string();
    const bool clocked =
        name == "manifest.json" || name == "lock" || name == "log.txt" || name.rfind("events/", 0) == 0;
    if (item.is_regular_file() && !clocked) files[name] = read_file(item.path().string());
  }
  return files;
}

}  // namespace

TEST_CASE("a new run directory holds the settings and the scripts as they were") {
  const Folder folder;
  {
    const auto run = RunDirectory::create_or_open(folder.path, kContents);
    CHECK(run->is_new());
    CHECK(!run->finished());
  }
  CHECK(read_file(folder.path + "/config.toml") == kContents.config_toml);
  CHECK(read_file(folder.path + "/experiment/experiment.lua") == "return 1\n");
  CHECK(read_file(folder.path + "/experiment/lib/more.lua") == "x\n");
  CHECK(RunDirectory::create_or_open(folder.path, kContents)->is_new());  // nothing was trained here yet
}

TEST_CASE("running into a directory with other settings names each key and script that differs") {
  const Folder folder;
  open_run(folder.path, {.step = -1});
  RunContents other = kContents;
  other.config_toml = "name = \"a\"\nseed = 2\n\n[grpo]\ngroup = 16\n";
  other.experiment[1].second = "y\n";
  other.experiment.emplace_back("third.lua", "");
  CHECK(text_of([&] { RunDirectory::create_or_open(folder.path, other); }, ErrorKind::usage) ==
        folder.path +
            ": was begun with other settings:\n  grpo.group: 8 there, 16 now\n  seed: (not set) there, 2 now\n  "
            "lib/more.lua: its text has "
            "changed\n  third.lua: not part of the experiment there\nchoose another folder with --out for a new run; "
            "`crescent run " +
            folder.path + "/config.toml --out " + folder.path + "` goes on with the settings it has");
  CHECK(!RunDirectory::create_or_open(folder.path, kContents)->is_new());  // the refusal let go of the lock
}

TEST_CASE("a run directory can be asked what a run would find there, without leaving a trace") {
  const Folder folder;
  const std::string path = folder.path;
  CHECK(RunDirectory::find(path, kContents) == FoundRun::none);
  CHECK(!fs::exists(path));
  {
    const auto run = RunDirectory::create_or_open(path, kContents);
    CHECK(RunDirectory::find(path, kContents) == FoundRun::none);  // no session yet; and the lock is not asked for
    run->begin(session(), {.step = -1}, {}, {}, false);
    CHECK(RunDirectory::find(path, kContents) == FoundRun::unfinished);
    run->finish();
  }
  CHECK(RunDirectory::find(path, kContents) == FoundRun::finished);
  RunContents other = kContents;
  other.config_toml = "name = \"a\"\n\n[grpo]\ngroup = 4\n";
  CHECK(text_of([&] { RunDirectory::find(path, other); }, ErrorKind::usage).find("grpo.group: 8 there, 4 now") !=
        std::string::npos);
}

TEST_CASE("a start that failed before its first session does not stand in the way of the mended script") {
  const Folder folder;
  RunDirectory::create_or_open(folder.path, kContents);  // and then, say, the data was not there
  const RunContents mended = {"name = \"a\"\nseed = 2\n", {{"experiment.lua", "return 2\n"}}};
  CHECK(RunDirectory::create_or_open(folder.path, mended)->is_new());
  CHECK(read_file(folder.path + "/config.toml") == mended.config_toml);
  CHECK(read_file(folder.path + "/experiment/experiment.lua") == "return 2\n");
  CHECK(!fs::exists(folder.path + "/experiment/lib/more.lua"));
}

TEST_CASE("a config.toml that no start of a run left there is never written over") {
  const Folder folder;
  make_folders(folder.path);
  write_file_atomically(folder.path + "/config.toml", "name = \"mine\"\n");
  CHECK(text_of([&] { RunDirectory::create_or_open(folder.path, kContents); }, ErrorKind::usage)
            .find("was begun with other settings") != std::string::npos);
  CHECK(read_file(folder.path + "/config.toml") == "name = \"mine\"\n");
}

TEST_CASE("what the file system refuses is told with the path and the reason") {
  const Folder folder;
  make_folders(folder.path);
  const std::string loop = folder.path + "/loop";
  fs::create_symlink("loop", loop);
  const std::string reason = ": the file system refused: Too many levels of symbolic links";
  CHECK(text_of([&] { RunDirectory::create_or_open(loop, kContents); }, ErrorKind::run) == loop + reason);
  CHECK(text_of([&] { is_run_directory(loop); }, ErrorKind::run) == loop + "/config.toml" + reason);
  auto run = RunDirectory::create_or_open(folder.path + "/run", kContents);
  fs::create_symlink("timings.jsonl", run->path() + "/timings.jsonl");
  CHECK(text_of([&] { run->begin(session(), {.step = -1}, {}, {}, false); }, ErrorKind::run) ==
        run->path() + "/timings.jsonl" + reason);
}

TEST_CASE("a folder that is something else is not written into") {
  const Folder folder;
  make_folders(folder.path);
  write_file_atomically(folder.path + "/thesis.tex", "x");
  CHECK(
      text_of([&] { RunDirectory::create_or_open(folder.path, kContents); }, ErrorKind::usage) ==
      folder.path +
          ": holds \"thesis.tex\" but no config.toml, so it is not a run directory; choose another folder with --out");
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  CHECK(text_of([&] { RunDirectory::create_or_open(folder.path + "/thesis.tex", kContents); }, ErrorKind::usage) ==
        folder.path + "/thesis.tex: is a file, and a run needs a folder; choose another one with --out");
}

TEST_CASE("a start that was killed before the settings were written is begun anew") {
  const Folder folder;
  make_folders(folder.path + "/experiment");
  write_file_atomically(folder.path + "/experiment/old.lua", "x");
  write_file_atomically(folder.path + "/lock", "");
  RunDirectory::create_or_open(folder.path, kContents);
  CHECK(!fs::exists(folder.path + "/experiment/old.lua"));
  CHECK(fs::exists(folder.path + "/config.toml"));
}

TEST_CASE("an experiment file may not leave the experiment's folder") {
  const Folder folder;
  CHECK(text_of(
            [&] {
              RunDirectory::create_or_open(folder.path, {"", {{"lib/../../x.lua", ""}}});
            },
            ErrorKind::run) == "experiment file \"lib/../../x.lua\" must be a path within the experiment's folder");
}

TEST_CASE("two processes never write one run directory: the second is told who holds it") {
  const Folder folder;
  const auto run = RunDirectory::create_or_open(folder.path, kContents);
  const std::string text = text_of([&] { RunDirectory::create_or_open(folder.path, kContents); }, ErrorKind::usage);
  CHECK(text.rfind(fmt::format("{}: is being written by process {} on ", folder.path, ::getpid()), 0) == 0);
  CHECK(
      text.find(
          "; two processes never write one run directory: wait for it, stop it, or choose another folder with --out") !=
      text.npos);
}

TEST_CASE("the lock is free again when its owner was killed, and a program it started does not hold it") {
  const Folder folder;
  make_folders(folder.path);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const RunLock lock(folder.path);
    if (::fork() == 0) {  // what a worker process is to a run
      ::dup2(ready[1], 1);
      ::execl("/bin/sh", "sh", "-c", "echo $$; exec sleep 20", nullptr);
    }
    ::pause();
  }
  char buffer[32] = {};
  REQUIRE(::read(ready[0], buffer, sizeof buffer - 1) > 0);
  CHECK_THROWS_AS(RunLock(folder.path), Error);
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  CHECK_NOTHROW(RunLock(folder.path));
  ::kill(std::atoi(buffer), SIGKILL);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("a run that was stopped anywhere and resumed from its checkpoint leaves the files of one never stopped") {
  const Folder whole, parts;
  {
    auto run = open_run(whole.path + "_whole", {.step = -1});
    for (int64_t step = 0; step <= 210; ++step) make_step(*run, step);
    run->finish();
  }
  const auto expected = contents_of(whole.path + "_whole");
  fs::remove_all(whole.path + "_whole");
  CHECK(expected.count("rollouts/step_000200-000299.jsonl.zst") == 1);
  struct Stop {
    int64_t checkpoint, killed;
  };
  for (const Stop stop :
       {Stop{-1, 0}, Stop{-1, 5}, Stop{4, 4}, Stop{50, 120}, Stop{99, 100}, Stop{100, 205}, Stop{150, 151}}) {
    Offsets offsets{.step = -1};
    {
      auto run = open_run(parts.path, {.step = -1});
      for (int64_t step = 0; step <= stop.killed; ++step) {
        make_step(*run, step);
        if (step == stop.checkpoint) offsets = run->offsets();
      }
    }
    {  // what a kill in the middle of a line leaves
      AppendFile(parts.path + "/metrics.jsonl").append("{\"step\":9");
      AppendFile(parts.path + "/timings.jsonl").append("{\"step\":9");
      AppendFile(parts.path + "/transitions.jsonl").append("{\"step\":9");
    }
    auto run = open_run(parts.path, offsets);
    for (int64_t step = stop.checkpoint + 1; step <= 210; ++step) make_step(*run, step);
    run->finish();
    CHECK(contents_of(parts.path) == expected);
    run.reset();
    fs::remove_all(parts.path);
  }
}

TEST_CASE("a file that is shorter than at the checkpoint is refused") {
  const Folder folder;
  Offsets offsets;
  {
    auto run = open_run(folder.path, {.step = -1});
    make_step(*run, 0);
    offsets = run->offsets();
  }
  fs::resize_file(folder.path + "/metrics.jsonl", 3);
  CHECK(text_of([&] { open_run(folder.path, offsets); }, ErrorKind::run)
            .rfind(folder.path + "/metrics.jsonl: has 3 bytes, but the checkpoint", 0) == 0);
}

TEST_CASE(
    "a step is one line with its metrics in order, numbers as short as they read back, null for what is no number") {
  const Folder folder;
  auto run = open_run(folder.path, {.step = -1});
  run->step({0, "cold_start", "", {{"sft/loss", 0.1}, {"b", 1e-7}, {"a", 3}, {"inf", INFINITY}}, {{"seconds", 2}}});
  run->step({1, "text", "image", {{"reward", -1.0 / 3}}, {}});
  CHECK(read_file(folder.path + "/metrics.jsonl") ==
        "{\"step\":0,\"phase\":\"cold_start\",\"sft/loss\":0.1,\"b\":1e-07,\"a\":3,\"inf\":null}\n"
        "{\"step\":1,\"phase\":\"text\",\"view\":\"image\",\"reward\":-0.3333333333333333}\n");
  CHECK(read_file(folder.path + "/timings.jsonl") ==
        "{\"step\":0,\"phase\":\"cold_start\",\"seconds\":2}\n{\"step\":1,\"phase\":\"text\",\"view\":\"image\"}\n");
  const auto steps = read_metrics(folder.path);
  REQUIRE(steps.size() == 2);
  CHECK((steps[0].phase == "cold_start" && steps[1].view == "image" && steps[0].metrics[0].second == 0.1));
  CHECK(std::isnan(steps[0].metrics[3].second));
  CHECK(steps[1].metrics[0].second == -1.0 / 3);
  CHECK_THROWS_WITH_AS(run->step({2, "text", "", {{"x", 1}, {"x", 2}}, {}}),
                       "step 2: metric \"x\" is reported twice; give one of them another name", Error);
}

TEST_CASE("a transition is one line with the policy's reason; the end of the run goes to null") {
  const Folder folder;
  auto run = open_run(folder.path, {.step = -1});
  run->transition({"words", "pictures", 40, Decision::Kind::jump, "a \"plateau\""});
  run->transition({"pictures", "", 90, Decision::Kind::stop, ""});
  CHECK(read_file(folder.path + "/transitions.jsonl") ==
        "{\"step\":40,\"from\":\"words\",\"to\":\"pictures\",\"kind\":\"jump\",\"reason\":\"a \\\"plateau\\\"\"}\n"
        "{\"step\":90,\"from\":\"pictures\",\"to\":null,\"kind\":\"stop\",\"reason\":\"\"}\n");
}

TEST_CASE("a last line that is still being written is left out; any other damage is named with its line") {
  const Folder folder;
  make_folders(folder.path);
  const std::string path = folder.path + "/metrics.jsonl";
  write_file_atomically(path, "{\"step\":0,\"phase\":\"a\"}\n{\"step\":1,\"ph");
  CHECK(read_metrics(folder.path).size() == 1);
  write_file_atomically(path, "{\"step\":0,\"phase\":\"a\"}\n{\"step\":1}\n");
  CHECK_THROWS_WITH_AS(read_metrics(folder.path), (path + ":2: \"phase\" is missing").c_str(), Error);
}

TEST_CASE("the scores of a sampler are a line of vps.jsonl") {
  const Folder folder;
  auto run = open_run(folder.path, {.step = -1});
  run->vps(28, "image", View::image, std::vector<double>{0.25, 0.1});
  CHECK(read_file(folder.path + "/vps.jsonl") ==
        "{\"step\":28,\"phase\":\"image\",\"view\":\"image\",\"weights\":[0.25,0.1]}\n");
}

TEST_CASE("of very many scores a line keeps evenly spread ones, and says of how many") {
  const Folder folder;
  auto run = open_run(folder.path, {.step = -1});
  std::vector<double> scores(45000);
  for (size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<double>(i);
  run->vps(7, "image", View::image, scores);
  const std::string line = read_file(folder.path + "/vps.jsonl");
  CHECK(line.starts_with(
      "{\"step\":7,\"phase\":\"image\",\"view\":\"image\",\"prompts\":45000,\"every\":3,\"weights\":[0,3,6,"));
  CHECK(line.ends_with(",44997]}\n"));
}

TEST_CASE("a finished run is known as such") {
  const Folder folder;
  CHECK(!is_run_directory(folder.path));
  auto run = open_run(folder.path, {.step = -1});
  CHECK(is_run_directory(folder.path));
  CHECK(!run->finished());
  run->finish();
  run.reset();
  CHECK(RunDirectory::create_or_open(folder.path, kContents)->finished());
}

TEST_CASE("TensorBoard's events are written where the run asks for them, one file a session") {
  const Folder folder;
  Offsets offsets;
  {
    auto run = open_run(folder.path, {.step = -1});
    make_step(*run, 3);
    offsets = run->offsets();
    make_step(*run, 4);
  }
  const std::string events = folder.path + "/events/events.out.tfevents.";
  const std::string first = read_file(events + "000001");
  CHECK(first.find("scores") != first.npos);
  CHECK(first.find("reward") != first.npos);
  CHECK(first.find("timing/step_s") != first.npos);
  open_run(folder.path, offsets);
  CHECK(fs::file_size(events + "000001") < first.size());  // without step 4
  CHECK(fs::exists(events + "000002"));

  const TestFolder none("rundir_none");
  auto run = RunDirectory::create_or_open(none.path, kContents);
  run->begin(session(), {.step = -1}, {}, {}, false);
  run->step({0, "text", "", {{"reward", 1}}, {}});
  CHECK(run->events() == nullptr);
  CHECK(!fs::exists(none.path + "/events"));
}
