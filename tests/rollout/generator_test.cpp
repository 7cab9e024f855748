#include "core/rollout/generator.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.hpp"
#include "tests/rollout/prompts.hpp"

namespace crescent {
namespace {

// The preset's shapes with random weights; every tenth text token ends a response, so that lengths differ.
ModelConfig test_config() {
  ModelConfig config = tiny_vl_config();
  for (int32_t token = 0; token < 250; token += 10) config.end_token_ids.push_back(token);
  return config;
}

const VisionLanguageModel& test_model() {
  static const VisionLanguageModel model = VisionLanguageModel::random(test_config(), 11);
  return model;
}

std::vector<int32_t> banned_tokens() {
  const ModelConfig config = test_config();
  return {config.image_token_id, config.vision_start_token_id, config.vision_end_token_id};
}

GeneratorOptions options(int64_t max_rows = 256) { return {.max_rows = max_rows, .banned_tokens = banned_tokens()}; }

std::vector<GenerationRequest> mixed_requests(int64_t group = 4) {
  const ModelConfig config = test_config();
  const std::vector<std::shared_ptr<const RenderedPrompt>> prompts = {
      text_prompt(9, config, 1),           picture_prompt(3, 3, 8, config, 2), text_prompt(1, config, 3),
      picture_prompt(2, 5, 13, config, 4), text_prompt(30, config, 5),         picture_prompt(3, 3, 2, config, 6)};
  std::vector<GenerationRequest> requests;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const View view = prompts[i]->images.empty() ? View::text : View::image;
    requests.push_back({prompts[i], {.prompt_index = 100 + i, .view = view, .visit = i % 2}, group});
  }
  return requests;
}

constexpr double kTemperature = 0.8;

SamplingOptions sampling(uint64_t seed = 1) {
  return {.temperature = kTemperature, .max_response_tokens = 14, .seed = seed};
}

struct Outcome {
  std::map<uint64_t, Group> groups;  // by prompt index
  std::vector<uint64_t> order;       // prompt indices as they finished
  GenerationStats stats;
};

Outcome generate(Generator& generator, const std::vector<GenerationRequest>& requests, const SamplingOptions& how) {
  Outcome outcome;
  outcome.stats = generator.generate(requests, how, [&](size_t index, Group&& group) {
    CHECK(group.draw.prompt_index == requests[index].draw.prompt_index);
    outcome.order.push_back(group.draw.prompt_index);
    outcome.groups[group.draw.prompt_index] = std::move(group);
  });
  return outcome;
}

Outcome generate(const std::vector<GenerationRequest>& requests, const SamplingOptions& how, int64_t max_rows = 256) {
  Generator generator(test_model(), options(max_rows));
  return generate(generator, requests, how);
}

bool identical(const Outcome& a, const Outcome& b) {
  if (a.groups.size() != b.groups.size() || a.order != b.order) return false;
  for (const auto& [index, group] : a.groups) {
    for (size_t s = 0; s < group.rollouts.size(); ++s) {
      const Rollout &x = group.rollouts[s], &y = b.groups.at(index).rollouts.at(s);
      if (x.tokens != y.tokens || x.logprobs != y.logprobs || x.finish != y.finish) return false;
    }
  }
  return true;
}

TEST_CASE("rollouts carry the log-probabilities of the training forward, images and text mixed") {
  const auto requests = mixed_requests();
  const Outcome outcome = generate(requests, sampling());
  std::vector<PackedGroup> packed;
  std::vector<float> rollout;
  for (const GenerationRequest& request : requests) {
    PackedGroup& group = packed.emplace_back(PackedGroup{request.prompt.get(), {}});
    for (const Rollout& r : outcome.groups.at(request.draw.prompt_index).rollouts) {
      group.responses.push_back(r.tokens);
      REQUIRE(r.logprobs.size() == r.tokens.size());
      rollout.insert(rollout.end(), r.logprobs.begin(), r.logprobs.end());
    }
  }
  const PackedBatch batch = pack_groups(packed);
  const at::NoGradGuard no_gradients;
  const TokenLogprobs training = test_model().logprobs(test_model().hidden(batch.input), batch.targets, kTemperature);
  const at::Tensor difference = (training.logprobs - at::tensor(rollout)).abs();
  CHECK(difference.max().item<double>() < 1e-4);
  CHECK(rollout.size() > 100);
}

// Whether token `t` of the response could be either of the two: the number drawn lies within 1e-4 of the edge between
// them on the cumulative distribution.
bool on_an_edge(const GenerationRequest& request, const Rollout& rollout, size_t sample, size_t t, int32_t other) {
  const at::NoGradGuard no_gradients;
  const PackedGroup group{request.prompt.get(), {std::span(rollout.tokens).first(t + 1)}};
  const PackedBatch batch = pack_groups(std::span(&group, 1));
  const at::Tensor row = test_model().hidden(batch.input).narrow(0, batch.targets.rows.back(), 1);
  at::Tensor p = at::softmax(test_model().logits(row).to(at::kDouble) / kTemperature, -1).squeeze(0);
  for (int32_t token : banned_tokens()) p[token] = 0;
  const double u =
      RandomKey(1, "rollout",
                {request.draw.prompt_index, static_cast<uint64_t>(request.draw.view), request.draw.visit, sample})
          .uniform(t);
  const int32_t lower = std::min(rollout.tokens[t], other);
  const double edge = p.narrow(0, 0, lower + 1).sum().item<double>() / p.sum().item<double>();
  return std::abs(u - edge) < 1e-4;
}

TEST_CASE("a response depends neither on its neighbours nor on the order nor on the number of rows") {
  const auto requests = mixed_requests();
  const Outcome together = generate(requests, sampling());
  std::vector<Outcome> others = {generate(requests, sampling(), 5), generate(requests, sampling(), 1),
                                 generate({requests.rbegin(), requests.rend()}, sampling())};
  for (const GenerationRequest& request : requests) others.push_back(generate({request}, sampling()));
  for (const Outcome& other : others) {
    for (const auto& [index, group] : other.groups) {
      const GenerationRequest& request = requests[index - 100];
      for (size_t s = 0; s < group.rollouts.size(); ++s) {
        const Rollout &a = together.groups.at(index).rollouts[s], &b = group.rollouts[s];
        const auto [x, y] = std::mismatch(a.tokens.begin(), a.tokens.end(), b.tokens.begin(), b.tokens.end());
        const size_t t = x - a.tokens.begin();
        for (size_t i = 0; i < t; ++i) CHECK(std::abs(a.logprobs[i] - b.logprobs[i]) < 1e-4);
        if (x != a.tokens.end() || y != b.tokens.end()) {
          REQUIRE((x != a.tokens.end() && y != b.tokens.end()));
          CHECK(on_an_edge(request, a, s, t, *y));
        }
      }
    }
  }
}

TEST_CASE("the same call is bit-identical, also by a generator whose caches have held larger calls") {
  const auto requests = mixed_requests();
  const Outcome first = generate(requests, sampling());
  CHECK(identical(first, generate(requests, sampling())));
  Generator used(test_model(), options());
  SamplingOptions longer = sampling(3);
  longer.max_response_tokens = 40;
  generate(used, mixed_requests(9), longer);
  CHECK(identical(first, generate(used, requests, sampling())));
}

TEST_CASE("seed, purpose, visit, view and sample each give other tokens") {
  const auto requests = mixed_requests();
  const Outcome base = generate(requests, sampling());
  CHECK_FALSE(identical(base, generate(requests, sampling(2))));
  SamplingOptions probe = sampling();
  probe.purpose = "probe";
  CHECK_FALSE(identical(base, generate(requests, probe)));
  auto revisited = requests, reviewed = requests;
  for (auto& request : revisited) request.draw.visit += 1;
  for (auto& request : reviewed) request.draw.view = View::caption;
  CHECK_FALSE(identical(base, generate(revisited, sampling())));
  CHECK_FALSE(identical(base, generate(reviewed, sampling())));
  for (const auto& [index, group] : base.groups) CHECK(group.rollouts[0].tokens != group.rollouts[1].tokens);
}

TEST_CASE("finished rows leave at once: no step decodes a row more than its response needs") {
  const auto requests = mixed_requests(8);
  for (int64_t max_rows : {256, 7}) {
    const Outcome outcome = generate(requests, sampling(), max_rows);
    int64_t tokens = 0, prompt_tokens = 0;
    size_t longest = 0;
    std::vector<size_t> lengths;
    for (const GenerationRequest& request : requests) prompt_tokens += request.prompt->tokens.size();
    for (const auto& [index, group] : outcome.groups) {
      for (const Rollout& rollout : group.rollouts) {
        lengths.push_back(rollout.tokens.size());
        tokens += rollout.tokens.size();
        longest = std::max(longest, rollout.tokens.size());
      }
    }
    CHECK(std::count(lengths.begin(), lengths.end(), 14) > 0);
    CHECK(std::count_if(lengths.begin(), lengths.end(), [](size_t n) { return n < 7; }) > 0);
    CHECK(outcome.stats.response_tokens == tokens);
    CHECK(outcome.stats.decoded_rows == tokens - static_cast<int64_t>(lengths.size()));
    CHECK(outcome.stats.prompt_tokens == prompt_tokens);  // once a group
    if (max_rows == 256) {
      CHECK(outcome.stats.prefill_calls == 1);
      CHECK(outcome.stats.decode_steps == static_cast<int64_t>(longest) - 1);
    } else {
      CHECK(outcome.stats.decode_steps >= (outcome.stats.decoded_rows + 6) / 7);
    }
  }
}

TEST_CASE("a group is handed over with its last token, while others still decode") {
  const Outcome outcome = generate(mixed_requests(), sampling());
  std::vector<std::pair<size_t, uint64_t>> expected;  // all start together: the order is that of the longest response
  for (const auto& [index, group] : outcome.groups) {
    size_t longest = 0;
    for (const Rollout& rollout : group.rollouts) longest = std::max(longest, rollout.tokens.size());
    expected.emplace_back(longest, index);
  }
  std::sort(expected.begin(), expected.end());
  for (size_t i = 0; i < expected.size(); ++i) CHECK(outcome.order[i] == expected[i].second);
}

TEST_CASE("a response ends with the first end token, or at the limit, and holds no banned token") {
  const std::vector<int32_t> ends = test_config().end_token_ids, banned = banned_tokens();
  const auto is_in = [](const std::vector<int32_t>& list, int32_t token) {
    return std::find(list.begin(), list.end(), token) != list.end();
  };
  int stopped = 0, cut = 0;
  for (const auto& [index, group] : generate(mixed_requests(8), sampling()).groups) {
    for (const Rollout& rollout : group.rollouts) {
      (rollout.finish == FinishReason::stop ? stopped : cut) += 1;
      CHECK(is_in(ends, rollout.tokens.back()) == (rollout.finish == FinishReason::stop));
      if (rollout.finish == FinishReason::length) CHECK(rollout.tokens.size() == 14);
      for (size_t t = 0; t < rollout.tokens.size(); ++t) {
        CHECK_FALSE(is_in(banned, rollout.tokens[t]));
        if (t + 1 < rollout.tokens.size()) CHECK_FALSE(is_in(ends, rollout.tokens[t]));
      }
    }
  }
  CHECK(stopped > 0);
  CHECK(cut > 0);
}

TEST_CASE("first tokens follow the model's distribution by chi-square") {
  const int64_t draws = 4000;
  const GenerationRequest request{text_prompt(9, test_config(), 1), {.prompt_index = 7}, draws};
  SamplingOptions how = sampling();
  how.max_response_tokens = 1;
  const Outcome outcome = generate({request}, how, 512);
  const RenderedPrompt* prompt = request.prompt.get();
  const PackedInput input = pack_prompts(std::span(&prompt, 1));
  const at::NoGradGuard no_gradients;
  const at::Tensor logits = test_model().logits(test_model().hidden(input).narrow(0, 8, 1)).to(at::kDouble);
  at::Tensor p = at::softmax(logits / kTemperature, -1).squeeze(0);
  for (int32_t token : banned_tokens()) p[token] = 0;
  p = p / p.sum();
  std::vector<double> count(p.size(0), 0);
  for (const Rollout& rollout : outcome.groups.at(7).rollouts) count[rollout.tokens[0]] += 1;
  double chi_square = 0, cells = 0, rest_expected = 0, rest_count = 0;  // cells under 5 expected draws share one
  for (int64_t v = 0; v < p.size(0); ++v) {
    const double expected = draws * p[v].item<double>();
    if (expected < 5) {
      rest_expected += expected;
      rest_count += count[v];
    } else {
      chi_square += (count[v] - expected) * (count[v] - expected) / expected;
      cells += 1;
    }
  }
  if (rest_expected > 0) chi_square += (rest_count - rest_expected) * (rest_count - rest_expected) / rest_expected;
  CHECK(chi_square < cells + 3.72 * std::sqrt(2 * cells) + 10);  // p about 1e-4
  CHECK(cells > 10);
}

TEST_CASE("greedy responses of a group are one response, whatever the seed") {
  SamplingOptions how = sampling();
  how.greedy = true;
  const Outcome a = generate(mixed_requests(2), how);
  how.seed = 99;
  CHECK(identical(a, generate(mixed_requests(2), how)));
  for (const auto& [index, group] : a.groups) CHECK(group.rollouts[0].tokens == group.rollouts[1].tokens);
}

TEST_CASE("an update of the weights between two calls is seen by the second") {
  VisionLanguageModel model = test_model().clone();
  Generator generator(model, options());
  SamplingOptions how = sampling();
  how.greedy = true;
  const auto requests = mixed_requests(1);
  const Outcome before = generate(generator, requests, how);
  const at::NoGradGuard no_gradients;
  for (const auto& [name, tensor] : model.parameters()) tensor.mul_(-1.5);
  const Outcome after = generate(generator, requests, how);
  CHECK_FALSE(identical(before, after));
  Generator fresh(model, options());
  CHECK(identical(after, generate(fresh, requests, how)));
}

TEST_CASE("a generator refuses what it cannot do, and works on after a callback has thrown") {
  const auto requests = mixed_requests();
  GeneratorOptions small = options();
  small.max_prefix_tokens = 20;
  Generator narrow(test_model(), small);
  const OnGroup ignore = [](size_t, Group&&) {};
  CHECK_THROWS_WITH(narrow.generate(std::span(requests).subspan(4, 1), sampling(), ignore),
                    "prompt 104 of the data has 30 tokens, more than the generator's cache holds (20): shorten it, or "
                    "lower data.max_prompt_tokens and filter such prompts (data.prompt_too_long = \"filter\")");
  GeneratorOptions wrong = options();
  wrong.banned_tokens.push_back(10);
  CHECK_THROWS_WITH(Generator(test_model(), wrong),
                    "token 10 ends a response and is banned from sampling as well; take "
                    "it off the list of banned tokens");
  Generator generator(test_model(), options());
  SamplingOptions bad = sampling();
  bad.temperature = 0;
  CHECK_THROWS_WITH(generator.generate(requests, bad, ignore),
                    "temperature = 0: it must be above 0; greedy decoding has its own switch");
  bad = sampling();
  bad.max_response_tokens = 0;
  CHECK_THROWS_WITH(generator.generate(requests, bad, ignore),
                    "max_response_tokens = 0: a response has at least 1 token");
  CHECK_THROWS_WITH(generator.generate(std::vector<GenerationRequest>{{nullptr, {}, 1}}, sampling(), ignore),
                    "generation request 0 has no prompt");
  CHECK_THROWS_WITH(
      generator.generate(requests, sampling(), [](size_t, Group&&) { fail("the reward could not start"); }),
      "the reward could not start");
  CHECK(identical(generate(generator, requests, sampling()), generate(requests, sampling())));
  CHECK(generator.generate({}, sampling(), ignore).response_tokens == 0);
}

}  // namespace
}  // namespace crescent
