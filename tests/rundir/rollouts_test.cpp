#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/rundir/rollout_reader.hpp"
#include "core/rundir/rollout_writer.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

struct Folder : TestFolder {
  Folder() : TestFolder("rollouts") {}
  std::string file(int64_t first = 0) const { return path + "/rollouts/" + segment_name(first); }
};

Score judged(double value, std::vector<double> parts = {}) { return {value, std::move(parts), ScoreStatus::ok, ""}; }

// Two samples of one prompt; the second could not be judged.
ScoredGroup scored_group(uint64_t visit = 3) {
  ScoredGroup g;
  g.group.draw = {7, View::caption, visit, 1};
  Rollout a;
  a.tokens = {5, 6};
  a.logprobs = {-0.1f, -2.5f};
  a.text = "say \"4\"\n\xff";
  Rollout b = a;
  b.finish = FinishReason::length;
  g.group.rollouts = {a, b};
  g.scores = {{judged(1, {0.25}), Score{NAN, {NAN}, ScoreStatus::failed, "timed out"}}};
  g.reward = {1, std::nan("")};
  g.passed = {1, 0};
  return g;
}

const std::vector<RewardNames> kRewards = {{"exact", {"part"}}};

void write_steps(const std::string& run, int64_t first, int64_t last, int64_t stride = 1) {
  RolloutWriter writer(run + "/rollouts", kRewards, {});
  for (int64_t step = first; step <= last; step += stride) {
    const ScoredGroup group = scored_group(static_cast<uint64_t>(step));
    const std::vector<RolloutEntry> entries = {{&group, "probe", fmt::format("p{}", step), {}},
                                               {&group, "train", fmt::format("t{}", step), {0.7, -0.7}}};
    writer.write(step, "early", entries);
  }
  writer.sync();
}

std::vector<LoggedRollout> all_of(const std::string& run, RolloutDetail detail = RolloutDetail::all) {
  std::vector<LoggedRollout> rollouts;
  RolloutReader(run).read_all(detail, [&](LoggedRollout&& r) { return rollouts.push_back(std::move(r)), true; });
  return rollouts;
}

std::vector<std::string> lines_of(const StepFrame& step) {
  std::vector<std::string> lines;
  read_frame(step, [&](std::string_view line) { return lines.emplace_back(line), true; });
  return lines;
}

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

// Flips one bit of the file.
void damage(const std::string& path, uint64_t byte) {
  std::string bytes = read_file(path);
  bytes.at(byte) ^= 4;
  write_file_atomically(path, bytes);
}

}  // namespace

TEST_CASE("each sampled response is a line with its scores first, and the reason where one failed") {
  const Folder folder;
  write_steps(folder.path, 4, 4);
  const RolloutReader reader(folder.path);
  REQUIRE(reader.steps().size() == 1);
  const auto lines = lines_of(reader.steps()[0]);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] ==
        "{\"step\":4,\"phase\":\"early\",\"source\":\"probe\",\"prompt\":\"p4\",\"view\":\"caption\",\"visit\":4,"
        "\"sample\":0,\"response_tokens\":2,\"finish\":\"stop\",\"reward\":1,\"passed\":true,\"parts\":{\"exact\":1,"
        "\"exact/part\":0.25},\"advantage\":null,\"text\":\"say \\\"4\\\"\\n\xef\xbf\xbd\",\"tokens\":[5,6],"
        "\"logprobs\":[-0.1,-2.5]}");
  CHECK(
      lines[3].find("\"finish\":\"length\",\"reward\":null,\"passed\":null,\"parts\":{},\"errors\":{\"exact\":\"timed "
                    "out\"},\"advantage\":-0.7,\"text\"") != std::string::npos);
}

TEST_CASE("what was written reads back, in order, over several segments") {
  const Folder folder;
  write_steps(folder.path, 5, 205, 5);
  CHECK(fs::exists(folder.file(200)));
  const RolloutReader reader(folder.path);
  REQUIRE(reader.steps().size() == 41);
  CHECK((reader.steps()[0].step == 5 && reader.steps()[0].samples == 4 && reader.steps()[0].samples_in_full == 4));
  const auto rollouts = all_of(folder.path);
  REQUIRE(rollouts.size() == 4 * 41);
  CHECK(std::is_sorted(rollouts.begin(), rollouts.end(), [](auto& a, auto& b) { return a.step < b.step; }));
  const LoggedRollout &probe = rollouts[0], &train = rollouts[4 * 40 + 2], &failed = rollouts[4 * 40 + 3];
  CHECK((probe.source == "probe" && std::isnan(probe.advantage) && probe.phase == "early"));
  CHECK((train.step == 205 && train.source == "train" && train.prompt == "t205" && train.view == View::caption));
  CHECK((train.visit == 205 && train.sample == 0 && train.response_tokens == 2 && train.finish == FinishReason::stop));
  CHECK((train.reward == 1 && train.passed == true && train.advantage == 0.7));
  CHECK(train.parts == NamedValues{{"exact", 1}, {"exact/part", 0.25}});
  CHECK((train.text == "say \"4\"\n\xef\xbf\xbd" && train.tokens == std::vector<int32_t>{5, 6}));
  CHECK(train.logprobs == std::vector<float>{-0.1f, -2.5f});
  CHECK((std::isnan(failed.reward) && !failed.passed && failed.errors == NamedTexts{{"exact", "timed out"}}));
  REQUIRE(reader.find(150) != nullptr);
  CHECK(reader.find(150)->step == 150);
  CHECK(reader.find(151) == nullptr);
}

TEST_CASE("scores alone are read without the text, the tokens and their log-probabilities") {
  const Folder folder;
  write_steps(folder.path, 1, 1);
  const auto scores = all_of(folder.path, RolloutDetail::scores);
  REQUIRE(scores.size() == 4);
  CHECK((!scores[2].text && scores[2].tokens.empty() && scores[2].advantage == 0.7 && scores[2].response_tokens == 2));
}

TEST_CASE("scores are kept of every sample, responses as the options say") {
  const Folder folder;
  // Of steps 1 to 4, two groups of two samples each; step `failed` is written as one whose update failed.
  const auto kept = [&](const RolloutLogConfig& keep, int64_t failed = 0) {
    fs::remove_all(folder.path);
    RolloutWriter writer(folder.path + "/rollouts", kRewards, keep);
    const ScoredGroup group = scored_group();
    const std::vector<RolloutEntry> entries = {{&group, "probe", "a", {}}, {&group, "train", "b", {1, -1}}};
    for (int64_t step = 1; step <= 4; ++step) writer.write(step, "p", entries, step == failed);
    const auto rollouts = all_of(folder.path);
    CHECK(rollouts.size() == 16);
    std::string text;
    for (const LoggedRollout& r : rollouts) {
      CHECK((r.response_tokens == 2 && r.parts.size() == (r.sample == 0 ? 2u : 0u)));
      text += r.text ? r.tokens.empty() ? 't' : 'T' : '.';
    }
    const RolloutReader reader(folder.path);
    for (size_t i = 0; i < 4; ++i)
      CHECK(reader.steps()[i].samples_in_full ==
            std::ranges::count_if(text.substr(4 * i, 4), [](char c) { return c != '.'; }));
    return text;
  };
  CHECK(kept({}) == "TTTTTTTTTTTTTTTT");
  CHECK(kept({.every = 2}) == "....TTTT....TTTT");
  CHECK(kept({.every = 0}) == "................");
  CHECK(kept({.samples = 1}) == "T.T.T.T.T.T.T.T.");
  CHECK(kept({.every = 3, .samples = 2, .tokens = false}) == "........tttt....");
  CHECK(kept({.every = 0, .samples = 1, .tokens = false}, 2) == "....TTTT........");
}

TEST_CASE("log-probabilities are rounded to the decimals asked for, and one that rounds to nothing is 0") {
  const Folder folder;
  const auto kept = [&](int64_t decimals) {
    fs::remove_all(folder.path);
    RolloutWriter writer(folder.path + "/rollouts", kRewards, {.logprob_decimals = decimals});
    ScoredGroup group = scored_group();
    group.group.rollouts[0].tokens = {1, 2, 3, 4};
    group.group.rollouts[0].logprobs = {-0.00004f, -0.00006f, -12.345678f, -0.123456789f};
    writer.write(1, "p", std::vector<RolloutEntry>{{&group, "train", "a", {1, -1}}});
    const std::string line = lines_of(RolloutReader(folder.path).steps()[0])[0];
    return line.substr(line.find("\"logprobs\":"));
  };
  CHECK(kept(4) == "\"logprobs\":[0,-0.0001,-12.3457,-0.1235]}");
  CHECK(kept(1) == "\"logprobs\":[0,0,-12.3,-0.1]}");
  CHECK(kept(9) == "\"logprobs\":[-4e-05,-6e-05,-12.345678,-0.12345679]}");
}

TEST_CASE("a reader stops where it is told to") {
  const Folder folder;
  write_steps(folder.path, 1, 9);
  int seen = 0;
  RolloutReader(folder.path).read_all(RolloutDetail::scores, [&](LoggedRollout&&) { return ++seen < 6; });
  CHECK(seen == 6);
}

TEST_CASE("lines longer than any buffer of the decompressor read back whole") {
  const Folder folder;
  ScoredGroup group = scored_group();
  Rollout& rollout = group.group.rollouts[0];
  rollout.tokens.clear(), rollout.logprobs.clear();
  for (int i = 0; i < 200000; ++i) {
    rollout.tokens.push_back(i * 7919 % 151000);
    rollout.logprobs.push_back(-static_cast<float>(i * 31 % 1000) / 128);
  }
  rollout.text = std::string(3000000, 'x');  // compresses to nothing: one input, many outputs
  RolloutWriter writer(folder.path + "/rollouts", kRewards, {.logprob_decimals = 9});
  writer.write(1, "p", std::vector<RolloutEntry>{{&group, "train", "a", {1, -1}}});
  const auto back = all_of(folder.path);
  REQUIRE(back.size() == 2);
  CHECK((back[0].tokens == rollout.tokens && back[0].logprobs == rollout.logprobs && back[0].text == rollout.text));
}

TEST_CASE("the same rollouts make the same bytes, also when cut back to a step and written again") {
  const Folder folder;
  write_steps(folder.path, 0, 120);
  const std::string first = read_file(folder.file(0)), second = read_file(folder.file(100));
  const RolloutReader reader(folder.path);
  const StepFrame* last = reader.find(57);
  REQUIRE(last != nullptr);
  const uint64_t kept = last->offset + last->frame_bytes;
  {
    RolloutWriter writer(folder.path + "/rollouts", kRewards, {});
    writer.cut_back(0, kept);
    CHECK(writer.size() == kept);
  }
  CHECK(RolloutReader(folder.path).steps().back().step == 57);
  write_steps(folder.path, 58, 120);
  CHECK(read_file(folder.file(0)) == first);
  CHECK(read_file(folder.file(100)) == second);
}

TEST_CASE("a last step that is still being written is left out, wherever it ends") {
  const Folder folder;
  write_steps(folder.path, 1, 2);
  const std::string whole = read_file(folder.file());
  const StepFrame first = RolloutReader(folder.path).steps()[0];
  const uint64_t second = first.offset + first.frame_bytes;
  for (uint64_t size = second; size < whole.size(); ++size) {
    write_file_atomically(folder.file(), whole.substr(0, size));
    CHECK(RolloutReader(folder.path).steps().size() == 1);
  }
}

TEST_CASE("an older segment that is cut short is damaged: nothing writes it any more") {
  const Folder folder;
  write_steps(folder.path, 99, 100);
  fs::resize_file(folder.file(0), fs::file_size(folder.file(0)) - 1);
  CHECK(error_of([&] { RolloutReader{folder.path}; }) ==
        folder.file(0) + ": ends within the frame that begins at byte 0; the file was cut from outside");
}

TEST_CASE("a bit that flipped anywhere is told with the file and the step, and steps before it stay readable") {
  const Folder folder;
  write_steps(folder.path, 1, 2);
  const StepFrame second = RolloutReader(folder.path).steps()[1];
  const std::string whole = read_file(folder.file());
  for (uint64_t byte = second.offset - 48; byte < whole.size(); ++byte) {
    write_file_atomically(folder.file(), whole);
    damage(folder.file(), byte);
    const std::string text = error_of([&] { all_of(folder.path); });
    CAPTURE(byte);
    if (byte < second.offset) {
      CHECK(text == fmt::format("{}: damaged at byte {}: no header of the step after step 1", folder.file(),
                                second.offset - 48));
    } else if (byte == second.offset + 5) {  // says how much memory a reader needs: more or less changes nothing
      CHECK(text == "no error");
    } else {
      CHECK(text.rfind(folder.file() + ": step 2: ", 0) == 0);
      int read = 0;
      const RolloutReader reader(folder.path);
      RolloutReader::read_step(reader.steps()[0], RolloutDetail::all, [&](LoggedRollout&&) { return ++read > 0; });
      CHECK(read == 4);
    }
  }
}

TEST_CASE("a line that is no rollout is told with file, step and line") {
  const Folder folder;
  const auto text_for = [&](const std::string& line) {
    make_folders(folder.path + "/rollouts");
    FrameWriter frame;
    frame.add(write_rollout_line({.step = 3, .phase = "p", .source = "train", .prompt = "a"}), false);
    frame.add(line + "\n", true);
    write_file_atomically(folder.file(), frame.finish(3));
    return error_of([&] { all_of(folder.path); });
  };
  const std::string place = folder.file() + ": step 3: line 2: ";
  CHECK(text_for("[]") == place + "a rollout is one JSON object, found a list");
  CHECK(text_for("{\"step\":3}") == place + "\"phase\" is missing");
  CHECK(text_for("{\"step\":\"3\"}") == place + "\"step\" cannot be a text");
  CHECK(text_for("{\"step\":3,\"step\":3}") == place + "\"step\" is given twice");
  CHECK(text_for("{\"steps\":3}") == place + "a rollout has no field \"steps\"; it was written by another version");
  CHECK(text_for("{\"view\":\"images\"}") == place + "\"images\" is not a view");
  CHECK(text_for("{\"parts\":{\"a\":{}}}") == place + "\"parts\" cannot be an object");
  CHECK(text_for("{\"step\":").rfind(place + "not JSON at byte ", 0) == 0);
  std::string other = write_rollout_line({.step = 4, .phase = "p", .source = "train", .prompt = "a"});
  other.pop_back();
  CHECK(text_for(other) == place + "it says step 4");
  const std::string list = other.substr(0, other.size() - 1) + ",\"tokens\":[1],\"logprobs\":[]}";
  CHECK(text_for(list) == place + "0 response tokens, but 1 in \"tokens\" and 0 in \"logprobs\"");
}

TEST_CASE("a file under another name or of other steps is not taken for a segment") {
  const Folder folder;
  CHECK(RolloutReader(folder.path).steps().empty());  // a run that has not begun
  write_steps(folder.path, 5, 5);
  write_file_atomically(folder.path + "/rollouts/step_000000-000099.jsonl", "x");
  write_file_atomically(folder.path + "/rollouts/step_000050-000149.jsonl.zst.old", "x");
  CHECK(RolloutReader(folder.path).steps().size() == 1);
  fs::rename(folder.file(0), folder.file(100));
  CHECK(error_of([&] { RolloutReader{folder.path}; }) ==
        folder.file(100) + ": holds step 5, which belongs into step_000000-000099.jsonl.zst");
}

TEST_CASE("scores that do not fit the samples are refused") {
  const Folder folder;
  const ScoredGroup group = scored_group();
  RolloutWriter writer(folder.path + "/rollouts", kRewards, {});
  const RolloutEntry wrong{&group, "train", "r3", {0.7}};
  CHECK_THROWS_WITH_AS(
      writer.write(4, "p", {&wrong, 1}),
      "rollouts of record \"r3\": scores, rewards and advantages must have one entry for each of the 2 samples", Error);
}
