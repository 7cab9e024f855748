#include "core/app/data_source.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "tests/test_folder.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

template <class F>
std::string error_of(F call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

std::string rl_line(int id, int words) {
  std::string problem;
  for (int i = 0; i < words; ++i) problem += "7";
  return fmt::format("{{\"id\":\"r{}\",\"problem\":\"{}\",\"answer\":\"1\"}}\n", id, problem);
}

std::string sft_line(int id, int words) {
  return fmt::format("{{\"id\":\"s{}\",\"problem\":\"{}\",\"response\":\"1\"}}\n", id, std::string(words, '7'));
}

// A folder of records that an experiment names as its data.
struct Bench {
  TestFolder folder{"data_source"};
  Processor processor{CRESCENT_SOURCE_DIR "/models/tiny-vl", tiny_vl_config()};
  RunConfig config;
  Log log;

  Bench() {
    make_folders(folder.path + "/mine");
    log.show(LogLevel::error, {});
    log.open(folder.path + "/log.txt");
    config.folder = folder.path;
    config.data.source = "mine";
    config.data.max_prompt_tokens = 60;
    config.phases.push_back({.name = "words", .view = View::text});
    config.validation.views = {"text"};
    write("train.jsonl", rl_line(1, 3) + rl_line(2, 4));
    write("val.jsonl", rl_line(3, 3));
  }
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = folder.path + "/mine/" + name;
    write_file_atomically(path, content);
    return path;
  }
  Datasets load() { return load_data(config, locate_data(config, {}), processor, log).data; }
  // The prompt's length without its problem, whose digits are a token each.
  int64_t frame() { return processor.prompt_size({"7", {}, "r"}, config.system).tokens - 1; }
};

}  // namespace

TEST_CASE("a data folder is looked for from the experiment's, and named when it is not there") {
  Bench bench;
  CHECK(locate_data(bench.config, {}) == bench.folder.path + "/mine");
  bench.config.data.source = "../nowhere";
  CHECK(error_of([&] { bench.load(); }) ==
        std::filesystem::path(bench.folder.path).parent_path().string().insert(0, "data: ") +
            "/nowhere is not a folder; give \"shapes\" or a folder with train.jsonl and val.jsonl");
}

TEST_CASE("built-in data is made once for each seed and size") {
  Bench bench;
  bench.config.data = {.source = "shapes", .count = 20, .val_count = 12, .sft_count = 4};
  bench.config.seed = 5;
  const Resources resources{.root = "", .plugin_folders = {}, .cache = bench.folder.path + "/cache"};
  const std::string made = locate_data(bench.config, resources);
  CHECK(made == bench.folder.path + "/cache/data/shapes-5-20-12-4-even");
  const auto time = std::filesystem::last_write_time(made + "/train.jsonl");
  CHECK(locate_data(bench.config, resources) == made);
  CHECK(std::filesystem::last_write_time(made + "/train.jsonl") == time);
  bench.config.seed = 6;
  CHECK(hash_data(bench.config, locate_data(bench.config, resources)) != hash_data(bench.config, made));
}

TEST_CASE("prompts that are too long are listed with their lines before anything trains") {
  Bench bench;
  const int64_t frame = bench.frame();
  bench.config.data.max_prompt_tokens = frame + 5;
  const std::string train = bench.write("train.jsonl", rl_line(1, 5) + rl_line(2, 6) + rl_line(3, 2) + rl_line(4, 9));
  CHECK(error_of([&] { bench.load(); }) ==
        fmt::format("{0}: 2 of 4 records have a prompt of more than {1} tokens; raise data.max_prompt_tokens or set "
                    "data.prompt_too_long = \"filter\":\n"
                    "  {0}:2: record \"r2\": {2} tokens in the text view\n"
                    "  {0}:4: record \"r4\": {3} tokens in the text view",
                    train, frame + 5, frame + 6, frame + 9));

  std::string many;
  for (int i = 0; i < 25; ++i) many += rl_line(i, 6);
  bench.write("train.jsonl", many);
  const std::string error = error_of([&] { bench.load(); });
  CHECK(error.find("25 of 25 records have a prompt of more than") != std::string::npos);
  CHECK(error.find("; the first 10:\n") != std::string::npos);
  CHECK(error.find(":10: record \"r9\"") != std::string::npos);
  CHECK(error.find(":11: record") == std::string::npos);
}

TEST_CASE("prompts that are too long are filtered and counted where that is asked for") {
  Bench bench;
  bench.config.data.max_prompt_tokens = bench.frame() + 5;
  bench.config.data.prompt_too_long = "filter";
  const std::string train = bench.write("train.jsonl", rl_line(1, 5) + rl_line(2, 6) + rl_line(3, 2));
  const Datasets data = bench.load();
  REQUIRE(data.train.records.size() == 2);
  CHECK(data.train.records[1].id == "r3");
  CHECK(data.train.filtered == 1);
  CHECK(data.val.filtered == 0);
  const std::string log = read_file(bench.folder.path + "/log.txt");
  CHECK(log.find(fmt::format("warning {}: 1 of 3 records left out: prompt longer than {} tokens\n", train,
                             bench.config.data.max_prompt_tokens)) != std::string::npos);
  CHECK(log.find(fmt::format("info    {}: 2 of 2 records have the text view\n", train)) != std::string::npos);

  const std::string val = bench.write("val.jsonl", rl_line(1, 50));
  CHECK(error_of([&] { bench.load(); }) == fmt::format("{}: no record is left: every prompt is longer than {} tokens",
                                                       val, bench.config.data.max_prompt_tokens));
}

TEST_CASE("prompts of the cold start are held to the same limit, before it begins") {
  Bench bench;
  bench.config.data.max_prompt_tokens = bench.frame() + 5;
  const std::string sft = bench.write("sft.jsonl", sft_line(1, 5) + sft_line(2, 8));
  CHECK(error_of([&] { bench.load(); }) == "");  // no cold start, no sft.jsonl
  bench.config.sft.steps = 1;
  CHECK(error_of([&] { bench.load(); }).find(sft + ":2: record \"s2\": ") != std::string::npos);
  CHECK(error_of([&] { bench.load(); }).find(" tokens in the cold start") != std::string::npos);
  bench.config.data.prompt_too_long = "filter";
  CHECK(bench.load().sft.records.size() == 1);
}

TEST_CASE("only the views that a run shows count") {
  Bench bench;
  bench.config.data.max_prompt_tokens = bench.frame() + 5;
  bench.write("train.jsonl", rl_line(1, 5) + rl_line(2, 60));
  CHECK(error_of([&] { bench.load(); }).find("record \"r2\"") != std::string::npos);
  bench.write("train.jsonl", rl_line(1, 5));
  bench.write("val.jsonl", rl_line(3, 60));
  bench.config.validation.views = {"image"};
  CHECK(error_of([&] { bench.load(); }) == "");
}

TEST_CASE("a phase whose view no record has is refused at its line, before anything trains") {
  Bench bench;
  bench.config.phases.push_back({.name = "pictures", .view = View::image, .place = {"experiment.lua", 12}});
  CHECK(error_of([&] { bench.load(); }) ==
        "experiment.lua:12: phase \"pictures\" shows the image view, but no record of " + bench.folder.path +
            "/mine/train.jsonl has what it needs");
}

TEST_CASE("the hash of the data follows the files that the run reads") {
  Bench bench;
  bench.write("sft.jsonl", sft_line(1, 2));
  const std::string folder = bench.folder.path + "/mine";
  const std::string before = hash_data(bench.config, folder);
  bench.write("sft.jsonl", sft_line(1, 3));
  CHECK(hash_data(bench.config, folder) == before);
  bench.write("val.jsonl", rl_line(3, 4));
  const std::string after = hash_data(bench.config, folder);
  CHECK(after != before);
  bench.config.sft.steps = 1;
  CHECK(hash_data(bench.config, folder) != after);
}
