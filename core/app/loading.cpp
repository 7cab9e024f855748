#include "core/app/loading.hpp"

#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"

namespace crescent {

std::string run_folder(const RunRequest& request, const RunConfig& config) {
  return request.out.empty() ? "runs/" + config.name : request.out;
}

RunContents contents_of(const LoadedExperiment& loaded) {
  RunContents contents;
  contents.config_toml = write_toml(write_run(loaded.config));
  for (const ScriptFile& file : loaded.files) contents.experiment.emplace_back(file.path, file.content);
  return contents;
}

}  // namespace crescent
