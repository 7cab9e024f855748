#include "core/checkpoint/step_folder.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <limits>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/random.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

struct Folder : TestFolder {
  Folder() : TestFolder("checkpoint") {}
};

// Content that depends on the step, in files that are not flushed by who writes them.
void fill(const std::string& folder, int64_t step, size_t bytes = 300) {
  make_folders(folder + "/model");
  for (const char* name : {"/model/weights", "/moments", "/trainer.json"}) {
    AppendFile file(folder + name);
    for (size_t i = 0; i < bytes; i += 10) file.append(fmt::format("{:>9}\n", step * 7 + static_cast<int64_t>(i)));
  }
}

std::string write(const std::string& path, int64_t step, std::optional<double> score = std::nullopt) {
  return write_step_folder(path, step, score, [&](const std::string& folder) { fill(folder, step); });
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& item : fs::directory_iterator(path)) names.push_back(item.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> files_in(const std::string& path) {
  std::vector<std::string> files;
  for (const auto& item : fs::recursive_directory_iterator(path))
    if (item.is_regular_file()) files.push_back(item.path().string());
  return files;
}

std::optional<std::string> newest(const std::string& path, const std::string& log_path = "/dev/null") {
  Log log;
  log.show(LogLevel::error, {});
  log.open(log_path);
  return newest_whole(path, log);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a checkpoint holds what was written, with DONE, and the newest by number is found") {
  const Folder folder;
  CHECK(!newest(folder.path));
  for (const int64_t step : {9, 10, 100}) CHECK(write(folder.path, step) == step_folder(folder.path, step));
  CHECK(newest(folder.path) == folder.path + "/step_100");
  CHECK(names_in(folder.path) == Names{"step_10", "step_100", "step_9"});
  CHECK(names_in(folder.path + "/step_100") == Names{"DONE", "checkpoint.json", "model", "moments", "trainer.json"});
  CHECK(damage(folder.path + "/step_100") == "");
}

TEST_CASE("two checkpoints of one state are the same bytes") {
  const Folder folder;
  const auto bytes = [&] {
    std::string all;
    for (const char* name : {"/DONE", "/checkpoint.json"}) all += read_file(write(folder.path, 5, 0.5) + name);
    fs::remove_all(folder.path);
    return all;
  };
  CHECK(bytes() == bytes());
}

TEST_CASE("every byte that is flipped, and every length a file is cut to, is detected and the file named") {
  const Folder folder;
  const std::string path = write(folder.path, 1);
  int flips = 0;
  for (const std::string& file : files_in(path)) {
    const std::string whole = read_file(file);
    for (size_t i = 0; i<whole.size(); i += whole.size()> 400 ? 7 : 1) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
      AppendFile out(file);
      for (const std::string& bytes : {flipped, whole.substr(0, i), flipped + "x"}) {
        out.truncate(0);
        out.append(bytes);
        out.flush();
        const std::string text = damage(path);
        const bool named = text.find(file) != text.npos || text.find(path + "/DONE") != text.npos;
        if (!named) FAIL_CHECK(file, " with byte ", i, " damaged gives: ", text);
        ++flips;
      }
      out.truncate(0);
      out.append(whole);
    }
  }
  CHECK(flips > 1000);
  CHECK(damage(path) == "");
}

TEST_CASE("a file that is missing is detected") {
  const Folder folder;
  for (const char* name : {"/DONE", "/checkpoint.json", "/model/weights", "/trainer.json"}) {
    const std::string path = write(folder.path, 1);
    fs::remove(path + name);
    CHECK(damage(path).rfind(path + name + ": is missing", 0) == 0);
  }
}

TEST_CASE("a damaged checkpoint is named in the log and skipped, and replaced when its step comes again") {
  const Folder folder;
  for (const int64_t step : {1, 2}) write(folder.path, step);
  AppendFile(folder.path + "/step_2/moments").append("x");
  CHECK(newest(folder.path, folder.path + "/log") == folder.path + "/step_1");
  CHECK(read_file(folder.path + "/log")
            .find("checkpoint " + folder.path + "/step_2 is damaged and skipped: " + folder.path +
                  "/step_2/moments: has 301 bytes, and 300 were written") != std::string::npos);
  write(folder.path, 2);
  CHECK(newest(folder.path) == folder.path + "/step_2");
}

TEST_CASE("what a run writes after it resumed from before a damaged checkpoint is not pruned for its sake") {
  const Folder folder;
  for (const int64_t step : {50, 100}) write(folder.path, step);
  AppendFile(folder.path + "/step_100/moments").append("x");
  Log log;
  log.show(LogLevel::error, {});
  CHECK(take_up_newest(folder.path, log) == folder.path + "/step_50");
  write(folder.path, 60);
  prune_checkpoints(folder.path, 1, false);
  CHECK(names_in(folder.path) == Names{"step_60"});
  CHECK(newest(folder.path) == folder.path + "/step_60");
}

TEST_CASE("a run whose checkpoints are all damaged does not begin again in silence") {
  const Folder folder;
  Log log;
  log.show(LogLevel::error, {});
  CHECK(!take_up_newest(folder.path, log));
  for (const int64_t step : {1, 2}) fs::remove(write(folder.path, step) + "/moments");
  CHECK_THROWS_WITH_AS(
      take_up_newest(folder.path, log),
      fmt::format("{0}: no checkpoint is whole, so the run cannot go on:\n  {0}/step_1/moments: is missing\n  "
                  "{0}/step_2/moments: is missing\nput back a copy of one of them; or remove the folder {0} to begin "
                  "again from step 0, which cuts back what the run has written; or choose another folder with --out",
                  folder.path)
          .c_str(),
      Error);
  CHECK(names_in(folder.path) == Names{"step_1", "step_2"});
  for (const int64_t step : {1, 2}) fs::remove(step_folder(folder.path, step) + "/DONE");  // never finished
  CHECK(!take_up_newest(folder.path, log));
  CHECK(names_in(folder.path).empty());
}

TEST_CASE("an older checkpoint that cannot be read is never the best, and pruning goes on") {
  const Folder folder;
  for (const int64_t step : {1, 2, 3}) write(folder.path, step, 0.5);
  AppendFile(folder.path + "/step_1/checkpoint.json").truncate(5);
  prune_checkpoints(folder.path, 1, true);
  CHECK(names_in(folder.path) == Names{"step_2", "step_3"});
}

TEST_CASE("what the file system refuses is told with the path and the reason, and is damage where one looks for it") {
  const Folder folder;
  make_folders(folder.path);
  const std::string loop = folder.path + "/loop";
  fs::create_symlink("loop", loop);
  const std::string text = loop + ": the file system refused: Too many levels of symbolic links";
  Log log;
  CHECK_THROWS_WITH_AS(newest_whole(loop, log), text.c_str(), Error);
  CHECK_THROWS_WITH_AS(clean_checkpoints(loop), text.c_str(), Error);
  CHECK_THROWS_WITH_AS(prune_checkpoints(loop, 1, false), text.c_str(), Error);
  fs::create_symlink("step_1", folder.path + "/step_1");
  CHECK(damage(folder.path + "/step_1") ==
        folder.path + "/step_1/DONE: the file system refused: Too many levels of symbolic links");
}

TEST_CASE("a step that is there and whole is not written again") {
  const Folder folder;
  write(folder.path, 1);
  const bool called = [&] {
    bool filled = false;
    write_step_folder(folder.path, 1, std::nullopt, [&](const std::string&) { filled = true; });
    return filled;
  }();
  CHECK(!called);
}

TEST_CASE("an error while writing leaves the older checkpoints, and nothing that looks whole") {
  const Folder folder;
  write(folder.path, 1);
  CHECK_THROWS_WITH_AS(write_step_folder(folder.path, 2, std::nullopt,
                                         [](const std::string& path) {
                                           fill(path, 2);
                                           fail("no space left");
                                         }),
                       "no space left", Error);
  CHECK(newest(folder.path) == folder.path + "/step_1");
  clean_checkpoints(folder.path);
  CHECK(names_in(folder.path) == Names{"step_1"});
}

TEST_CASE("cleaning removes what was half written or half removed and nothing else") {
  const Folder folder;
  write(folder.path, 1);
  for (const char* name :
       {"/step_2.partial/model", "/step_3.removing/model", "/step_4/model", "/notes.partial", "/step_x"})
    make_folders(folder.path + name);
  clean_checkpoints(folder.path);
  CHECK(names_in(folder.path) == Names{"notes.partial", "step_1", "step_x"});
  clean_checkpoints(folder.path + "/nowhere");
}

TEST_CASE("the newest few and the best stay, the earliest of equals, and never is the newest removed") {
  const Folder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::optional<double> scores[] = {0.5, 0.75, std::nullopt, 0.75, nan, 0.25};
  for (int64_t step = 1; step <= 6; ++step) write(folder.path, step, scores[step - 1]);
  make_folders(folder.path + "/step_7");  // without DONE: not one of the newest
  prune_checkpoints(folder.path, 2, true);
  CHECK(names_in(folder.path) == Names{"step_2", "step_5", "step_6", "step_7"});
  prune_checkpoints(folder.path, 1, false);
  CHECK(names_in(folder.path) == Names{"step_6", "step_7"});
  prune_checkpoints(folder.path, 1, true);
  CHECK(newest(folder.path) == folder.path + "/step_6");
  CHECK_THROWS_WITH_AS(prune_checkpoints(folder.path, 0, false),
                       "keep_last is 0, but at least one checkpoint must stay", Error);
}

TEST_CASE("a folder that cannot be written to is an error that names it") {
  const Folder folder;
  make_folders(folder.path);
  write_file_atomically(folder.path + "/file", "");
  CHECK_THROWS_WITH_AS(write(folder.path + "/file", 1),
                       (folder.path + "/file: cannot be created: Not a directory").c_str(), Error);
}

// A child writes checkpoint after checkpoint, prunes after each and says so; it is killed at a random instant. What is
// found afterwards is whole and no older than the last one that was announced.
TEST_CASE("kill -9 at any instant of writing and pruning leaves the last whole checkpoint usable") {
  const Folder folder;
  RandomStream random(RandomKey(1, "kill"));
  int64_t step = 0;
  for (int round = 0; round < 40; ++round) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      for (int64_t n = step + 1;; ++n) {
        write_step_folder(folder.path, n, std::nullopt, [&](const std::string& path) { fill(path, n, 3000); });
        if (::write(pipe[1], &n, sizeof n) != sizeof n) ::_exit(1);
        prune_checkpoints(folder.path, 1, false);
      }
    }
    ::close(pipe[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random.integer(0, 30000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (int64_t n; ::read(pipe[0], &n, sizeof n) == sizeof n;) step = n;
    ::close(pipe[0]);
    clean_checkpoints(folder.path);
    const auto found = newest(folder.path);
    REQUIRE(found.has_value() == (fs::exists(folder.path) && !fs::is_empty(folder.path)));
    if (!found) {
      CHECK(step == 0);
      continue;
    }
    const int64_t found_step = std::stoll(found->substr(found->rfind('_') + 1));
    CHECK((found_step == step || found_step == step + 1));  // the kill may come between DONE and its announcement
    step = found_step;
    fill(folder.path + "_expected", step, 3000);
    CHECK(read_file(*found + "/model/weights") == read_file(folder.path + "_expected/model/weights"));
    fs::remove_all(folder.path + "_expected");
  }
  CHECK(step > 3);
}
