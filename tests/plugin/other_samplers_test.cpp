// pass_rate_window, ordered, mixture.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/plugin/variance_aware_bench.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

std::string option_error(const std::string& plugin, const Given& options) {
  try {
    make_bundled(plugin, options);
  } catch (const Error& e) {
    std::string text = e.what();  // a mistake in options names the plugin as it was asked for
    if (const size_t at = text.find(bundled(plugin)); at != text.npos) text.replace(at, bundled(plugin).size(), plugin);
    return text;
  }
  return "";
}

// A sampler that can ask for the fields of records: level i % 5, source by i % 4.
std::unique_ptr<PromptSampler> with_records(const std::string& plugin, const Given& options) {
  PluginUse use{bundled(plugin), {}, {}};
  for (const auto& [key, value] : options) use.options.set(key, value);
  HostServices services{.seed = 1};
  services.dataset.count = [] { return uint64_t{1000}; };
  services.dataset.field = [](uint64_t i, std::string_view field) -> std::optional<std::string> {
    if (field == "level") return std::to_string(i % 5);
    if (field == "source") return i % 4 == 0 ? "geometry" : "algebra";
    if (field == "title") return "problem";
    return std::nullopt;
  };
  return make_sampler(use, {}, services);
}

Value shares(const std::vector<std::pair<std::string, double>>& list) {
  Table table;
  for (const auto& [name, share] : list) table.set(name, Value(share));
  return Value(table);
}

std::string draw_error(PromptSampler& sampler, const Pool& pool) {
  try {
    pool.draw(sampler, 4);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

// Steps `sampler` through `pool`; in the middle its state goes to `resumed`, which must go on the same to the bit.
void check_resume(PromptSampler& sampler, PromptSampler& resumed, Pool pool, int steps) {
  for (int step = 0; step < steps; ++step) pool.train(sampler, 16, 4);
  resumed.load_state(sampler.save_state());
  CHECK(resumed.save_state() == sampler.save_state());
  Pool again = pool;
  for (int step = 0; step < 3 * steps; ++step) CHECK(pool.train(sampler, 16, 4) == again.train(resumed, 16, 4));
  CHECK(pool.probe_rollouts == again.probe_rollouts);
  CHECK(resumed.save_state() == sampler.save_state());
}

}  // namespace

TEST_CASE("pass_rate_window draws evenly within the window, what was never seen with it: chi-square") {
  Pool pool(std::vector<double>(12, 0.5));
  const auto sampler = make_bundled("pass_rate_window", {{"explore", whole(0)}});
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < 9; ++p) groups.push_back(group_of(p, static_cast<int>(p), 8 - static_cast<int>(p)));
  observe(*sampler, pool, groups);  // 0/8 .. 8/8; 2/8 to 6/8 lie within .2 to .8; 9 to 11 were never seen
  std::vector<double> expected = {0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  CHECK(sampler->weights(pool.context()) == expected);
  for (double& e : expected) e /= 8;
  check_fits(counts_of(*sampler, pool, 800, 4), expected);
}

TEST_CASE("pass_rate_window draws no prompt twice for its window; what the window cannot fill walks the pool") {
  Pool pool(std::vector<double>(40, 0.0));
  const auto sampler = make_bundled("pass_rate_window", {{"explore", whole(0)}});
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < 40; ++p) groups.push_back(group_of(p, p % 10 == 3 ? 4 : 0, p % 10 == 3 ? 4 : 8));
  observe(*sampler, pool, groups);  // 3, 13, 23 and 33 lie within
  for (int i = 0; i < 20; ++i) {
    std::map<uint64_t, int> times;
    for (const uint64_t p : pool.draw(*sampler, 16)) ++times[p];
    for (const auto& [p, n] : times) CHECK(n <= (p % 10 == 3 ? 3 : 2));  // the walk may show it as well, and begin an epoch
    for (const uint64_t p : {3, 13, 23, 33}) CHECK(times[p] >= 1);
    CHECK(times.size() >= 12);
  }
  for (int i = 0; i < 20; ++i) {
    std::map<uint64_t, int> times;
    for (const uint64_t p : pool.draw(*sampler, 4)) ++times[p];
    CHECK(times.size() == 4);  // all of the window, each once
  }
}

TEST_CASE("pass_rate_window looks again at what left the window, and walks the pool where nothing is within") {
  Pool pool(std::vector<double>(40, 0.0));
  const auto sampler = make_bundled("pass_rate_window");
  std::vector<int> last(40, 0);
  for (int step = 0; step < 60; ++step)
    for (const uint64_t p : pool.train(*sampler, 10, 8)) last[p] = step;  // soon all are known as impossible
  CHECK(*std::min_element(last.begin(), last.end()) >= 60 - 8);           // the whole batch walks: 4 steps an epoch
  pool.pass_rate.assign(40, 0.5);                                         // and now they are not any more
  double inside = 0;
  for (int step = 0; step < 30; ++step) pool.train(*sampler, 10, 8);
  for (const double w : sampler->weights(pool.context())) inside += w;
  CHECK(inside >= 30);
}

TEST_CASE("pass_rate_window forgets: an old pass rate counts less than a new one") {
  Pool pool(std::vector<double>(1, 0.5));
  const auto sampler = make_bundled("pass_rate_window", {{"decay", Value(0.25)}});
  observe(*sampler, pool, {group_of(0, 8, 0)});
  CHECK(sampler->weights(pool.context())[0] == 0);
  observe(*sampler, pool, {group_of(0, 4, 4)});  // (2 + 4) of (2 + 8): .6
  CHECK(sampler->weights(pool.context())[0] == 1);
  CHECK(
      option_error("pass_rate_window", {{"low", Value(0.9)}}) ==
      "sampler \"pass_rate_window\": create failed: low is 0.900000, above high, which is 0.800000: no pass rate lies "
      "between them");
}

TEST_CASE("ordered walks by a column of the records, equals in a fresh order each epoch") {
  Pool pool(std::vector<double>(20, 0.5));
  for (const bool descending : {false, true}) {
    const auto sampler =
        with_records("ordered", {{"by", text("level")}, {"order", text(descending ? "descending" : "ascending")}});
    const std::vector<uint64_t> first = pool.draw(*sampler, 20), second = pool.draw(*sampler, 20);
    for (const auto& epoch : {first, second}) {
      for (size_t i = 1; i < 20; ++i)
        CHECK((descending ? epoch[i - 1] % 5 >= epoch[i] % 5 : epoch[i - 1] % 5 <= epoch[i] % 5));
      std::vector<uint64_t> sorted = epoch;
      std::sort(sorted.begin(), sorted.end());
      CHECK(sorted == pool.eligible);
    }
    CHECK(first != second);
  }
  CHECK(draw_error(*with_records("ordered", {{"by", text("levl")}}), pool) ==
        "sampler \"ordered\": draw failed: record 0 has no column \"levl\" to be ordered by");
  CHECK(draw_error(*with_records("ordered", {{"by", text("title")}}), pool) ==
        "sampler \"ordered\": draw failed: record 0 has title = \"problem\", which is not a number to be ordered by");
  CHECK(
      option_error("ordered", {{"by", text("level")}, {"rollouts", whole(4)}}) ==
      "sampler \"ordered\": create failed: rollouts is 4, but the order is by the column \"level\", for which nothing "
      "is measured; leave it out");
}

TEST_CASE("ordered by difficulty goes from easy to hard, measured before the first epoch where that is asked for") {
  std::vector<double> rates;
  for (int i = 0; i < 30; ++i) rates.push_back(i % 3 / 2.0);  // 0, .5, 1
  Pool pool(rates);
  const auto measured = make_bundled("ordered", {{"rollouts", whole(64)}});
  pool.probe(*measured, 640);
  CHECK(pool.probe_rollouts == 30 * 64);
  const auto epoch = pool.draw(*measured, 30);
  for (size_t i = 1; i < 30; ++i) CHECK(rates[epoch[i - 1]] >= rates[epoch[i]]);
  pool.probe(*measured, 640);
  CHECK(pool.probe_rollouts == 30 * 64);  // once

  const auto learned = make_bundled("ordered", {{"decay", whole(1)}});
  for (int step = 0; step < 6; ++step) pool.train(*learned, 5, 32);  // the first epoch, in random order
  const auto later = pool.draw(*learned, 30);
  for (size_t i = 1; i < 30; ++i) CHECK(rates[later[i - 1]] >= rates[later[i]]);
}

TEST_CASE("a mixture gives each data set its share at any time, and each prompt of one its turn") {
  Pool pool(std::vector<double>(40, 0.5));  // 10 of geometry, 30 of algebra
  const auto sampler =
      with_records("mixture", {{"field", text("source")}, {"shares", shares({{"geometry", 3}, {"algebra", 1}})}});
  std::map<uint64_t, int> times;
  double geometry = 0;
  for (int n = 1; n <= 200; ++n) {
    const uint64_t p = pool.draw(*sampler, 1)[0];
    ++times[p];
    geometry += p % 4 == 0;
    CHECK(std::abs(geometry - 0.75 * n) <= 1);
  }
  for (const auto& [p, n] : times) CHECK(n >= (p % 4 == 0 ? 15 : 1));  // 150 draws of 10, 50 of 30
  CHECK(times.size() == 40);
}

TEST_CASE("each of many data sets is less than one draw from its share at any time") {
  Pool pool(std::vector<double>(80, 0.5));
  std::vector<std::pair<std::string, double>> list;
  // The shares with which "the one that is owed most" strays by 1.1.
  const std::vector<double> wanted = {.29, .23, .17, .11, .08, .06, .04, .02};
  for (size_t k = 0; k < wanted.size(); ++k) list.emplace_back(std::to_string(k), wanted[k]);
  PluginUse use{bundled("mixture"), {}, {}};
  use.options.set("field", text("set"));
  use.options.set("shares", shares(list));
  HostServices services{.seed = 1};
  services.dataset.count = [] { return uint64_t{80}; };
  int asked = 0;
  services.dataset.field = [&](uint64_t i, std::string_view) -> std::optional<std::string> {
    ++asked;
    return std::to_string(i % 8);
  };
  const auto sampler = make_sampler(use, {}, services);
  std::vector<double> drawn(8, 0);
  double furthest = 0;
  for (int n = 1; n <= 5000; ++n) {
    ++drawn[pool.draw(*sampler, 1)[0] % 8];
    for (size_t k = 0; k < 8; ++k) furthest = std::max(furthest, std::abs(drawn[k] - wanted[k] * n));
  }
  CHECK(furthest <= 1 - 1.0 / 14 + 1e-9);  // Tijdeman's bound for eight
  CHECK(asked == 80);                      // each record is read once
}

TEST_CASE("a mixture says which data set has no share, and which share has no data set") {
  Pool pool(std::vector<double>(8, 0.5));
  const auto of = [&](const std::vector<std::pair<std::string, double>>& list, const char* field = "source") {
    return draw_error(*with_records("mixture", {{"field", text(field)}, {"shares", shares(list)}}), pool);
  };
  CHECK(of({{"geometry", 0}, {"algebra", 1}}).empty());
  CHECK(of({{"geometry", 1}}) ==
        "sampler \"mixture\": draw failed: record 1 has source = \"algebra\", to which shares gives nothing; give it a "
        "share, or 0 to leave it out");
  CHECK(of({{"geometry", 1}, {"algebra", 1}, {"logic", 1}}) ==
        "sampler \"mixture\": draw failed: \"logic\" has a share, but no prompt of phase \"enhancement\" has source = "
        "\"logic\"");
  CHECK(of({{"a", 1}}, "sauce") ==
        "sampler \"mixture\": draw failed: record 0 has no column \"sauce\" that names its data set");
  CHECK(option_error("mixture", {{"field", text("source")}, {"shares", shares({{"a", 0}})}}) ==
        "sampler \"mixture\": create failed: the shares add up to 0, so nothing could be drawn");
  CHECK(option_error("mixture", {{"field", text("source")}, {"shares", shares({{"a", -1}})}}) ==
        "sampler \"mixture\": option \"shares.a\" is -1, but must be at least 0");
  CHECK(option_error("mixture", {{"field", text("source")}, {"shares", Value(0.5)}}) ==
        "sampler \"mixture\": option \"shares\" must name a number for each, { first = 0.7, second = 0.3 }, found 0.5");
  CHECK(option_error("mixture", {{"field", text("source")}}) == "sampler \"mixture\": option \"shares\" is missing");
}

TEST_CASE("each of these samplers, saved in the middle, goes on the same to the bit") {
  std::vector<double> rates;
  for (int i = 0; i < 60; ++i) rates.push_back(i / 60.0);
  const std::vector<std::pair<std::string, Given>> all = {
      {"uniform", {}},
      {"pass_rate_window", {}},
      {"pass_rate_window", {{"explore", whole(0)}, {"low", Value(0.4)}}},
      {"ordered", {{"rollouts", whole(8)}}},
      {"ordered", {{"by", text("level")}, {"order", text("descending")}}},
      {"mixture", {{"field", text("source")}, {"shares", shares({{"geometry", 0.3}, {"algebra", 0.7}})}}}};
  for (const auto& [plugin, options] : all) {
    CAPTURE(plugin);
    for (const int steps : {1, 5})
      check_resume(*with_records(plugin, options), *with_records(plugin, options), Pool(rates), steps);
  }
}
