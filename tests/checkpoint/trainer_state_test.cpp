#include "core/checkpoint/trainer_state.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {
struct Folder : TestFolder {
  Folder() : TestFolder("trainer_state") { make_folders(path); }
};
}  // namespace

TEST_CASE("the state of a trainer comes back as it was, to the last bit of each number and byte") {
  const Folder folder;
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  TrainerState state;
  state.step = 640;
  state.stage = "grpo";
  state.phase = "caption \"2\"";
  state.chain = "00112233445566778899aabbccddeeff";
  state.counters = {
      {"skipped", 2}, {"least", std::numeric_limits<int64_t>::min()}, {"most", std::numeric_limits<int64_t>::max()}};
  state.blobs = {{"sampler", bytes}, {"leave/odd name", ""}, {"..", "dots"}, {"%", "%"}};
  state.offsets = {640, 1234567890123, 5, 600, 77};
  state.score = 0.4375;
  write_trainer_state(folder.path, state);
  const TrainerState back = read_trainer_state(folder.path);
  CHECK((back.step == 640 && back.stage == state.stage && back.phase == state.phase && back.chain == state.chain &&
         back.score == state.score));
  CHECK(back.counters == state.counters);
  CHECK(back.blobs == state.blobs);
  CHECK((back.offsets.step == 640 && back.offsets.metrics == 1234567890123 && back.offsets.vps == 5 &&
         back.offsets.rollouts_segment == 600 && back.offsets.rollouts == 77));
  CHECK(back.counter("skipped") == 2);
  CHECK(back.blob("sampler") == bytes);
  for (const auto& item : fs::recursive_directory_iterator(folder.path + "/state"))
    CHECK(item.path().parent_path() == folder.path + "/state");
  const double values[] = {0.1, 1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, INFINITY, -INFINITY};
  for (const double value : values) {
    state.score = value;
    write_trainer_state(folder.path, state);
    const double score = *read_trainer_state(folder.path).score;
    CHECK((score == value && std::signbit(score) == std::signbit(value)));
  }
  state.score = std::nan("");
  write_trainer_state(folder.path, state);
  CHECK(std::isnan(*read_trainer_state(folder.path).score));
}

TEST_CASE("a part that is asked for and not there is named") {
  const TrainerState state;
  CHECK_THROWS_WITH_AS(state.blob("sampler"),
                       "the checkpoint holds no state of \"sampler\"; it was written by another version of the program",
                       Error);
  CHECK_THROWS_WITH_AS(state.counter("n"),
                       "the checkpoint holds no counter \"n\"; it was written by another version of the program",
                       Error);
}

TEST_CASE("two parts of one name are refused, and so is a file that is something else") {
  const Folder folder;
  TrainerState state;
  state.blobs = {{"a", "1"}, {"a", "2"}};
  CHECK_THROWS_WITH_AS(write_trainer_state(folder.path, state), "a checkpoint cannot hold two values named \"a\"",
                       Error);
  write_file_atomically(folder.path + "/trainer.json", "{}");
  CHECK_THROWS_AS(read_trainer_state(folder.path), Error);
  CHECK_THROWS_WITH_AS(read_trainer_state("/nowhere"),
                       "/nowhere/trainer.json: cannot be opened: No such file or directory", Error);
}
