// Who works on what: exactly one, until it is dead.
#include "core/sweep/claims.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/rundir/host.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

namespace {

double now = 0;
double clock_of_test() { return now; }

// A claim as a worker on another host writes it.
void claim_from_afar(const std::string& folder, const std::string& id, int beat) {
  write_file_atomically(
      folder + "/" + id,
      Json({{"owner", "far"}, {"host", "elsewhere"}, {"pid", 1}, {"step", 7}, {"beat", beat}}).dump());
}

}  // namespace

TEST_CASE("an edge has one owner, who gives it back") {
  const TestFolder folder("claims");
  Claims claims(folder.path, clock_of_test);
  CHECK(!claims.held("e"));
  CHECK(claims.take("e"));
  CHECK(claims.touch("e", 12));
  int64_t step = 0;
  CHECK(claims.held("e", &step));
  CHECK(step == 12);
  claims.release("e");
  CHECK(!claims.held("e"));
}

TEST_CASE("a claim from another host stands while it changes, and is taken over once it has not for a minute") {
  const TestFolder folder("claims");
  now = 100;
  Claims claims(folder.path, clock_of_test);
  claim_from_afar(folder.path, "e", 1);
  CHECK(!claims.take("e"));
  now += 59;
  CHECK(!claims.take("e"));
  claim_from_afar(folder.path, "e", 2);
  now += 59;
  CHECK(!claims.take("e"));
  now += 61;
  CHECK(claims.take("e"));
  CHECK(claims.touch("e", 1));
  claim_from_afar(folder.path, "e", 3);  // the other one was not dead, and has written
  CHECK(!claims.touch("e", 2));
  claims.release("e");
  CHECK(claims.held("e"));  // it is not ours to give back
}

TEST_CASE("a claim of a process of this host that is gone is free at once") {
  const TestFolder folder("claims");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  Claims claims(folder.path, clock_of_test);
  write_file_atomically(folder.path + "/e",
                        Json({{"owner", "x"}, {"host", host_name()}, {"pid", child}, {"step", 0}, {"beat", 0}}).dump());
  CHECK(!claims.held("e"));
  CHECK(claims.take("e"));
}

TEST_CASE("attempts are remembered until they are forgotten") {
  const TestFolder folder("claims");
  Claims claims(folder.path, clock_of_test);
  CHECK(claims.attempts("e").begun == 0);
  claims.set_attempts("e", {2, "no space"});
  CHECK(Claims(folder.path, clock_of_test).attempts("e").error == "no space");
  claims.forget_all_attempts();
  CHECK(claims.attempts("e").begun == 0);
}
