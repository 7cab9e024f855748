// A sweep's directory with the numbers a test gives it.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/findings/sweep_files.hpp"
#include "tests/test_folder.hpp"

namespace crescent {

inline constexpr const char* kMetric = "val/image/accuracy";

// Cells of factors lambda (0, 0.5) and warm (20, 40) over some seeds; each trains 100 steps, the first `warm` of them
// shared by the lambdas.
struct MadeSweep : TestFolder {
  using Value = std::function<std::optional<double>(double lambda, int warm, int64_t seed)>;  // nothing: it failed
  Json plan, tree = {{"edges", Json::array()}};
  std::string results;

  MadeSweep(const std::vector<int64_t>& seeds, const Json& baseline, const Value& value,
            const std::vector<int>& warms = {20, 40})
      : TestFolder("sweep") {
    plan = {{"name", "made"}, {"seeds", seeds}, {"baseline", baseline}, {"metrics", {kMetric}}};
    plan["factors"] = {{{"name", "lambda"}, {"values", {0, 0.5}}}, {{"name", "warm"}, {"values", warms}}};
    plan["cells"] = Json::array();
    for (const int warm : warms)
      for (const int64_t seed : seeds) {
        const std::string stem = fmt::format("stem-{}-{}", warm, seed);
        Json keys = Json::array();
        for (const double lambda : {0.0, 0.5}) keys.push_back(add_cell(lambda, warm, seed, value(lambda, warm, seed)));
        add_edge(stem, Json(), 0, warm, keys);
        for (const auto& key : keys) add_edge(key, stem, warm, 100, {key});
      }
    write();
  }

  void write() const {
    make_folders(path);
    write_file_atomically(path + "/sweep.json", plan.dump());
    write_file_atomically(path + "/tree.json", tree.dump());
    write_file_atomically(path + "/results.jsonl", results);
  }
  SweepFiles read() const { return read_sweep_files(path); }

 private:
  std::string add_cell(double lambda, int warm, int64_t seed, std::optional<double> value) {
    const std::string key = fmt::format("lambda={},warm={},seed={}", lambda, warm, seed);
    const Json params = {{"lambda", lambda}, {"warm", warm}};
    plan["cells"].push_back({{"key", key},
                             {"params", params},
                             {"seed", seed},
                             {"directory", "cells/" + key},
                             {"state", value ? "finished" : "failed"},
                             {"error", value ? "" : "the disk is full"}});
    if (value)
      results +=
          Json{{"cell", key}, {"params", params}, {"seed", seed}, {"steps", 100}, {"values", {{kMetric, *value}}}}
              .dump() +
          "\n";
    return key;
  }
  void add_edge(const std::string& id, const Json& parent, int from, int to, const Json& keys) {
    tree["edges"].push_back({{"id", id},
                             {"parent", parent},
                             {"from_step", from},
                             {"to_step", to},
                             {"cells", keys},
                             {"state", "done"},
                             {"split", "lambda"}});
  }
};

}  // namespace crescent
