#include "core/app/model_source.hpp"

#include <ATen/ops/equal.h>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "tests/test_folder.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

struct Bench {
  TestFolder folder{"model_source"};
  Resources resources{.root = CRESCENT_SOURCE_DIR, .plugin_folders = {}, .cache = ""};
  RunConfig config;
  Log log;
  Bench() {
    make_folders(folder.path);
    config.folder = folder.path;
  }
  ModelSource locate(const std::string& model) {
    config.model = model;
    return locate_model(config, resources, log);
  }
  std::string error_of(const std::string& model) {
    try {
      locate(model);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return e.what();
    }
    return "";
  }
  void write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder.path + "/" + name;
    make_folders(path.parent_path().string());
    write_file_atomically(path.string(), content);
  }
};

bool same_weights(const VisionLanguageModel& a, const VisionLanguageModel& b) {
  const NamedTensors left = a.parameters(), right = b.parameters();
  for (size_t i = 0; i < left.size(); ++i)
    if (!at::equal(left[i].second, right[i].second)) return false;
  return true;
}

}  // namespace

TEST_CASE("a preset's weights follow from the run's seed, and so does its hash") {
  Bench bench;
  const ModelSource one = bench.locate("tiny-vl");
  CHECK(one.preset);
  CHECK(one.folder == CRESCENT_SOURCE_DIR "/models/tiny-vl");
  const VisionLanguageModel first = initial_weights(bench.config, one);
  CHECK(same_weights(first, initial_weights(bench.config, one)));
  bench.config.seed = 2;
  CHECK(bench.locate("tiny-vl").hash != one.hash);
  CHECK(!same_weights(first, initial_weights(bench.config, one)));
}

TEST_CASE("a model that is neither a preset nor a directory is an error with the nearest preset") {
  Bench bench;
  CHECK(bench.error_of("tiny-vll") ==
        "model: tiny-vll is neither a preset (tiny-vl) nor a directory; did you mean \"tiny-vl\"?");
  CHECK(bench.error_of("../models/Qwen2.5-VL-3B") ==
        fmt::format("model: ../models/Qwen2.5-VL-3B is neither a preset (tiny-vl) nor a directory: there is no {}; "
                    "nothing is downloaded, so name the folder of a checkpoint that you have",
                    std::filesystem::path(bench.folder.path + "/../models/Qwen2.5-VL-3B").lexically_normal().string()));
}

TEST_CASE("a Hugging Face directory is meant relative to the experiment, with the weights it holds") {
  Bench bench;
  const VisionLanguageModel saved = VisionLanguageModel::random(tiny_vl_config(), 9);
  make_folders(bench.folder.path + "/own");
  saved.save_weights(bench.folder.path + "/own");
  const ModelSource source = bench.locate("own");
  CHECK(!source.preset);
  CHECK(source.folder == bench.folder.path + "/own");
  CHECK(same_weights(initial_weights(bench.config, source), saved));
  CHECK(bench.locate(bench.folder.path + "/own").hash == source.hash);
  VisionLanguageModel::random(tiny_vl_config(), 8).save_weights(bench.folder.path + "/own");
  CHECK(bench.locate("own").hash != source.hash);
}

TEST_CASE("a run without a whole checkpoint has no model to start from") {
  Bench bench;
  bench.write("old/config.toml", "");
  bench.write("old/manifest.json", "{}");
  CHECK(bench.error_of("old") == fmt::format("model: the run {}/old has no whole checkpoint yet", bench.folder.path));
}

TEST_CASE("a checkpoint gets the processor's files and keeps its own configuration") {
  Bench bench;
  bench.write("from/tokenizer.json", "tokenizer");
  bench.write("from/chat_template.jinja", "template");
  bench.write("from/merges.txt", "merges");
  bench.write("from/config.json", "theirs");
  bench.write("from/generation_config.json", "theirs");
  bench.write("from/model.safetensors", "weights");
  bench.write("from/model.safetensors.index.json", "index");
  bench.write("from/nested/other.json", "other");
  bench.write("to/config.json", "mine");
  copy_processor_files(bench.folder.path + "/from", bench.folder.path + "/to");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(bench.folder.path + "/to"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"chat_template.jinja", "config.json", "merges.txt", "tokenizer.json"});
  CHECK(read_file(bench.folder.path + "/to/config.json") == "mine");
}
