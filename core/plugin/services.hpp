// What the host offers a plugin: log, keyed random numbers, metrics, the fields of the training records.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/log.hpp"
#include "core/flow/metrics.hpp"

namespace crescent {

// Gathers the numbers plugins record during a step. The result does not depend on the order in which workers recorded
// them. [any thread]
class MetricCollector {
 public:
  void record(const std::string& name, double value);
  // What is recorded while it is off is dropped: held-out samples are no part of a training step's means.
  void set_recording(bool on);
  // Mean of each name's values since the last call, sorted by name; forgets them.
  NamedValues take();
  // Every value since the last call, sorted by name; forgets them. What a worker process hands on.
  std::map<std::string, std::vector<double>> take_all();

 private:
  std::mutex mutex_;
  bool recording_ = true;
  std::map<std::string, std::vector<double>> values_;
};

struct DatasetAccess {  // [any thread]; left empty: plugins are told there is no such service
  std::function<uint64_t()> count;
  // The field's text (JSON where it is not text), or nothing when the record has no such field.
  std::function<std::optional<std::string>(uint64_t prompt_index, std::string_view field)> field;
};

// What a run's validation measures.
struct ValidationPlan {
  std::vector<std::string> names;  // "val/image/accuracy", ...
  int64_t every = 0;               // steps; 0: only before training and at the boundaries of phases
};

struct HostServices {
  uint64_t seed = 0;   // the run's
  Log* log = nullptr;  // null: messages are dropped
  MetricCollector* metrics =
      nullptr;  // null: no such service. Names: "sampler/...", "curriculum/...", "plugin/<reward>/..."
  DatasetAccess dataset;
  std::optional<ValidationPlan> validation;  // empty: plugins are told there is no such service
  std::vector<std::string> phases;           // names, in order; likewise
  std::string phase;                         // of a curriculum: the one it is made for; likewise
};

}  // namespace crescent
