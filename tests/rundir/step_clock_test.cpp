#include "core/rundir/step_clock.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

TEST_CASE("a step takes what it took the first time, whatever it takes when it is made again") {
  const TestFolder folder("step_clock");
  make_folders(folder.path);
  const std::string path = folder.path + "/clock.jsonl";
  {
    StepClock clock(path);
    CHECK(clock.note(11, 0.5) == 0.5);
    CHECK(clock.note(12, 0.1) == 0.1);
    CHECK(clock.note(13, 7) == 7);
  }
  AppendFile(path).append("{\"step\":14,\"sec");  // a kill cut it
  StepClock resumed(path);
  CHECK(resumed.sum(11, 12) == 0.5 + 0.1);
  CHECK(resumed.note(12, 99) == 0.1);
  CHECK(resumed.note(14, 2) == 2);
  CHECK(resumed.sum(12, 14) == 0.1 + 7 + 2);
  CHECK(read_file(path) ==
        "{\"step\":11,\"seconds\":0.5}\n{\"step\":12,\"seconds\":0.1}\n{\"step\":13,\"seconds\":7.0}\n"
        "{\"step\":14,\"seconds\":2.0}\n");
  write_file_atomically(path, "{\"step\":1}\n");
  CHECK_THROWS_WITH_AS(StepClock{path}, (path + ":1: must be a step and its seconds").c_str(), Error);
}
