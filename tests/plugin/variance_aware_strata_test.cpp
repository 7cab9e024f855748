// Variance-aware sampling in strata: what the seen prompts of a kind say about those that nobody has seen.
#include <doctest/doctest.h>

#include <map>
#include <optional>

#include "tests/plugin/variance_aware_bench.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

// Records whose "kind" is b for every fourth prompt, else a; so a value's place in the alphabet is not the order in
// which the pool's first prompts are read.
std::unique_ptr<PromptSampler> in_strata(Given options, const std::string& field = "kind") {
  options.emplace_back("strata", Value(field));
  PluginUse use{bundled("variance_aware"), {}, {}};
  for (const auto& [key, value] : options) use.options.set(key, value);
  HostServices services{.seed = 1};
  services.dataset.count = [] { return uint64_t{1000}; };
  services.dataset.field = [](uint64_t i, std::string_view name) -> std::optional<std::string> {
    if (name != "kind") return std::nullopt;
    return i % 4 == 0 ? "b" : "a";
  };
  return make_sampler(use, {}, services);
}

// VPS to the sharpness, 2, of a prompt with a prior of one pass and one fail.
double weight_of(int passes, int fails) {
  const double a = 1 + passes, b = 1 + fails, vps = a * b / ((a + b) * (a + b + 1)) / 0.25;
  return vps * vps;
}

// What every prompt of 0 to 23 weighs after 4 and 8 were seen with 8 fails and 1 and 2 with 4 of 8 passes.
std::vector<double> expected_weights() {
  const double hopeless = weight_of(0, 8), mixed = weight_of(4, 4), prior = weight_of(0, 0);
  std::vector<double> weights;
  for (uint64_t p = 0; p < 24; ++p) {
    const double seen = p % 4 == 0 ? hopeless : mixed;
    weights.push_back(p == 4 || p == 8 || p == 1 || p == 2 ? seen : (prior + 2 * seen) / 3);
  }
  return weights;
}

std::vector<ScoredGroup> seen_groups() {
  return {group_of(4, 0, 8), group_of(8, 0, 8), group_of(1, 4, 4), group_of(2, 4, 4)};
}

}  // namespace

TEST_CASE("a prompt not seen yet weighs what the seen ones of its stratum do, the prior counted as one of them") {
  Pool pool(std::vector<double>(24, 0.5));
  const auto sampler = in_strata({{"lambda", whole(1)}});
  observe(*sampler, pool, seen_groups());
  std::vector<double> expected = expected_weights();
  double sum = 0;
  for (const double w : expected) sum += w;
  for (double& w : expected) w /= sum;
  CHECK(expected[12] < 0.6 * expected[13]);  // of a kind that never passes, and of one that often does
  check_fits(counts_of(*sampler, pool, 400, 64), expected);
}

TEST_CASE("on a starved pool strata find what can be learned before each prompt was seen") {
  // Three of four prompts never pass. The batch of 16 leaves most of the 1,000 unseen for the 30 steps.
  std::vector<double> rates;
  for (int i = 0; i < 1000; ++i) rates.push_back(i % 4 == 0 ? 0.4 : 0.0);
  const auto learnable_share = [&](PromptSampler& sampler) {
    Pool pool(rates);
    double learnable = 0;
    for (int step = 0; step < 30; ++step)
      for (const uint64_t p : pool.train(sampler, 16, 8)) learnable += p % 4 == 0 ? 1 / 480.0 : 0;
    return learnable;
  };
  const double without = learnable_share(*vas()), with = learnable_share(*in_strata({}));
  CHECK(without < 0.35);
  CHECK(with > without + 0.1);
  CHECK(learnable_share(*in_strata({{"a0", Value(0.25)}, {"b0", Value(0.25)}})) > with + 0.1);
}

TEST_CASE("unbiased: in strata too, each weight is (1/M)/q of what was drawn") {
  Pool pool(std::vector<double>(24, 0.5));
  const auto sampler = in_strata({{"unbiased", Value(true)}, {"lambda", Value(0.5)}});
  observe(*sampler, pool, seen_groups());
  const std::vector<double> expected = expected_weights();
  double sum = 0;
  for (const double w : expected) sum += w;
  for (int i = 0; i < 20; ++i) {
    std::vector<double> weights;
    const auto drawn = pool.draw(*sampler, 10, &weights);
    for (size_t j = 0; j < drawn.size(); ++j)
      CHECK(weights[j] == doctest::Approx(1.0 / 24 / (0.5 * expected[drawn[j]] / sum + 0.5 / 24)).epsilon(1e-12));
  }
}

TEST_CASE("a resumed sampler has the same strata, whatever was read first") {
  std::vector<double> rates;
  for (int i = 0; i < 200; ++i) rates.push_back(i % 4 == 0 ? 0 : 0.5);
  Pool images(rates), texts(rates);
  texts.view = View::text;
  texts.eligible.erase(texts.eligible.begin());  // begins with another kind than the pool of images
  const auto sampler = in_strata({});
  for (int step = 0; step < 10; ++step) images.train(*sampler, 16, 4), texts.train(*sampler, 16, 4);
  const auto fresh = in_strata({});
  fresh->load_state(sampler->save_state());
  CHECK(texts.draw(*fresh, 64) == texts.draw(*sampler, 64));
  CHECK(images.draw(*fresh, 64) == images.draw(*sampler, 64));
}

TEST_CASE("strata need a column that every record has, and a posterior") {
  Pool pool(std::vector<double>(8, 0.5));
  const auto sampler = in_strata({}, "colour");
  CHECK_THROWS_WITH_AS(pool.draw(*sampler, 4),
                       "sampler \"variance_aware\": draw failed: record 0 has no column \"colour\", which strata names",
                       Error);
  CHECK_THROWS_WITH_AS(in_strata({{"refresh", text("periodic")}}),
                       "sampler \"variance_aware\": create failed: strata = \"kind\" is for refresh = \"online\"; the "
                       "periodic refresh measures every prompt before the first draw",
                       Error);
}
