#include "core/app/result_table.hpp"

#include <doctest/doctest.h>

#include "core/base/files.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

namespace {

std::string table_of(const std::string& metrics, const RunConfig& config) {
  TestFolder folder("result_table");
  make_folders(folder.path);
  write_file_atomically(folder.path + "/metrics.jsonl", metrics);
  return result_table(config, folder.path);
}

RunConfig two_views() {
  RunConfig config;
  config.validation.views = {"text", "image"};
  return config;
}

}  // namespace

TEST_CASE("the result table has the last validation of the start, the cold start and each phase") {
  const std::string metrics =
      R"({"step":0,"phase":"cold_start","val/text/accuracy":0,"val/text/sampled":0.0125,"val/image/accuracy":0.03,"val/image/sampled":0.02}
{"step":1,"phase":"cold_start","sft/loss":3.1}
{"step":2,"phase":"cold_start","sft/loss":2.1,"val/text/accuracy":0.25,"val/text/sampled":0.2,"val/image/accuracy":0.1,"val/image/sampled":0.1}
{"step":3,"phase":"words","view":"text","reward":0.5,"val/text/accuracy":0.3,"val/text/sampled":0.3,"val/image/accuracy":0.1,"val/image/sampled":0.1}
{"step":4,"phase":"words","view":"text","reward":0.5,"val/text/accuracy":0.5,"val/text/sampled":0.41,"val/image/accuracy":0.12,"val/image/sampled":0.11}
{"step":5,"phase":"pictures","view":"image","reward":0.5}
{"step":6,"phase":"pictures","view":"image","reward":0.5,"val/text/accuracy":0.55,"val/text/sampled":0.5,"val/image/accuracy":1,"val/image/sampled":0.9996}
)";
  CHECK(table_of(metrics, two_views()) ==
        "accuracy in per cent        step            text           image\n"
        "before training                0       0.0 (1.2)       3.0 (2.0)\n"
        "after the cold start           2     25.0 (20.0)     10.0 (10.0)\n"
        "after words                    4     50.0 (41.0)     12.0 (11.0)\n"
        "after pictures                 6     55.0 (50.0)   100.0 (100.0)\n"
        "greedy; in brackets the mean of 4 samples; held-out records\n");
}

TEST_CASE("greedy accuracy alone has no brackets, and what was not measured is a dash") {
  RunConfig config = two_views();
  config.validation.samples = 0;
  CHECK(table_of("{\"step\":4,\"phase\":\"words\",\"val/text/accuracy\":0.5,\"val/image/accuracy\":null}\n", config) ==
        "accuracy in per cent        step            text           image\n"
        "after words                    4            50.0               -\n"
        "greedy; held-out records\n");
}

TEST_CASE("a phase that the run comes back to has a row for each stay") {
  RunConfig config = two_views();
  config.validation.views = {"text"};
  config.validation.samples = 0;
  CHECK(table_of("{\"step\":1,\"phase\":\"a\",\"val/text/accuracy\":0.1}\n"
                 "{\"step\":2,\"phase\":\"b\",\"val/text/accuracy\":0.2}\n"
                 "{\"step\":3,\"phase\":\"a\",\"val/text/accuracy\":0.3}\n",
                 config) ==
        "accuracy in per cent        step            text\n"
        "after a                        1            10.0\n"
        "after b                        2            20.0\n"
        "after a                        3            30.0\n"
        "greedy; held-out records\n");
}

TEST_CASE("the table tells how many groups had a signal, and what choosing prompts can gain at most") {
  const auto signal = [](const std::string& metrics) {
    RunConfig config;
    config.validation.views = {"text"};
    const std::string table = table_of(metrics, config);
    return table.substr(table.rfind("Groups"));
  };
  CHECK(signal("{\"step\":1,\"phase\":\"a\",\"zero_variance_groups\":0.5}\n"
               "{\"step\":2,\"phase\":\"a\",\"zero_variance_groups\":0.7}\n"
               "{\"step\":3,\"phase\":\"b\",\"zero_variance_groups\":0}\n") ==
        "Groups with a signal (rewards not all equal): a 40 %, b 100 %. A sampler that chose only such prompts would "
        "have "
        "at most 150 % more.\n");
  CHECK(signal("{\"step\":1,\"phase\":\"a\",\"zero_variance_groups\":0.1}\n") ==
        "Groups with a signal (rewards not all equal): 90 %. A sampler that chose only such prompts would have at most "
        "11 % more; variance-aware sampling cannot help much here.\n");
  CHECK(signal("{\"step\":1,\"phase\":\"a\",\"zero_variance_groups\":1}\n") ==
        "Groups with a signal (rewards not all equal): 0 %.\n");
}
