#include "core/show/show.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/rundir/rollout_frames.hpp"
#include "core/show/history.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

namespace {

// A run of steps 2, 3 and 5; responses of step 3 were not kept.
struct Bench : TestFolder {
  RunConfig config;
  ShownRecord record{{}, "(the data are gone)"};

  Bench() : TestFolder("show") {
    make_folders(path + "/rollouts");
    std::string file;
    for (const int64_t step : {2, 3, 5}) {
      FrameWriter frame;
      for (const std::string source : {"probe", "train"})
        for (const std::string prompt : {"dice-1", "dice-2"}) {
          if (source == "probe" && (step != 5 || prompt == "dice-2")) continue;
          for (int64_t sample = 0; sample < 2; ++sample) add(frame, step, source, prompt, sample);
        }
      file += frame.finish(step);
    }
    write_file_atomically(path + "/rollouts/" + segment_name(0), file);
  }

  static void add(FrameWriter& frame, int64_t step, const std::string& source, const std::string& prompt,
                  int64_t sample) {
    LoggedRollout r{.step = step, .phase = "warm", .source = source, .prompt = prompt};
    r.view = step == 2 ? View::text : View::image;
    r.visit = source == "probe" ? 0 : step;
    r.sample = sample;
    r.response_tokens = 3 + sample;
    r.finish = sample == 0 ? FinishReason::stop : FinishReason::length;
    if (sample == 0) {
      r.reward = 1, r.passed = true, r.parts = {{"exact", 1}, {"exact/digits", 0.5}};
    } else {
      r.errors = {{"exact", "timed out"}};
    }
    if (source == "train" && sample == 0) r.advantage = 0.75;
    if (step != 3) r.text = sample == 0 ? "the sum is 8" : "";
    frame.add(write_rollout_line(r), step != 3);
  }

  std::string show(ShowRequest request) const {
    request.run = path;
    std::string out;
    show_rollouts(request, config, RolloutReader(path), record, {60, false}, [&](std::string_view t) { out += t; });
    return out;
  }
  std::string error(const ShowRequest& request) const {
    try {
      return show(request);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return e.message();
    }
  }
};

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

}  // namespace

TEST_CASE("a step is shown by its groups, each response with its verdict, rewards and text") {
  CHECK(Bench().show({.step = 2}) ==
        "step 2, warm: 2 groups, 4 responses, 2 of 2 passed\n"
        "\n"
        "prompt dice-1  warm, text view, visit 2\n"
        "  1  passed  reward 1  advantage +0.75  3 tokens\n"
        "     exact 1  exact/digits 0.5\n"
        "     the sum is 8\n"
        "  2  no verdict  left out  4 tokens, cut at the limit\n"
        "     exact failed: timed out\n"
        "     (empty)\n"
        "\n"
        "prompt dice-2  warm, text view, visit 2\n"
        "  1  passed  reward 1  advantage +0.75  3 tokens\n"
        "     exact 1  exact/digits 0.5\n"
        "     the sum is 8\n"
        "  2  no verdict  left out  4 tokens, cut at the limit\n"
        "     exact failed: timed out\n"
        "     (empty)\n");
}

TEST_CASE("a step can be narrowed to what was trained on, what was probed, and one prompt") {
  const Bench bench;
  const std::string probed = bench.show({.step = 5, .source = "probe"});
  CHECK(probed.find("step 5, warm: 1 group, 2 responses, 1 of 1 passed\n") == 0);
  CHECK(probed.find("prompt dice-1  warm, image view, visit 0, probe\n") != probed.npos);
  CHECK(count_of(bench.show({.step = 5}), "visit") == 3);
  const std::string one = bench.show({.prompt = "dice-1", .step = 5});
  CHECK(count_of(one, "image view, visit") == 2);
  CHECK(bench.error({.step = 2, .source = "probe"}) ==
        "step 2 has no rollouts from \"probe\"; leave --source out to see those it has");
}

TEST_CASE("a limit counts responses, and what it leaves out is said") {
  const Bench bench;
  const std::string text = bench.show({.step = 5, .limit = 3});
  CHECK(count_of(text, " tokens") == 3);
  CHECK(text.ends_with("\n\n3 more responses left out; --limit 0 prints all.\n"));
  CHECK(count_of(bench.show({.step = 5, .limit = 0}), " tokens") == 6);
}

TEST_CASE("a prompt is shown with its text, its history in each view and its responses, latest first") {
  Bench bench;
  Record record;
  record.id = "dice-1", record.problem = "<image>sum of the dice?", record.answer = "8";
  record.caption = "dice 3,5", record.text_problem = "what is 3+5?", record.images = {"/data/1.png"};
  bench.record = {record, ""};
  const std::string text = bench.show({.prompt = "dice-1"});
  CHECK(text.find("prompt    dice-1\n"
                  "problem   <image>sum of the dice?\n"
                  "as text   what is 3+5?\n"
                  "caption   dice 3,5\n"
                  "answer    8\n"
                  "picture   /data/1.png\n"
                  "\n"
                  "text      1 of 1 passed, drawn 1 time\n"
                  "image     3 of 3 passed, drawn 3 times\n"
                  "\n"
                  "    step  phase  view     from      passed   reward   tokens\n"
                  "       2  warm   text     train     1 of 1    1.000      3.5\n"
                  "       3  warm   image    train     1 of 1    1.000      3.5\n"
                  "       5  warm   image    probe     1 of 1    1.000      3.5\n"
                  "       5  warm   image    train     1 of 1    1.000      3.5\n"
                  "\n"
                  "step 5  warm, image view, visit 0, probe\n") == 0);
  CHECK(text.find("step 5") < text.find("\nstep 3"));
  CHECK(text.find("\nstep 3") < text.find("\nstep 2"));
}

TEST_CASE("a prompt whose record is gone is shown all the same, and told so") {
  CHECK(Bench().show({.prompt = "dice-2"}).find("prompt    dice-2\n          (the data are gone)\n\ntext ") == 0);
}

TEST_CASE("of a long history the last draws are shown, all where no limit is set") {
  std::vector<Draw> draws(25);
  for (size_t i = 0; i < draws.size(); ++i) draws[i] = {.step = static_cast<int64_t>(i), .phase = "p", .samples = 1};
  const auto lines = [&](bool all) {
    std::string out;
    Page page({80, false}, [&](std::string_view text) { out += text; });
    print_history(draws, all, page);
    return out;
  };
  CHECK(lines(false).find("     ...  5 earlier ones; --limit 0 prints all\n       5  p") != std::string::npos);
  CHECK(lines(true).find("earlier") == std::string::npos);
  CHECK(lines(true).find("0 of 0        -      0.0\n") != std::string::npos);
}

TEST_CASE("an unknown prompt is told with the nearest one, or with what ids look like") {
  Bench bench;
  CHECK(bench.error({.prompt = "dise-1"}) ==
        "there is no prompt \"dise-1\" among the 2 that were sampled; did you mean \"dice-1\"?");
  CHECK(bench.error({.prompt = "whatever it is"}) ==
        "there is no prompt \"whatever it is\" among the 2 that were sampled; ids look like \"dice-1\"");
  bench.record.record = Record{};
  CHECK(bench.error({.prompt = "dice-3"}) ==
        "the prompt \"dice-3\" is in the data, but nothing was sampled for it yet");
  CHECK(bench.error({.prompt = "dice-2", .step = 4}) ==
        "the prompt \"dice-2\" was not sampled so; it was at step 2 (train), 3 (train), 5 (train)");
}

TEST_CASE("a step without rollouts is told with the nearest that have some") {
  const Bench bench;
  CHECK(bench.error({.step = 4}) == "there are no rollouts of step 4; the nearest that are kept: 3 and 5");
  CHECK(bench.error({.step = 99}) == "there are no rollouts of step 99; 3 of steps 2 to 5 are kept");
  Bench cold;
  cold.config.sft.steps = 1;
  CHECK(cold.error({.step = 1}) ==
        "there are no rollouts of step 1 (the cold start, steps 1 to 1, samples none); 3 of steps 2 to 5 are kept");
  CHECK(bench.error({.step = 0}) == "there are no rollouts of step 0; 3 of steps 2 to 5 are kept");
}

TEST_CASE("a step whose responses were not kept shows its scores, why, and the nearest steps that have them") {
  Bench bench;
  bench.config.rollouts.every = 10;
  const std::string text = bench.show({.step = 3});
  CHECK(text.find("No response of step 3 was kept, only scores (rollouts.every\n"
                  "= 10 in config.toml); the nearest steps that have them: 2\n"
                  "and 5.\n") != text.npos);
  CHECK(text.find("  1  passed  reward 1  advantage +0.75  3 tokens\n     exact 1  exact/digits 0.5\n  2  ") !=
        text.npos);
}

TEST_CASE("JSON is the lines as they were written, without a limit of its own") {
  const Bench bench;
  const std::string lines = bench.show({.step = 5, .json = true});
  CHECK(count_of(lines, "\n") == 6);
  CHECK(lines.find("{\"step\":5,\"phase\":\"warm\",\"source\":\"probe\",\"prompt\":\"dice-1\"") == 0);
  CHECK(count_of(bench.show({.prompt = "dice-1", .limit = 3, .json = true}), "\n") == 3);
}

TEST_CASE("without a prompt or a step there is an overview with commands to go on with") {
  const Bench bench;
  const std::string text = bench.show({});
  CHECK(text.find("steps     3 with rollouts, 2 to 5\nprompts   2 were sampled\nresponses 14, 10 with their text\n") !=
        text.npos);
  CHECK(text.find("--prompt dice-2\n") != text.npos);
  std::filesystem::remove_all(bench.path + "/rollouts");
  CHECK(bench.show({}) == bench.path + ": no rollouts yet\n");
  CHECK(bench.error({.step = 1}) == "there are no rollouts yet");
  CHECK(bench.error({.prompt = "a"}) == "there are no rollouts yet");
}
