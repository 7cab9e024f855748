// What the tests of rewards outside the process share.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/flow/roles.hpp"
#include "core/remote/supervisor.hpp"
#include "tests/plugin/building.hpp"

namespace crescent::testing {

inline WorkerLimits some_limits() { return {CRESCENT_BINARY_DIR "/crescent-worker", 60000, 60000, 1024, 1}; }

// Judges responses of one group of record "r-7"; the gold answer is "8".
inline std::vector<Score> scores_of(Reward& reward, const std::vector<std::string>& responses) {
  std::vector<Sample> samples;
  for (size_t i = 0; i < responses.size(); ++i) {
    Sample s;
    s.prompt = "How many?";
    s.response = responses[i];
    s.gold = "8";
    s.columns_json = R"({"kind":"dice","level":3})";
    s.record_id = "r-7";
    s.group_id = 2;
    s.index_in_group = static_cast<uint32_t>(i);
    s.token_count = 5;
    samples.push_back(s);
  }
  std::vector<Score> scores(samples.size());
  reward.score(samples, scores);
  return scores;
}

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

struct KeptLog {
  Log log;
  std::vector<std::pair<LogLevel, std::string>> lines;
  KeptLog() {
    log.show(LogLevel::debug, [this](LogLevel level, std::string_view text) { lines.emplace_back(level, text); });
  }
  bool has(const std::string& text) const {
    for (const auto& [level, line] : lines)
      if (line.find(text) != std::string::npos) return true;
    return false;
  }
};

inline std::string write_text(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  return path;
}

}  // namespace crescent::testing
