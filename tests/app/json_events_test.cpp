#include "core/app/json_events.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/app/console.hpp"
#include "core/base/files.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

namespace {

const StepReport kStep = {4, "words", "text", {{"reward", 0.5}, {"kl", NAN}}, {{"step_s", 0.25}}};

// What a console prints of one run of one step, in that mode.
std::string printed(OutputMode mode) {
  TestFolder folder("console");
  make_folders(folder.path);
  write_file_atomically(folder.path + "/metrics.jsonl", "{\"step\":4,\"phase\":\"words\",\"val/text/accuracy\":0.5}\n");
  RunConfig config;
  config.validation.views = {"text"};
  config.validation.samples = 0;
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  {
    Console console(mode, false, out);
    console.begin("runs/a", 4, 2);
    console.step(kStep);
    console.finished(config, folder.path);
  }
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  for (size_t at; (at = result.find(folder.path)) != result.npos;) result.replace(at, folder.path.size(), "runs/a");
  return result;
}

}  // namespace

TEST_CASE("each event is a JSON object of its own line") {
  CHECK(start_event("runs/a", 0, 1180) == "{\"event\":\"start\",\"run\":\"runs/a\",\"after_step\":0,\"steps\":1180}\n");
  CHECK(start_event("runs/\xff", 7, -1) ==
        "{\"event\":\"start\",\"run\":\"runs/\xef\xbf\xbd\",\"after_step\":7,\"steps\":null}\n");
  CHECK(progress_event({"step 2: rollouts", 8, 64, false}) ==
        "{\"event\":\"progress\",\"task\":\"step 2: rollouts\",\"done\":8,\"total\":64}\n");
  CHECK(interrupted_event("runs/a") == "{\"event\":\"interrupted\",\"run\":\"runs/a\"}\n");
  CHECK(failed_event("a.lua:3: \"x\"\nno", 2) ==
        "{\"event\":\"failed\",\"error\":\"a.lua:3: \\\"x\\\"\\nno\",\"exit_code\":2}\n");
}

TEST_CASE("a step is the line of metrics.jsonl with its timings") {
  CHECK(step_event(kStep) ==
        "{\"event\":\"step\",\"step\":4,\"phase\":\"words\",\"view\":\"text\",\"reward\":0.5,\"kl\":null,"
        "\"timings\":{\"step_s\":0.25}}\n");
}

TEST_CASE("a run prints lines and its table, or the table alone, or an object for each event") {
  const std::string table =
      "accuracy in per cent        step            text\n"
      "after words                    4            50.0\n"
      "greedy; held-out records\n"
      "\nrun directory: runs/a\n";
  CHECK(printed(OutputMode::lines) ==
        "resuming after step 2\nstep 4/4  words (text)  reward 0.500  0 s left\n\n" + table);
  CHECK(printed(OutputMode::quiet) == table);
  CHECK(printed(OutputMode::json) ==
        start_event("runs/a", 2, 4) + step_event(kStep) +
            "{\"event\":\"finished\",\"run\":\"runs/a\",\"report\":null,\"result\":[{\"row\":\"after "
            "words\",\"step\":4,\"val/text/accuracy\":0.5}]}\n");
}
