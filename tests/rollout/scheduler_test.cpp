#include "core/rollout/scheduler.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace crescent {
namespace {

struct Case {
  std::vector<GroupShape> groups;
  SchedulerLimits limits;
};

Case random_case(uint64_t seed) {
  RandomStream random(RandomKey(seed, "scheduler test"));
  Case c;
  c.limits = {.max_rows = random.integer(1, 12), .prefix_capacity = random.integer(20, 60)};
  const int64_t count = random.integer(1, 12);
  for (int64_t g = 0; g < count; ++g) c.groups.push_back({random.integer(1, 20), random.integer(1, 9)});
  return c;
}

// A row's length is a function of the row alone, as a response's is.
int64_t steps_of(const ActiveRow& row, uint64_t seed) {
  return 1 +
         static_cast<int64_t>(RandomKey(seed, "length", {row.group, static_cast<uint64_t>(row.sample)}).below(6, 0));
}

struct Trace {
  std::vector<std::vector<std::array<int64_t, 3>>> steps;  // slot, group, sample of the rows of each step
  std::vector<size_t> completed;
  auto operator<=>(const Trace&) const = default;
};

// Runs the case to its end, checking what must hold at every step.
Trace run(const Case& c, uint64_t seed) {
  Scheduler scheduler(c.groups, c.limits);
  Trace trace;
  std::map<std::pair<size_t, int64_t>, int64_t> decoded;
  std::set<size_t> prefilled;
  for (int step = 0; !scheduler.done(); ++step) {
    REQUIRE(step < 10000);
    const Admission admission = scheduler.admit();
    for (const JoiningGroup& group : admission.groups) CHECK(prefilled.insert(group.group).second);
    std::set<int64_t> slots;
    std::map<size_t, int64_t> prefixes;
    const std::vector<ActiveRow> active = scheduler.active();
    CHECK(!active.empty());
    CHECK(static_cast<int64_t>(active.size()) <= c.limits.max_rows);
    std::vector<uint8_t> finished;
    auto& rows = trace.steps.emplace_back();
    for (size_t i = 0; i < active.size(); ++i) {
      const ActiveRow& row = active[i];
      CHECK(prefilled.count(row.group));
      CHECK((row.slot >= 0 && row.slot < c.limits.max_rows));
      CHECK(slots.insert(row.slot).second);  // nobody else's
      prefixes[row.group] = scheduler.prefix_start(row.group);
      if (i > 0) CHECK(std::pair(active[i - 1].group, active[i - 1].sample) < std::pair(row.group, row.sample));
      finished.push_back(++decoded[{row.group, row.sample}] == steps_of(row, seed));
      rows.push_back({row.slot, static_cast<int64_t>(row.group), row.sample});
    }
    int64_t end = 0;  // prefixes of the groups at work lie side by side within the capacity
    std::map<int64_t, size_t> by_start;
    for (const auto& [group, start] : prefixes) CHECK(by_start.emplace(start, group).second);
    for (const auto& [start, group] : by_start) {
      CHECK(start >= end);
      end = start + c.groups[group].prompt_tokens;
    }
    CHECK(end <= c.limits.prefix_capacity);
    for (size_t group : scheduler.leave(finished)) trace.completed.push_back(group);
  }
  int64_t rows = 0;
  for (const GroupShape& group : c.groups) rows += group.rows;
  CHECK(static_cast<int64_t>(decoded.size()) == rows);
  for (const auto& [row, steps] : decoded) {
    CHECK(steps == steps_of({.group = row.first, .sample = row.second}, seed));  // left at once
  }
  CHECK(std::set(trace.completed.begin(), trace.completed.end()).size() == c.groups.size());
  CHECK(trace.completed.size() == c.groups.size());
  return trace;
}

TEST_CASE("every row of every group decodes in a slot of its own until it finishes, and no longer") {
  for (uint64_t seed = 0; seed < 200; ++seed) run(random_case(seed), seed);
}

TEST_CASE("the schedule follows from the case alone") {
  for (uint64_t seed = 0; seed < 20; ++seed) CHECK(run(random_case(seed), seed) == run(random_case(seed), seed));
}

TEST_CASE("a waiting row takes the slot of a finished one in the very next step") {
  Scheduler scheduler({{4, 2}, {4, 2}}, {.max_rows = 3, .prefix_capacity = 100});
  CHECK(scheduler.admit().rows.size() == 3);
  CHECK(scheduler.leave(std::vector<uint8_t>{0, 1, 0}).empty());
  const Admission next = scheduler.admit();
  CHECK(next.groups.empty());  // its prompt is there already
  REQUIRE(next.rows.size() == 1);
  CHECK(next.rows[0].slot == 1);
  CHECK(next.rows[0].group == 1);
  CHECK(next.rows[0].sample == 1);
  CHECK(scheduler.leave(std::vector<uint8_t>{1, 1, 1}) == std::vector<size_t>{0, 1});
  CHECK(scheduler.done());
}

TEST_CASE("a group waits until its prompt fits, and later groups do not overtake it") {
  Scheduler scheduler({{8, 1}, {5, 1}, {1, 1}}, {.max_rows = 9, .prefix_capacity = 10});
  CHECK(scheduler.admit().rows.size() == 1);
  CHECK(scheduler.admit().rows.empty());
  CHECK(scheduler.leave(std::vector<uint8_t>{1}) == std::vector<size_t>{0});
  CHECK(scheduler.admit().rows.size() == 2);
}

TEST_CASE("groups that could never run are refused") {
  const SchedulerLimits limits{.max_rows = 2, .prefix_capacity = 10};
  CHECK_THROWS_WITH(Scheduler({{11, 1}}, limits),
                    "the prompt of group 0 has 11 tokens, more than the prefix cache holds (10): shorten the prompt or "
                    "raise max_prefix_tokens");
  CHECK_THROWS_WITH(Scheduler({{1, 0}}, limits), "group 0 asks for 0 responses; at least 1");
  CHECK_THROWS_WITH(Scheduler({{0, 1}}, limits), "the prompt of group 0 is empty");
  CHECK_THROWS_WITH(Scheduler({{1, 1}}, {.max_rows = 0, .prefix_capacity = 1}),
                    "max_rows = 0: at least one sequence must decode in a step");
}

TEST_CASE("a row arena hands out the lowest run that fits and merges what comes back") {
  RowArena arena(10);
  CHECK(arena.take(4) == 0);
  CHECK(arena.take(4) == 4);
  CHECK(arena.take(4) == -1);
  arena.give_back(0, 4);
  CHECK(arena.take(2) == 0);
  CHECK(arena.take(2) == 2);
  CHECK(arena.take(2) == 8);
  arena.give_back(2, 2);
  arena.give_back(4, 4);
  CHECK(arena.take(6) == 2);
  CHECK_THROWS_WITH(RowArena(3).give_back(1, 1), "rows 1 to 2 given back are free already");
}

}  // namespace
}  // namespace crescent
