#include "core/rundir/event_writer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/crc32c.hpp"
#include "core/rundir/event_record.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

std::string file_of(const TestFolder& folder, int64_t session) {
  return fmt::format("{}/events.out.tfevents.{:06}", folder.path, session);
}

EventWriter writer(const TestFolder& folder, int64_t session, int64_t keep) {
  return EventWriter(folder.path, session, keep, [] { return 1.5; });
}

void make_step(EventWriter& events, int64_t step) {
  events.histogram(step, "sampler/weights", std::vector<double>{0.1, 0.2, 0.5});
  events.step({step, "text", "image", {{"reward", 0.5}}, {{"step_s", 0.1}}});
}

// The steps of a file's events in their order; fails the test unless the file ends with a whole record.
std::vector<int64_t> steps_in(const std::string& path) {
  const std::string bytes = read_file(path);
  std::vector<int64_t> steps;
  uint64_t at = 0;
  while (at < bytes.size()) {
    REQUIRE(bytes.size() - at >= kRecordFrame);
    const std::string_view rest = std::string_view(bytes).substr(at);
    const uint64_t size = record_bytes(rest);
    REQUIRE(size <= rest.size());
    CHECK(framed(rest.substr(kEventOffset, size - kRecordFrame)) == rest.substr(0, size));
    steps.push_back(step_of_event(rest.substr(kEventOffset)));
    at += size;
  }
  return steps;
}

}  // namespace

TEST_CASE("crc32c gives the check value of its definition") {
  CHECK(crc32c("123456789") == 0xe3069283u);
  CHECK(crc32c("") == 0);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);  // RFC 3720, B.4
}

TEST_CASE("events are, byte for byte, what tensorboard's own classes write") {
  const TestFolder folder("events");
  double now = 0.5;
  EventWriter events(folder.path, 1, -1, [&] { return now += 1; });
  events.step({0, "words", "", {{"reward", 0}, {"kl", std::nan("")}}, {{"step_s", 0.1}}});
  const double inf = std::numeric_limits<double>::infinity();
  events.histogram(300, "sampler/weights", std::vector<double>{0, 0.05, 1.05, std::nan(""), 3, inf});
  events.histogram(300, "equal", std::vector<double>{2, 2});
  events.histogram(300, "nothing", std::vector<double>{std::nan("")});  // leaves no event
  events.image(int64_t{1} << 40, "val/image/r1", 84, 56, "\x89PNG\r\n\x1a\n and what follows");
  events.text(301, "val/image/responses", "**r1** 1+1?\n\n    2");
  CHECK(read_file(file_of(folder, 1)) == read_file(CRESCENT_SOURCE_DIR "/tests/golden/tensorboard_events.bin"));
}

TEST_CASE("a resumed run cuts the events of earlier sessions back to its checkpoint, so that no step appears twice") {
  const TestFolder folder("events");
  {
    EventWriter first = writer(folder, 1, -1);
    for (int64_t step = 0; step <= 200; ++step) make_step(first, step);
    EventWriter second = writer(folder, 2, 150);
    for (int64_t step = 151; step <= 180; ++step) make_step(second, step);
  }
  EventWriter third = writer(folder, 3, 160);
  make_step(third, 161);
  const std::vector<int64_t> one = steps_in(file_of(folder, 1)), two = steps_in(file_of(folder, 2));
  CHECK(one.size() == 2 + 2 * 151);
  CHECK(one.back() == 150);
  CHECK(two.size() == 2 + 2 * 10);
  CHECK(two.back() == 160);
  CHECK(steps_in(file_of(folder, 3)) == std::vector<int64_t>{0, 161, 161, 161});  // version, session, two of the step

  EventWriter(folder.path, 4, -1);  // from nothing
  CHECK(!fs::exists(file_of(folder, 1)));
  CHECK(!fs::exists(file_of(folder, 3)));
}

TEST_CASE("a kill in the middle of a record leaves files that the next session mends") {
  const TestFolder whole("events_whole"), folder("events");
  {
    EventWriter events = writer(whole, 1, -1);
    make_step(events, 0), make_step(events, 1), make_step(events, 2);
  }
  const std::string bytes = read_file(file_of(whole, 1));
  EventWriter(whole.path, 2, 1);
  const uint64_t kept = fs::file_size(file_of(whole, 1));
  make_folders(folder.path);
  for (uint64_t size = kept; size < bytes.size(); ++size) {
    CAPTURE(size);
    write_file_atomically(file_of(folder, 1), bytes.substr(0, size));
    writer(folder, 2, 1);
    REQUIRE(read_file(file_of(folder, 1)) == bytes.substr(0, kept));
  }
}
