#include "core/base/profile.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

using namespace crescent;

namespace {

// A clock that stands until it is told to move.
struct Run {
  double now = 0;
  Profile profile{[this] { return now; }};
  void span(const char* name, double seconds) {
    profile.begin(name);
    now += seconds;
    profile.end();
  }
};

}  // namespace

TEST_CASE("spans of one name in one place are added up, and what is within them is theirs too") {
  Run run;
  for (int i = 0; i < 2; ++i) {
    run.profile.begin("step");
    run.span("rollouts", 2);
    run.profile.begin("update");
    run.profile.add_flops(1e9);
    run.profile.add_allocation(100);
    run.span("aten::mm", 1);
    run.profile.end();
    run.now += 0.5;
    run.profile.end();
  }
  const ProfileNode& root = run.profile.root();
  CHECK(root.seconds == 7);
  REQUIRE(root.children.size() == 1);
  const ProfileNode& step = *root.children[0];
  CHECK(step.calls == 2);
  CHECK(step.seconds == 7);
  CHECK(step.flops == 2e9);
  CHECK(step.allocations == 2);
  CHECK(step.allocated_bytes == 200);
  REQUIRE(step.children.size() == 2);
  CHECK(step.children[0]->name == "rollouts");
  CHECK(step.children[0]->flops == 0);
  CHECK(step.children[1]->seconds == 2);
}

TEST_CASE("the same name in two places is two parts of the tree and one operator") {
  Run run;
  for (const char* part : {"forward", "backward"}) {
    run.profile.begin(part);
    run.profile.add_flops(5e9);
    run.span("aten::mm", 1);
    run.profile.end();
  }
  const std::string text = profile_tables(run.profile.root(), 10e9);
  CHECK(text.find("forward                                     1     1.000  50.0%     1.000       5.0      50%") !=
        text.npos);
  CHECK(text.find("aten::mm                                    2     2.000 100.0%") != text.npos);
}

TEST_CASE("a trace holds the first calls at the top with all that is within them, as Chrome reads them") {
  Run run;
  for (int i = 0; i < 5; ++i) {
    run.profile.begin("step");
    run.span("rollouts", 0.25);
    run.profile.end();
  }
  REQUIRE(run.profile.spans().size() == 2 * Profile::kTracedCalls);
  const Json trace = Json::parse(chrome_trace(run.profile.spans()));
  const Json& event = trace["traceEvents"][2];
  CHECK(event["name"] == "rollouts");
  CHECK(event["ph"] == "X");
  CHECK(event["ts"] == 250000.0);
  CHECK(event["dur"] == 250000.0);
}

TEST_CASE("ending a span that nobody began is an error") {
  Run run;
  CHECK_THROWS_WITH_AS(run.profile.end(), "a profile's span was ended that nobody began", Error);
}
