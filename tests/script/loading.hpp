// A script of one test, loaded from a folder of its own.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "core/base/error.hpp"
#include "core/script/experiment.hpp"
#include "core/script/script_host.hpp"
#include "tests/script/scratch.hpp"

namespace crescent {

inline const std::string kHead =
    "local crescent = import 'crescent'\nlocal run = crescent.run { seed = 3 }\nrun:grpo { pass = { reward = 'r' } }\n"
    "run:phase { 'main', view = 'image', steps = 5 }\n";

inline LoadedExperiment load(const Scratch& scratch, const std::string& body, const std::string& head = kHead,
                             const LoadOptions& options = {}) {
  scratch.write("experiment.lua", head + body + "\nreturn run\n");
  return load_experiment(scratch.path(), {}, options);
}

inline Score score_one(const LoadedExperiment& loaded, Sample sample) {
  Score score;
  make_lua_reward(loaded.host, loaded.config.rewards.at(0))->score({&sample, 1}, {&score, 1});
  return score;
}

inline std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::run);
    return error.what();
  }
  return "no error";
}

inline const std::string kReward = "run:reward { 'r', score = function(s) return 1 end }\n";

}  // namespace crescent
