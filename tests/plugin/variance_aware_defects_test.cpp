// Each defect of the published code of variance-aware sampling (MMR1) that is not repeated here.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/plugin/variance_aware_bench.hpp"

using namespace crescent;
using namespace crescent::testing;

TEST_CASE("diversity raises a score (the published code adds self-BLEU without inverting it)") {
  Pool pool(std::vector<double>(2, 0.5));
  for (const char* measure : {"self_bleu", "distinct", "edit_distance"}) {
    CAPTURE(measure);
    const auto sampler = vas({{"beta", whole(1)}, {"diversity", text(measure)}});
    ScoredGroup diverse = pool.roll_out(0, 8, 1000), same = pool.roll_out(1, 8, 1);
    diverse.passed = same.passed = {1, 1, 1, 1, 0, 0, 0, 0};
    observe(*sampler, pool, {diverse, same});
    const auto scores = sampler->weights(pool.context());
    CHECK(scores[0] > scores[1] + 0.5);
  }
}

TEST_CASE("diversity is that of the thoughts alone, not of what stands around them") {
  Pool pool(std::vector<double>(1, 0.5));
  const auto plain = vas({{"beta", whole(1)}}), around = vas({{"beta", whole(1)}});
  ScoredGroup g = pool.roll_out(0, 8, 20);
  observe(*plain, pool, {g});
  for (Rollout& r : g.group.rollouts) r.tokens.resize(400, 0), r.tokens[0] = r.tokens[1] = 5;
  observe(*around, pool, {g});
  CHECK(plain->weights(pool.context()) == around->weights(pool.context()));
}

TEST_CASE("the lowest score is still drawn, and equal scores are no failure (no min-max normalisation)") {
  Pool pool(std::vector<double>(8, 0.5));
  const auto equal = vas({{"lambda", whole(1)}});
  check_fits(counts_of(*equal, pool, 100, 40), std::vector<double>(8, 1.0 / 8));
  const auto sampler = vas({{"lambda", whole(1)}});
  observe(*sampler, pool, {group_of(3, 0, 8)});
  const std::vector<double> counts = counts_of(*sampler, pool, 400, 32);
  CHECK(counts[3] > 0);
  CHECK(counts[3] < counts[2] / 2);
  const auto all_zero = vas({{"lambda", whole(1)}, {"refresh", text("periodic")}});  // every P is 0: every OVS is 0
  Pool impossible(std::vector<double>(8, 0.0));
  impossible.probe(*all_zero);
  check_fits(counts_of(*all_zero, impossible, 100, 40), std::vector<double>(8, 1.0 / 8));
}

TEST_CASE("the uniform half takes a fresh order each epoch and reaches its tail") {
  Pool pool(std::vector<double>(10, 0.5));
  const auto sampler = vas({{"lambda", whole(0)}});
  std::set<std::vector<std::set<uint64_t>>> orders;  // a batch is mixed, so as a set
  std::set<uint64_t> reached;
  for (int epoch = 0; epoch < 6; ++epoch) {
    std::vector<std::set<uint64_t>> order;
    for (int i = 0; i < 5; ++i) {
      const auto drawn = pool.draw(*sampler, 2);
      order.emplace_back(drawn.begin(), drawn.end());
      reached.insert(drawn.begin(), drawn.end());
    }
    orders.insert(order);
    CHECK(reached.size() == 10);
    reached.clear();
  }
  CHECK(orders.size() == 6);
}

TEST_CASE("no prompt waits longer than from the start of one epoch of the uniform half to the end of the next") {
  for (const double lambda : {0.0, 0.5, 0.8, 0.999999999999}) {  // the last would leave the walk nothing, rounded
    CAPTURE(lambda);
    Pool pool(std::vector<double>(50, 0.0));
    pool.pass_rate[0] = 0.5;
    const auto sampler = vas({{"lambda", Value(lambda)}, {"sharpness", whole(64)}});  // as unfair as it gets
    const int64_t walked = std::max<int64_t>(1, 20 - static_cast<int64_t>(std::floor(lambda * 20 + 1e-9)));
    const int64_t bound = (2 * 50 - 2) / walked + 1;  // steps: first in one epoch's order, last in the next one's
    std::vector<int64_t> last(50, -1);
    int64_t longest = 0;
    const int64_t steps = 6 * bound;
    for (int64_t step = 0; step < steps; ++step) {
      for (const uint64_t p : pool.train(*sampler, 20, 8)) {
        longest = std::max(longest, step - last[p]);
        last[p] = step;
      }
    }
    for (const int64_t l : last) longest = std::max(longest, steps - l);
    CHECK(longest <= bound);
    CHECK(longest > bound / 3);  // the bound says something
  }
}

TEST_CASE("scores, refresh and walk survive a resume: saved in the middle, the rest is identical") {
  for (const char* refresh : {"online", "periodic"}) {
    CAPTURE(refresh);
    const Given options = {{"refresh", text(refresh)},
                           {"beta", Value(0.3)},
                           {"refresh_every", whole(refresh == std::string("periodic") ? 3 : 35)},
                           {"unbiased", Value(true)}};
    std::vector<double> rates;
    for (int i = 0; i < 40; ++i) rates.push_back(i / 40.0);
    Pool pool(rates);
    const auto sampler = vas(options);
    for (int step = 0; step < 7; ++step) pool.train(*sampler, 16, 8);
    if (refresh == std::string("periodic")) {  // in the middle of a refresh, too
      pool.step = 9;
      const auto plan = sampler->plan_probe(pool.context(), 80);
      REQUIRE(plan.size() == 10);
      std::vector<ScoredGroup> groups;
      for (const ProbeRequest& p : plan) groups.push_back(pool.roll_out(p.prompt_index, p.rollouts));
      sampler->observe(pool.context(), groups);
    }
    const auto resumed = vas(options);
    resumed->load_state(sampler->save_state());
    CHECK(resumed->save_state() == sampler->save_state());
    Pool again = pool;
    for (int step = 0; step < 12; ++step) {
      CHECK(pool.train(*sampler, 16, 8) == again.train(*resumed, 16, 8));
      CHECK(sampler->weights(pool.context()) == resumed->weights(again.context()));
    }
    CHECK(pool.probe_rollouts == again.probe_rollouts);
    CHECK(resumed->save_state() == sampler->save_state());
  }
}

TEST_CASE("online, every scored group updates its prompt and no other, earlier evidence decayed by .75") {
  Pool pool(std::vector<double>(3, 0.5));
  const auto sampler = vas({{"scale", text("paper")}});
  observe(*sampler, pool, {group_of(1, 6, 2)});
  observe(*sampler, pool, {group_of(1, 1, 7)});
  const double a = 1 + 0.75 * 6 + 1, b = 1 + 0.75 * 2 + 7;
  const auto scores = sampler->weights(pool.context());
  CHECK(scores[1] == doctest::Approx(a * b / ((a + b) * (a + b + 1))).epsilon(1e-14));
  CHECK(scores[0] == doctest::Approx(1.0 / 6).epsilon(1e-14));
  pool.step = 500;  // time alone changes nothing
  CHECK(sampler->weights(pool.context()) == scores);
}

TEST_CASE("online costs no rollouts, and probing where asked for stays within its budget, the stalest first") {
  Pool pool(std::vector<double>(30, 0.5));
  CHECK(vas()->plan_probe(pool.context(), 1000).empty());
  const auto sampler = vas({{"probe_budget", whole(35)}});  // 4 prompts of 8 rollouts
  observe(*sampler, pool, {group_of(0, 1, 7), group_of(2, 1, 7)});
  const auto plan = sampler->plan_probe(pool.context(), 1000);
  REQUIRE(plan.size() == 4);
  CHECK(plan[0].prompt_index == 1);  // never seen come first
  CHECK(plan[1].prompt_index == 3);
  CHECK(plan[0].rollouts == 8);
  CHECK(sampler->plan_probe(pool.context(), 1000).empty());  // once a step
  CHECK_THROWS_WITH_AS(vas({{"probe_budget", whole(7)}})->plan_probe(pool.context(), 1000),
                       "sampler \"variance_aware\": plan_probe failed: a probe takes 8 rollouts, but the budget is 7",
                       Error);
}

TEST_CASE("probes go to the stalest prompts, as a look at the whole pool each step would have it, also when resumed") {
  Pool pool(std::vector<double>(37, 0.5));
  const Given options = {{"probe_budget", whole(40)}};  // 5 prompts of 8 rollouts
  auto sampler = vas(options);
  std::vector<int64_t> seen(37, 0);
  for (int step = 0; step < 60; ++step) {
    if (step % 7 == 3) {
      const std::string saved = sampler->save_state();
      sampler = vas(options);
      sampler->load_state(saved);
    }
    std::vector<uint64_t> order = pool.eligible;
    std::stable_sort(order.begin(), order.end(), [&](uint64_t a, uint64_t b) { return seen[a] < seen[b]; });
    const auto plan = sampler->plan_probe(pool.context(), 1000);
    REQUIRE(plan.size() == 5);
    std::vector<ScoredGroup> groups;
    for (size_t i = 0; i < 5; ++i) {
      CHECK(plan[i].prompt_index == order[i]);
      groups.push_back(pool.roll_out(plan[i].prompt_index, 8));
    }
    for (const uint64_t p : pool.draw(*sampler, 3)) groups.push_back(pool.roll_out(p, 8));
    observe(*sampler, pool, groups);
    for (const ScoredGroup& g : groups) seen[g.group.draw.prompt_index] = pool.step + 1;
    ++pool.step;
  }
}
