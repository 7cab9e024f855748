#include "core/train/evaluator.hpp"

#include "core/imageio/image.hpp"
#include "tests/test_folder.hpp"
#include "tests/train/batches.hpp"
#include "tests/train/scripted.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

// A data set of `records`, of which every second one has a picture and every fourth a caption with it.
Dataset val_records(int64_t count, const std::string& picture) {
  Dataset dataset;
  dataset.path = "val.jsonl";
  for (int64_t i = 0; i < count; ++i) {
    Record record;
    record.id = fmt::format("r{}", i);
    record.problem = fmt::format("{}+1?", i);
    record.answer = fmt::format("{}", i % 3);
    if (i % 2 == 1) {
      record.images = {picture};
      record.problem = "<image>" + record.problem;
    }
    if (i % 4 == 1) record.caption = "caption dots 2";
    dataset.records.push_back(record);
  }
  return dataset;
}

// All that validation needs, with a random tiny-vl.
struct Bench {
  TestFolder folder;
  Dataset val;
  VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  Processor processor{CRESCENT_SOURCE_DIR "/models/tiny-vl", tiny_vl_config()};
  Generator generator;
  std::shared_ptr<ScriptedReward> reward;
  Scorer scorer;
  Collector collector;
  ValidationConfig config;

  Bench(int64_t records, std::function<double(const Sample&)> verdict)
      : folder("evaluator"),
        val(val_records(records, picture())),
        generator(model, {.banned_tokens = processor.banned_tokens()}),
        reward(std::make_shared<ScriptedReward>(std::move(verdict))),
        scorer({{"right", 1, reward}}, {}, 1),
        collector(processor, "You are a helpful assistant.", 200, generator, scorer) {
    config.views = {"text"};
    config.samples = 2;
  }
  std::string picture() {
    std::filesystem::create_directories(folder.path);
    write_png(folder.path + "/dots.png", {56, 56, std::vector<uint8_t>(3 * 56 * 56, 200)});
    return folder.path + "/dots.png";
  }
  NamedValues validate(int64_t step = 0, uint64_t seed = 1) {
    reward->seen.clear();
    return Evaluator(config, 6, seed, val, collector).validate("warm_up", step);
  }
};

}  // namespace

TEST_CASE("accuracy is the share of greedy responses that pass, sampled that of all samples") {
  Bench bench(150, [](const Sample& s) { return s.gold == "0" ? 1.0 : s.index_in_group == 1 ? 2.0 : 0.5; });
  bench.config.views = {"image"};
  const NamedValues values = bench.validate(30);  // 75 pictures: a third has the answer 0
  REQUIRE(values.size() == 2);
  CHECK(values[0].first == "val/image/accuracy");
  CHECK(values[0].second == doctest::Approx(25.0 / 75));
  CHECK(values[1].first == "val/image/sampled");
  CHECK(values[1].second == doctest::Approx((25.0 + 75.0) / 150));  // of the second samples all pass
  CHECK(bench.reward->seen.size() == 75 * 3);
  for (const std::string& sample : bench.reward->seen) CHECK(sample.find("warm_up | 30 | r") == 0);
}

TEST_CASE("more prompts than one call of the generator takes are all judged, once each") {
  Bench bench(300, [](const Sample& s) { return s.record_id == "r298" ? 1.0 : 0.0; });
  bench.config.samples = 0;
  const NamedValues values = bench.validate();
  REQUIRE(values.size() == 1);
  CHECK(values[0].second == doctest::Approx(1.0 / 150));  // 150 records are text alone
  CHECK(bench.reward->seen.size() == 150);
}

TEST_CASE("records that lack a view are left out of it") {
  Bench bench(12, [](const Sample&) { return 1.0; });
  bench.config.samples = 0;
  for (const auto& [view, records] : {std::pair<std::string, size_t>{"text", 6}, {"caption", 3}, {"image", 6}}) {
    CAPTURE(view);
    bench.config.views = {view};
    CHECK(bench.validate().at(0).second == 1);
    CHECK(bench.reward->seen.size() == records);
  }
  bench.config.views = {"image", "text"};
  bench.config.prompts = 4;  // of each view
  CHECK(bench.validate().at(1).first == "val/text/accuracy");
  CHECK(bench.reward->seen.size() == 8);
}

TEST_CASE("every validation of a run meets the same random numbers, another seed others") {
  Bench bench(8, [](const Sample&) { return 0.0; });
  bench.config.temperature = 3;
  bench.validate();
  const auto first = bench.reward->seen;
  bench.validate();
  CHECK(bench.reward->seen == first);
  bench.validate(0, 2);
  CHECK(bench.reward->seen != first);
}

TEST_CASE("a sample that could not be judged neither passes nor fails, and is counted") {
  Bench bench(8, [](const Sample& s) { return s.record_id == "r0" ? std::nan("") : s.record_id == "r2" ? 0.0 : 1.0; });
  const NamedValues values = bench.validate();  // r0, r2, r4, r6: greedy once, sampled twice
  REQUIRE(values.size() == 3);
  CHECK(values[0].second == doctest::Approx(2.0 / 3));
  CHECK(values[1].second == doctest::Approx(2.0 / 3));
  CHECK(values[2].first == "val/text/failed");
  CHECK(values[2].second == 3);
}

TEST_CASE("where no sample has a verdict there is no accuracy") {
  Bench bench(8, [](const Sample&) { return 1.0; });
  bench.config.samples = 0;
  bench.reward->applies = [](const Sample& s) { return s.record_id == "r2"; };
  NamedValues values = bench.validate();
  CHECK(value_or_nan(values, "val/text/accuracy") == 1);
  CHECK(value_or_nan(values, "val/text/unscored") == 3);
  CHECK(!find_value(values, "val/text/failed"));
  bench.reward->applies = [](const Sample&) { return false; };
  values = bench.validate();
  CHECK(std::isnan(find_value(values, "val/text/accuracy").value()));
  CHECK(value_or_nan(values, "val/text/unscored") == 4);
}

TEST_CASE("a view that no record has is an error that names file and view") {
  Bench bench(1, [](const Sample&) { return 1.0; });
  bench.config.views = {"text", "image"};
  CHECK(error_of([&] { bench.validate(); }) ==
        "val.jsonl: no record has what the image view needs, which validate.views asks for");
  bench.config.views = {"picture"};
  CHECK(error_of([&] { bench.validate(); }).find("\"picture\"") != std::string::npos);
}
