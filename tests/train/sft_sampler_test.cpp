#include "core/train/sft_sampler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.hpp"

using namespace crescent;

namespace {

// `counts` records of each kind, one kind after another.
Dataset records_of(const std::vector<std::pair<std::string, int>>& counts) {
  Dataset dataset;
  dataset.path = "sft.jsonl";
  for (const auto& [kind, count] : counts)
    for (int i = 0; i < count; ++i) {
      Record record;
      record.kind = kind;
      dataset.records.push_back(record);
    }
  return dataset;
}

SftConfig mix_of(const std::vector<std::pair<std::string, double>>& mix) {
  SftConfig config;
  config.mix = mix;
  return config;
}

std::vector<uint64_t> draw_all(SftSampler& sampler, int64_t from, int64_t to, int64_t batch) {
  std::vector<uint64_t> drawn;
  for (int64_t step = from; step <= to; ++step)
    for (const uint64_t i : sampler.draw(step, batch)) drawn.push_back(i);
  return drawn;
}

std::string error_of(const Dataset& dataset, const SftConfig& config) {
  try {
    SftSampler(dataset, config, 1);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("each kind of record has its share of the mix, whatever the shares add up to") {
  const Dataset dataset = records_of({{"text", 50}, {"describe", 7}, {"image", 30}, {"caption", 20}});
  SftSampler sampler(dataset, mix_of({{"text", 1}, {"image", 5}, {"caption", 0}, {"describe", 4}}), 1);
  std::map<std::string, double> seen;
  const auto drawn = draw_all(sampler, 1, 200, 50);
  for (const uint64_t i : drawn) ++seen[dataset.records[i].kind];
  CHECK(seen.count("caption") == 0);
  const double n = static_cast<double>(drawn.size());
  const auto term = [&](const std::string& kind, double share) {
    return (seen[kind] - share * n) * (seen[kind] - share * n) / (share * n);
  };
  CHECK(term("text", 0.1) + term("image", 0.5) + term("describe", 0.4) < 13.8);  // chi-square, 2 degrees, p = 0.001
}

TEST_CASE("every record of a kind is shown once before any of them twice, in a new order each time") {
  const Dataset dataset = records_of({{"a", 13}, {"b", 5}});
  SftSampler sampler(dataset, mix_of({{"a", 1}, {"b", 1}}), 3);
  std::map<std::string, std::vector<uint64_t>> by_kind;
  for (const uint64_t i : draw_all(sampler, 1, 40, 7)) by_kind[dataset.records[i].kind].push_back(i);
  for (const auto& [kind, size] : {std::pair<std::string, size_t>{"a", 13}, {"b", 5}}) {
    CAPTURE(kind);
    const auto& drawn = by_kind[kind];
    REQUIRE(drawn.size() > 3 * size);
    std::set<std::vector<uint64_t>> orders;
    for (size_t begin = 0; begin + size <= drawn.size(); begin += size) {
      const std::vector<uint64_t> epoch(drawn.begin() + begin, drawn.begin() + begin + size);
      CHECK(std::set<uint64_t>(epoch.begin(), epoch.end()).size() == size);
      orders.insert(epoch);
    }
    CHECK(orders.size() > 1);
  }
}

TEST_CASE("without a mix all records are one kind") {
  const Dataset dataset = records_of({{"a", 3}, {"b", 4}, {"", 2}});
  SftSampler sampler(dataset, {}, 1);
  const auto drawn = draw_all(sampler, 1, 3, 3);
  CHECK(std::set<uint64_t>(drawn.begin(), drawn.end()).size() == 9);
}

TEST_CASE("a sampler restored in the middle of an epoch draws what the first one would have") {
  const Dataset dataset = records_of({{"a", 13}, {"b", 5}});
  const SftConfig config = mix_of({{"a", 2}, {"b", 1}});
  SftSampler whole(dataset, config, 9);
  draw_all(whole, 1, 11, 4);
  const std::string state = whole.save_state();
  SftSampler resumed(dataset, config, 9), fresh(dataset, config, 9);
  resumed.load_state(state);
  CHECK(resumed.save_state() == state);
  const auto rest = draw_all(whole, 12, 60, 4);
  CHECK(draw_all(resumed, 12, 60, 4) == rest);
  CHECK(draw_all(fresh, 12, 60, 4) != rest);  // the state is what made the difference
}

TEST_CASE("the seed decides the order") {
  const Dataset dataset = records_of({{"a", 20}});
  SftSampler one(dataset, {}, 1), again(dataset, {}, 1), other(dataset, {}, 2);
  const auto drawn = draw_all(one, 1, 2, 10);
  CHECK(draw_all(again, 1, 2, 10) == drawn);
  CHECK(draw_all(other, 1, 2, 10) != drawn);
}

TEST_CASE("a kind that no record has is an error with the nearest or all kinds") {
  const Dataset dataset = records_of({{"text", 2}, {"image", 2}, {"", 1}});
  CHECK(error_of(dataset, mix_of({{"text", 1}, {"imagee", 1}})) ==
        "sft: the mix asks for records of kind \"imagee\", but sft.jsonl has none; did you mean \"image\"?");
  CHECK(error_of(dataset, mix_of({{"describe", 1}})) ==
        "sft: the mix asks for records of kind \"describe\", but sft.jsonl has none; known: (no kind), image, text");
  CHECK(error_of(dataset, mix_of({{"text", 1}, {"describe", 0}})) == "");  // a share of 0 asks for nothing
}

TEST_CASE("a saved state of another mix is refused") {
  const Dataset dataset = records_of({{"a", 3}, {"b", 3}});
  SftSampler a(dataset, mix_of({{"a", 1}}), 1), b(dataset, mix_of({{"b", 1}}), 1);
  try {
    b.load_state(a.save_state());
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("saved state of the cold start: ") == 0);
    CHECK(std::string(e.what()).find("\"b\"") != std::string::npos);
  }
}
