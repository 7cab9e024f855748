#include "core/rollout/sampler.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace crescent {
namespace {

at::Tensor random_logits(int64_t rows, int64_t vocab, double scale, uint64_t seed = 5) {
  RandomStream random(RandomKey(seed, "logits"));
  at::Tensor logits = at::zeros({rows, vocab});
  float* data = logits.mutable_data_ptr<float>();
  for (int64_t i = 0; i < rows * vocab; ++i) data[i] = static_cast<float>(scale * random.normal());
  return logits;
}

std::vector<int64_t> iota(int64_t n, int64_t repeats = 1) {
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < n * repeats; ++i) rows.push_back(i / repeats);
  return rows;
}

std::vector<double> uniforms(size_t n) {
  std::vector<double> values;
  for (size_t i = 0; i < n; ++i) values.push_back(RandomKey(9, "draw").uniform(i));
  return values;
}

TEST_CASE("the recorded log-probability and entropy are those of the full softmax at the temperature") {
  for (int64_t vocab : {5, 8, 64, 100, 404, 1000}) {
    const at::Tensor logits = random_logits(7, vocab, 3);
    const std::vector<int32_t> banned = {0, static_cast<int32_t>(vocab - 1)};
    const TokenSampler sampler(vocab, banned);
    TokenSampler::Draws draws;
    sampler.sample(logits, iota(7, 20), uniforms(140), 0.7, draws);
    const at::Tensor expected = at::log_softmax(logits.to(at::kDouble) / 0.7, -1);
    const at::Tensor entropy = (expected.exp() * expected).sum(-1).neg();
    for (size_t i = 0; i < draws.tokens.size(); ++i) {
      CHECK((draws.tokens[i] > 0 && draws.tokens[i] < vocab - 1));
      CHECK(std::abs(draws.logprobs[i] - expected[i / 20][draws.tokens[i]].item<double>()) < 2e-6);
      CHECK(std::abs(draws.entropies[i] - entropy[i / 20].item<double>()) < 2e-6);
    }
  }
}

// P(chi-square with k degrees of freedom > x) < 1e-4, by Wilson and Hilferty's normal approximation.
double chi_square_limit(double k) { return k * std::pow(1 - 2 / (9 * k) + 3.72 * std::sqrt(2 / (9 * k)), 3); }

TEST_CASE("top_p draws among the fewest likeliest tokens that hold so much, in proportion, on both paths") {
  const std::vector<float> masses = {0.05f, 0.4f, 0.1f, 0.2f, 0.05f, 0.2f};  // the first two of .2 are equals
  const at::Tensor logits = at::tensor(masses).log().unsqueeze(0);
  const std::vector<int32_t> banned = {4};
  const TokenSampler sampler(6, banned);
  const auto drawn = [&](double top_p, bool aten) {
    const size_t n = 4000;
    TokenSampler::Draws draws;
    const std::vector<int64_t> rows(n, 0);
    aten ? sampler.sample_aten(logits, rows, uniforms(n), 1, draws, top_p)
         : sampler.sample(logits, rows, uniforms(n), 1, draws, top_p);
    std::vector<double> share(6);
    for (size_t i = 0; i < n; ++i) {
      share[draws.tokens[i]] += 1.0 / n;
      CHECK(std::abs(draws.logprobs[i] - std::log(masses[draws.tokens[i]])) < 1e-5);
    }
    return share;
  };
  for (const bool aten : {false, true}) {
    CHECK(drawn(0.42, aten)[1] == doctest::Approx(1));   // .4 of .95 holds .421
    const std::vector<double> three = drawn(0.8, aten);  // .4 and both .2
    CHECK(three[1] == doctest::Approx(0.5).epsilon(0.05));
    CHECK(three[3] == doctest::Approx(0.25).epsilon(0.1));
    CHECK(three[5] == doctest::Approx(0.25).epsilon(0.1));
    const std::vector<double> two = drawn(0.6, aten);  // of equals the lower id
    CHECK(two[5] == 0);
    CHECK(two[3] == doctest::Approx(1.0 / 3).epsilon(0.1));
    CHECK(drawn(1, aten)[0] == doctest::Approx(0.05 / 0.95).epsilon(0.2));
  }
}

TEST_CASE("tokens are drawn in proportion to their probability among those allowed") {
  const int64_t vocab = 11, draws_wanted = 20000;
  const at::Tensor logits = random_logits(1, vocab, 1);
  for (double temperature : {0.5, 1.0, 2.0}) {
    const std::vector<int32_t> banned = {3, 7};
    const TokenSampler sampler(vocab, banned);
    TokenSampler::Draws draws;
    sampler.sample(logits, std::vector<int64_t>(draws_wanted, 0), uniforms(draws_wanted), temperature, draws);
    std::vector<double> probability(vocab), count(vocab, 0);
    for (int64_t v = 0; v < vocab; ++v) {
      probability[v] = v == 3 || v == 7 ? 0 : std::exp(logits[0][v].item<double>() / temperature);
    }
    const double mass = std::accumulate(probability.begin(), probability.end(), 0.0);
    for (int32_t token : draws.tokens) count[token] += 1;
    double chi_square = 0;
    for (int64_t v = 0; v < vocab; ++v) {
      const double expected = draws_wanted * probability[v] / mass;
      if (expected == 0) {
        CHECK(count[v] == 0);
      } else {
        chi_square += (count[v] - expected) * (count[v] - expected) / expected;
      }
    }
    CHECK(chi_square < chi_square_limit(vocab - 3));
  }
}

TEST_CASE("the ATen twin draws the same tokens, save where a number falls on an edge") {
  for (int64_t vocab : {10, 404, 3000}) {
    const at::Tensor logits = random_logits(32, vocab, 2);
    const std::vector<int32_t> banned = {1, 4};
    const TokenSampler sampler(vocab, banned);
    TokenSampler::Draws own, twin;
    sampler.sample(logits, iota(32, 8), uniforms(256), 1.3, own);
    sampler.sample_aten(logits, iota(32, 8), uniforms(256), 1.3, twin);
    int differing = 0;
    for (size_t i = 0; i < own.tokens.size(); ++i) {
      if (own.tokens[i] != twin.tokens[i]) {
        ++differing;
      } else {
        CHECK(std::abs(own.logprobs[i] - twin.logprobs[i]) < 1e-5);
      }
      CHECK(std::abs(own.entropies[i] - twin.entropies[i]) < 1e-5);
    }
    CHECK(differing <= 1);
    sampler.greedy(logits, iota(32), 1.3, own);
    sampler.greedy_aten(logits, iota(32), 1.3, twin);
    CHECK(own.tokens == twin.tokens);
    for (size_t i = 0; i < own.tokens.size(); ++i) CHECK(std::abs(own.logprobs[i] - twin.logprobs[i]) < 1e-5);
  }
}

TEST_CASE("greedy takes the likeliest allowed token, the lowest id of equals") {
  const at::Tensor logits = at::tensor({1.f, 5.f, 9.f, 5.f, 5.f, 0.f}).reshape({1, 6});
  const std::vector<int32_t> banned = {2};
  const TokenSampler sampler(6, banned);
  TokenSampler::Draws draws;
  sampler.greedy(logits, std::vector<int64_t>{0}, 1, draws);
  CHECK(draws.tokens[0] == 1);
  sampler.greedy_aten(logits, std::vector<int64_t>{0}, 1, draws);
  CHECK(draws.tokens[0] == 1);
}

TEST_CASE("the ends of the unit interval and a token that has it all are drawn without falling off") {
  at::Tensor logits = random_logits(1, 130, 1);
  logits[0][129] = -200.f;  // no mass at the end of the row
  const TokenSampler sampler(130, {});
  TokenSampler::Draws draws;
  const std::vector<double> ends = {0, std::nextafter(1.0, 0.0)};
  for (const bool twin : {false, true}) {
    const auto sample = [&](const at::Tensor& x) {
      twin ? sampler.sample_aten(x, std::vector<int64_t>{0, 0}, ends, 1, draws)
           : sampler.sample(x, std::vector<int64_t>{0, 0}, ends, 1, draws);
    };
    sample(logits);
    CHECK(draws.tokens == std::vector<int32_t>{0, 128});
    at::Tensor certain = at::zeros({1, 130});
    certain[0][77] = 300.f;
    sample(certain);
    CHECK(draws.tokens == std::vector<int32_t>{77, 77});
    CHECK(draws.logprobs[0] == 0);
  }
}

TEST_CASE("logits that are not finite, and mass on banned tokens alone, are errors and not tokens") {
  const std::vector<int32_t> banned = {2};
  const TokenSampler sampler(40, banned);
  TokenSampler::Draws draws;
  const std::vector<int64_t> row = {0};
  const std::vector<double> half = {0.5};
  for (float poison : {std::nanf(""), INFINITY}) {
    for (int64_t at : {0, 37}) {
      at::Tensor logits = random_logits(1, 40, 1);
      logits[0][at] = poison;
      CHECK_THROWS_WITH(sampler.sample(logits, row, half, 1, draws), doctest::Contains("not finite"));
      CHECK_THROWS_WITH(sampler.greedy(logits, row, 1, draws), doctest::Contains("not finite"));
      CHECK_THROWS_WITH(sampler.sample_aten(logits, row, half, 1, draws), doctest::Contains("not finite"));
      CHECK_THROWS_WITH(sampler.greedy_aten(logits, row, 1, draws), doctest::Contains("not finite"));
    }
  }
  at::Tensor logits = at::zeros({1, 40});
  logits[0][2] = 500.f;
  CHECK_THROWS_WITH(sampler.sample(logits, row, half, 1, draws), doctest::Contains("lies on banned tokens"));
  CHECK_THROWS_WITH(sampler.sample_aten(logits, row, half, 1, draws), doctest::Contains("lies on banned tokens"));
}

TEST_CASE("a sampler refuses tokens outside its vocabulary, a ban on everything, and temperature 0") {
  const std::vector<int32_t> outside = {4}, all = {0, 1, 2, 3};
  CHECK_THROWS_WITH(TokenSampler(4, outside), "banned token 4 is outside the vocabulary of 4");
  CHECK_THROWS_WITH(TokenSampler(4, all), "all 4 tokens are banned from sampling");
  TokenSampler::Draws draws;
  CHECK_THROWS_WITH(TokenSampler(4, {}).greedy(at::zeros({1, 4}), std::vector<int64_t>{0}, 0, draws),
                    "temperature = 0: it divides the logits and must be above 0; ask for greedy decoding by name");
  CHECK_THROWS_WITH(TokenSampler(4, {}).greedy(at::zeros({1, 5}), std::vector<int64_t>{0}, 1, draws),
                    doctest::Contains("logits must be f32 [rows, 4]"));
}

}  // namespace
}  // namespace crescent
