#include "core/conformance/conformance.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.hpp"
#include "core/conformance/child.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

constexpr double kSeconds = 20;  // for a check

// "name of the check: text" of each that failed.
std::vector<std::string> failures(const ConformanceReport& report) {
  std::vector<std::string> out;
  for (const CheckResult& result : report.results)
    if (result.outcome == Outcome::failed) out.push_back(result.name + ": " + result.text);
  return out;
}

ConformanceReport check(const std::string& path, const std::string& fault = "", double seconds = kSeconds) {
  PluginUse use{path, {}, {}};
  if (!fault.empty()) use.options.set("fault", Value(fault));
  return check_library(use, {}, seconds);
}

struct Built {
  TempFolder folder;
  std::string roles = folder / "roles.so";
  Built() { build_plugin("bad_plugins/nonconforming_roles.cpp", roles); }
  std::string with(const std::string& fault) const {
    const std::string path = folder / (fault + ".so");
    build_plugin("bad_plugins/nonconforming.c", path, "-DFAULT_" + fault);
    return path;
  }
};

const Built& built() {
  static const Built once;
  return once;
}

// The one failure of a reward with that fault.
std::string fault_of(const std::string& fault, double seconds = kSeconds) {
  const std::vector<std::string> failed = failures(check(built().with(fault), "", seconds));
  INFO(fmt::format("{}", fmt::join(failed, "\n")));
  REQUIRE(failed.size() == 1);
  return failed[0];
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  for (const std::string& t : texts)
    if (t.starts_with(text)) return true;
  INFO(fmt::format("{}", fmt::join(texts, "\n")));
  CHECK_MESSAGE(false, text);
  return false;
}

}  // namespace

TEST_CASE("what runs in a child process cannot hurt this one") {
  CHECK(run_in_child([] { return std::string("fine"); }, 5).text == "fine");
  CHECK(run_in_child([]() -> std::string { fail("no"); }, 5).text == "no");
  CHECK(run_in_child([]() -> std::string { std::abort(); }, 5).text == "it crashed: Aborted");
  CHECK(run_in_child([]() -> std::string { _exit(7); }, 5).text == "it ended the process, with exit code 7");
  CHECK(run_in_child(
            []() -> std::string {
              for (volatile bool on = true; on;) {
              }
              return "";
            },
            0.2)
            .text == "no answer within 0.2 s");
  CHECK(run_in_child([] { return std::puts("hello"), std::string(); }, 5).printed == "hello\n");
}

TEST_CASE("a child process that hangs ends with the process that started it, however that ends") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t middle = fork();
  if (middle == 0) {
    run_in_child(
        [&]() -> std::string {
          if (write(ends[1], "x", 1) == 1)
            for (;;) pause();
          return "";
        },
        600);
    _exit(0);
  }
  close(ends[1]);
  char byte = 0;
  REQUIRE(read(ends[0], &byte, 1) == 1);  // the child runs
  kill(middle, SIGKILL);
  waitpid(middle, nullptr, 0);
  pollfd closed{ends[0], POLLIN, 0};
  CHECK(poll(&closed, 1, 5000) == 1);  // the pipe has no writer any more
  CHECK((closed.revents & POLLHUP) != 0);
  close(ends[0]);
}

TEST_CASE("the bundled plugins keep to their interface") {
  for (const char* name : {"exact_math", "format_tags", "repetition", "choice", "numeric_tolerance", "uniform",
                           "variance_aware", "plateau"}) {
    CAPTURE(name);
    const ConformanceReport report = check(bundled(name), "", 60);
    CAPTURE(format_report(report));
    CHECK(report.passed());
  }
}

TEST_CASE("a reward without a fault passes, and the report says what was tried") {
  const ConformanceReport report = check(built().with("NONE"));
  CAPTURE(format_report(report));
  CHECK(report.passed());
  CHECK(report.title == "nonconforming 1.0 (reward)");
  CHECK(report.results.size() == 11);
  const std::string text = format_report(report);
  CHECK(text.starts_with(
      "nonconforming 1.0 (reward)\n  ok      loads and says what it is\n  ok      is made: parts: digits\n"));
  CHECK(text.ends_with("all 11 checks passed\n"));
}

TEST_CASE("each fault of a reward fails its check, with what and why") {
  CHECK(fault_of("CRASH_AT_LOAD") == "loads and says what it is: it crashed: Segmentation fault");
  CHECK(fault_of("TWO_OPTIONS") ==
        "loads and says what it is: reward \"nonconforming\": two of its options are called \"scale\"");
  CHECK(fault_of("CREATE") == "is made: reward \"check\": create failed: it gave no reason");
  CHECK(fault_of("NO_HELP") == "takes its options: the option \"scale\" has no help; say in a line what it does");
  CHECK(fault_of("OPTION") == "takes its options: it crashed: Aborted");
  CHECK(fault_of("ORDER").starts_with("order and grouping change nothing: sample \"ordinary-"));
  has(failures(check(built().with("SLOW"))), "is fast enough: 2");
  CHECK(fault_of("READ_PAST").starts_with("reads and writes within bounds: it read past the end of a text"));
  CHECK(fault_of("LEAK").starts_with("leaves nothing in memory: "));
  CHECK(fault_of("SILENT") ==
        "survives odd samples: sample \"odd-1\" failed without a reason; write one into error->text");
  has(failures(check(built().with("NAN"))),
      "judges ordinary samples: sample \"ordinary-4\" failed: reward \"check\": sample 3 of record "
      "\"ordinary-4\": the score is NaN: the plugin computed NaN or wrote no score");
  has(failures(check(built().with("MEMORY"))), "gives the same score again: sample \"ordinary-1\" scores ");
  has(failures(check(built().with("SECONDS"))), "gives the same score again: sample \"ordinary-1\" scores ");
  has(failures(check(built().with("RACE"))), "serves several threads: sample ");
  has(failures(check(built().with("WRITE_PAST"))),
      "reads and writes within bounds: it wrote past the end of its parts");
  has(failures(check(built().with("WRITE_INPUT"))),
      "reads and writes within bounds: it wrote into a text that the host lent it");
  has(failures(check(built().with("ERROR_SIZE"))),
      "reads and writes within bounds: it says that its error text has 1025 bytes, where 1024 fit");
  has(failures(check(built().with("PRINT"))),
      "judges ordinary samples: it prints to stdout, which belongs to the program (\"judged 0\")");
  has(failures(check(built().with("EXIT"))), "judges ordinary samples: it ended the process, with exit code 3");
  has(failures(check(built().with("HANG"), "", 0.3)), "judges ordinary samples: no answer within 0.3 s");
}

TEST_CASE("each fault of a sampler and a curriculum fails its check") {
  const std::string& path = built().roles;
  CHECK(check(path).passed());
  CHECK(check(path).title == "odd_roles 1 (sampler, curriculum)");
  has(failures(check(path, "not eligible")),
      "draws what it may: sampler \"odd_roles\": draw chose prompt 1000, which is not among");
  has(failures(check(path, "probes for ever")),
      "draws what it may: plan_probe still plans after its groups were observed 1000 times");
  has(failures(check(path, "own clock")),
      "draws the same again: two samplers with the same options and the same past draw differently");
  has(failures(check(path, "own clock")),
      "decides the same again: two objects with the same options and the same past decide");
  has(failures(check(path, "forgets")), "goes on from its saved state: ");
  has(failures(check(path, "no reason")), "decides what it may: ");
  const std::vector<std::string> seconds = failures(check(path, "seconds"));
  has(seconds, "draws the same again: two samplers with the same options and the same past draw differently");
  has(seconds, "decides the same again: two objects with the same options and the same past decide");
  has(failures(check(path, "forgets soon")),
      "goes on from its saved state: saved after step 1 and loaded, it decides \"stay\" at step 8 where");
  has(failures(check(path, "saves a count")),
      "goes on from its saved state: saved after step 0: what is saved after load differs from what was loaded");
}

TEST_CASE("a file that is no plugin is reported, not loaded") {
  const TempFolder folder;
  std::ofstream(folder / "text.so") << "no library";
  const ConformanceReport report = check(folder / "text.so");
  CHECK(failures(report) ==
        std::vector<std::string>{"loads and says what it is: plugin " + folder / "text.so" +
                                 ": this is not a shared library (it does not begin with an ELF header)"});
  CHECK_FALSE(report.passed());
}
