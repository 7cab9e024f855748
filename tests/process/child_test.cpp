#include "core/process/child.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
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

TEST_CASE("a child goes on when the thread that started it has ended") {
  std::unique_ptr<Child> cat;
  std::thread([&] { cat = std::make_unique<Child>(command({"cat"}), Child::OnLine()); }).join();
  std::this_thread::sleep_for(100ms);  // for the kernel's signal
  std::string all;
  cat->send("end");
  CHECK(cat->exchange(10s, until("end", all)) == Child::Ending::answered);
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

namespace {

bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, letter = "Z";
  stat >> number >> name >> letter;
  return letter != "Z";  // a zombie waits for somebody to note its end
}

pid_t pid_in(const std::string& path) {
  for (int i = 0; i < 500; ++i) {
    pid_t pid = 0;
    std::string end;
    std::ifstream file(path);
    if (file >> pid >> end) return pid;
    std::this_thread::sleep_for(10ms);
  }
  return 0;
}

bool ends_soon(pid_t pid) {
  for (int i = 0; i < 500 && is_alive(pid); ++i) std::this_thread::sleep_for(10ms);
  return !is_alive(pid);
}

// Starts a process in a session of its own, which leaves its number in `pid`.
std::string daemon(const TempFolder& folder) {
  return "setsid sh -c 'echo $$ . >" + (folder / "pid") + "; exec sleep 1000' & ";
}

}  // namespace

TEST_CASE("what a child started ends with it, also in a session of its own") {
  TempFolder folder;
  for (const bool kill : {false, true}) {
    pid_t grandchild;
    {
      Child child(command({"sh", "-c", daemon(folder) + (kill ? "wait" : "read line")}), {});
      grandchild = pid_in(folder / "pid");
      REQUIRE(grandchild > 0);
      CHECK(is_alive(grandchild));
      if (kill) child.kill();
    }
    CHECK(ends_soon(grandchild));
    std::filesystem::remove(folder / "pid");
  }
}

TEST_CASE("a child and what it started end with the program that started it, however that ends") {
  TempFolder folder;
  const std::string worker = std::string(CRESCENT_BINARY_DIR) + "/crescent-worker";
  const pid_t host = fork();
  if (host == 0) {  // a program that starts a worker as Child does, and is killed
    if (fork() == 0) {
      setpgid(0, 0);
      execl(worker.c_str(), worker.c_str(), std::to_string(getppid()).c_str(), "0", "sh", "-c",
            (daemon(folder) + "echo $$ . >" + (folder / "own") + "; wait").c_str(), nullptr);
      _exit(127);
    }
    for (;;) pause();
  }
  const pid_t child = pid_in(folder / "own"), grandchild = pid_in(folder / "pid");
  REQUIRE(child > 0);
  REQUIRE(grandchild > 0);
  ::kill(host, SIGKILL);
  CHECK(waitpid(host, nullptr, 0) == host);
  CHECK(ends_soon(child));
  CHECK(ends_soon(grandchild));
}

TEST_CASE("a child that ended is told of, though what it started holds its output open") {
  Child child(command({"sh", "-c", "sleep 1000 & echo there; exit 3"}), {});
  std::string all;
  const auto start = std::chrono::steady_clock::now();
  CHECK(child.exchange(60s, until("never", all)) == Child::Ending::closed);
  CHECK(all == "there\n");
  CHECK(child.end() == "ended with exit code 3");
  CHECK(std::chrono::steady_clock::now() - start < 20s);
}

TEST_CASE("an answer that is there when the time is over counts") {
  Child child(command({"echo", "there"}), {});
  std::this_thread::sleep_for(1s);
  std::string all;
  CHECK(child.exchange(0ms, until("there", all)) == Child::Ending::answered);
}

TEST_CASE("a flood of output or of errors does not stop the clock") {
  for (const std::string end : {"", " >&2"}) {
    Child child(command({"sh", "-c", "yes" + end}), {});
    const auto start = std::chrono::steady_clock::now();
    const auto ending = child.exchange(500ms, [](std::string_view& received) {
      received = {};
      return false;
    });
    CHECK(ending == Child::Ending::timed_out);
    CHECK(std::chrono::steady_clock::now() - start < 10s);
    child.kill();
  }
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
