// What acts in every step of a run and stands in no configuration: hashes of program, data, model, scripts, plugins.
#pragma once

#include <map>
#include <string>

#include "core/app/resources.hpp"
#include "core/base/task.hpp"
#include "core/experiment/hash_chain.hpp"
#include "core/experiment/run_config.hpp"
#include "core/plugin/search.hpp"

namespace crescent {

// `model`: ModelSource::hash. `program` is left empty.
Environment environment_of(const RunConfig& config, const std::string& scripts, const std::string& model,
                           const std::string& data_folder, const PluginSearch& search, int threads,
                           const std::string& device);

// The same of many runs of one experiment: data, model and plugins that several have are looked at once. [main-thread]
class Environments {
 public:
  // `on_progress` is told where data have to be made first.
  Environments(const Resources& resources, std::string scripts, int threads, std::string device,
               OnProgress on_progress = {});
  Environment of(const RunConfig& config, const PluginSearch& search);

 private:
  const Resources& resources_;
  std::string scripts_, device_, program_, isa_;
  int threads_;
  OnProgress on_progress_;
  std::map<std::string, std::string> data_, model_;  // by what they follow from
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> plugins_;
};

}  // namespace crescent
