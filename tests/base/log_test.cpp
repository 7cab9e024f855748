#include "core/base/log.hpp"

#include <doctest/doctest.h>

#include "tests/test_folder.hpp"

using namespace crescent;

TEST_CASE("a line of log.txt has the time to the millisecond, the level and the text; further lines are indented") {
  CHECK(log_line(1795275012007, LogLevel::info, "begins") == "2026-11-21T15:30:12.007Z info    begins\n");
  CHECK(log_line(0, LogLevel::warning, "two:\n  one\n  two") ==
        "1970-01-01T00:00:00.000Z warning two:\n      one\n      two\n");
}

TEST_CASE("every level goes to log.txt, a person sees those asked for, and what is recorded is not shown") {
  const TestFolder folder("log");
  make_folders(folder.path);
  std::string shown;
  {
    Log log;
    log.open(folder.path + "/log.txt");
    log.show(LogLevel::info, [&](LogLevel level, std::string_view text) { shown += shown_line(level, text); });
    log.debug("loaded in {} s", 2);
    log.info("begins");
    log.warning("late");
    log.record(LogLevel::error, "the disk is full");
  }
  CHECK(shown == "crescent: info: begins\ncrescent: warning: late\n");
  const std::string text = read_file(folder.path + "/log.txt");
  for (const char* line :
       {"Z debug   loaded in 2 s\n", "Z info    begins\n", "Z warning late\n", "Z error   the disk is full\n"})
    CHECK(text.find(line) != text.npos);
}
