#include "core/app/doctor.hpp"

#include <doctest/doctest.h>

using namespace crescent;

TEST_CASE("a container's quota is told in cores") {
  CHECK(quota_cores("150000 100000\n") == 1.5);
  CHECK(quota_cores("max 100000\n") == 0);
  CHECK(quota_cores("") == 0);
}

TEST_CASE("a note leaves everything in order, something missing does not, and each remedy has a line") {
  std::vector<Check> checks = {{Verdict::ok, "cpu", "AMD EPYC", ""},
                               {Verdict::note, "threads", "64 cores are visible", "run with --threads 2"}};
  CHECK(nothing_missing(checks));
  CHECK(format_checks(checks) ==
        "  ok       cpu        AMD EPYC\n"
        "  note     threads    64 cores are visible\n"
        "                      -> run with --threads 2\n"
        "Everything that a run needs is here.\n");
  checks.push_back({Verdict::missing, "plugins", "none can be loaded", "build them with `make`"});
  CHECK(!nothing_missing(checks));
  CHECK(checks_json(checks).dump() ==
        R"({"ok":false,"checks":[{"name":"cpu","verdict":"ok","value":"AMD EPYC","remedy":""},)"
        R"({"name":"threads","verdict":"note","value":"64 cores are visible","remedy":"run with --threads 2"},)"
        R"({"name":"plugins","verdict":"missing","value":"none can be loaded","remedy":"build them with `make`"}]})");
}

TEST_CASE("this machine is examined without an error, and says what it was asked for") {
  const std::string text = format_checks(examine_machine());
  for (const char* name : {"cpu", "threads", "memory", "gpu", "libtorch", "runs"})
    CHECK(text.find(std::string(" ") + name + " ") != text.npos);
}
