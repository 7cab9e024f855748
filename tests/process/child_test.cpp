#include "core/process/child.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;
using namespace std::chrono_literals;

namespace {

ChildCommand command(std::vector<std::string> argv, int64_t memory_mb = 0) {
  return {std::move(argv), "", std::string(CRESCENT_BINARY_DIR) + "/crescent-worker", memory_mb};
}

// Reads until the text is there.
auto until(std::string text, std::string& all) {
  return [text = std::move(text), &all](std::string_view& received) {
    all.append(received);
    received = {};
    return all.find(text) != std::string::npos;
  };
}

}  // namespace

TEST_CASE("what is sent to a child comes back from it, however much it is") {
  Child cat(command({"cat"}), {});
  std::string all;
  cat.send(std::string(5'000'000, 'x'));
  cat.send("end");
  CHECK(cat.exchange(10s, until("end", all)) == Child::Ending::answered);
  CHECK(all.size() == 5'000'003);
}

TEST_CASE("an end is described, with the last line on stderr") {
  const auto end_of = [](const std::string& script) {
    Child child(command({"sh", "-c", script}), {});
    std::string all;
    CHECK(child.exchange(10s, until("never", all)) == Child::Ending::closed);
    return child.end();
  };
  CHECK(end_of("exit 3") == "ended with exit code 3");
  CHECK(end_of("kill -9 $$") == "ended by signal 9 (Killed)");
  CHECK(end_of("echo one >&2; echo two >&2; exit 1") == "ended with exit code 1; its last line on stderr: two");
  Child missing(command({"no-such-program"}), {});
  std::string all;
  CHECK(missing.exchange(10s, until("never", all)) == Child::Ending::closed);
  CHECK(missing.end() ==
        "ended with exit code 127; its last line on stderr: cannot start no-such-program: No such file or directory");
}

TEST_CASE("a child that is silent costs no more than its time, and goes with everything it started") {
  TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  {
    Child child(command({"sh", "-c", "sleep 1000 & echo $! >" + (folder / "pid") + "; wait"}), {});
    std::string all;
    CHECK(child.exchange(300ms, until("never", all)) == Child::Ending::timed_out);
    child.kill();
  }
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  pid_t grandchild = 0;
  std::ifstream(folder / "pid") >> grandchild;
  REQUIRE(grandchild > 0);
  for (int i = 0; i < 100 && ::kill(grandchild, 0) == 0; ++i) std::this_thread::sleep_for(20ms);
  std::ifstream state("/proc/" + std::to_string(grandchild) + "/stat");
  std::string number, name, letter = "Z";
  state >> number >> name >> letter;
  CHECK(letter == "Z");  // gone, or waiting for somebody to note it
}

TEST_CASE("stderr comes line by line, and a flood of it stops") {
  std::vector<std::string> lines;
  Child child(command({"sh", "-c", "for i in $(seq 3000); do echo line $i >&2; done; echo done"}),
              [&](std::string_view line) { lines.emplace_back(line); });
  std::string all;
  CHECK(child.exchange(20s, until("done", all)) == Child::Ending::answered);
  CHECK(lines.at(0) == "line 1");
  CHECK(lines.size() == Child::kMaxLines + 1);
  CHECK(lines.back() == "(what it writes from here on is not kept)");
}

TEST_CASE("a child's memory is limited") {
  Child child(command({"python3", "-c", "x = bytearray(2 << 30)\nprint('there')"}, 1024), {});
  std::string all;
  CHECK(child.exchange(20s, until("there", all)) == Child::Ending::closed);
  CHECK(child.end() == "ended with exit code 1; its last line on stderr: MemoryError");
}

TEST_CASE("a child runs in the folder it is given") {
  TempFolder folder;
  ChildCommand there = command({"pwd"});
  there.folder = folder.path();
  Child child(there, {});
  std::string all;
  CHECK(child.exchange(10s, until("\n", all)) == Child::Ending::answered);
  CHECK(std::filesystem::canonical(folder.path()).string() + "\n" == all);
}
