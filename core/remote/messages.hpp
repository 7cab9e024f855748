// The messages of frames.hpp that are more than samples and scores.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "core/config/value.hpp"
#include "core/plugin/options.hpp"
#include "core/plugin/services.hpp"
#include "core/remote/frames.hpp"

namespace crescent {

// A plugin's description of its options as it arrives from a worker: owns what crescent_options points to.
class DescribedOptions {
 public:
  explicit DescribedOptions(FrameReader& frame);
  DescribedOptions(const DescribedOptions&) = delete;
  DescribedOptions& operator=(const DescribedOptions&) = delete;
  const crescent_options& get() const { return all_; }

 private:
  const char* keep(std::string_view text);
  crescent_value value(FrameReader& frame);
  std::deque<std::string> texts_;
  std::deque<std::vector<const char*>> lists_;
  std::deque<std::vector<crescent_value>> values_;
  std::vector<crescent_option> options_;
  std::vector<crescent_preset> presets_;
  crescent_options all_{};
};
void put_options(FrameWriter& frame, const crescent_options& options);

// What a worker makes its reward from.
struct CreateMessage {
  std::string path, name;  // of the library; of the reward in metrics
  Table options;           // scalars only, as resolve_options gives them
  uint64_t seed = 0;
  bool metrics = false;             // whether the run has each service
  std::optional<uint64_t> records;  // of crescent.dataset
  std::optional<ValidationPlan> validation;
};
void put_create(FrameWriter& frame, const CreateMessage& message);
CreateMessage get_create(FrameReader& frame);

// What the plugin did besides answering.
struct Notes {
  std::vector<std::pair<LogLevel, std::string>> log;
  std::map<std::string, std::vector<double>> metrics;
  bool retire = false;  // the worker's memory is near its limit: a fresh one should take its place
};
void put_notes(FrameWriter& frame, const Notes& notes);
Notes get_notes(FrameReader& frame);

}  // namespace crescent
