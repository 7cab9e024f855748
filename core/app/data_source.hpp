// Where a run's records come from: the built-in data set (made on first use) or the user's files.
#pragma once

#include <map>
#include <string>

#include "core/app/resources.hpp"
#include "core/base/log.hpp"
#include "core/base/task.hpp"
#include "core/data/view.hpp"
#include "core/experiment/run_config.hpp"
#include "core/plan/data_sizes.hpp"
#include "core/plugin/services.hpp"
#include "core/processor/processor.hpp"
#include "core/train/parts.hpp"

namespace crescent {

// The folder that holds config.data's files. "shapes" is made under the run's seed below resources.cache when it is not
// there yet; anything else is a folder, relative to the experiment's. Throws usage Error when there is none.
std::string locate_data(const RunConfig& config, const Resources& resources, const OnProgress& on_progress = {});

struct LoadedData {
  Datasets data;
  DataSizes sizes;  // of the prompts that the run's phases, validation and cold start make of them
};

std::string data_folder(
    const RunConfig& config);  // of data that is not "shapes"; throws usage Error when there is none

// Reads train and val, and sft where there is a cold start; counts and filters prompts over data.max_prompt_tokens as
// data.prompt_too_long says. Every mistake in the files is in one Error. `prompts`: phase -> what its prompts say.
LoadedData load_data(const RunConfig& config, const std::string& folder, const Processor& processor, Log& log,
                     const OnProgress& on_progress = {}, const std::map<std::string, PromptFunction>& prompts = {});

DatasetAccess access_to(const Dataset& dataset);  // the fields of a record that a plugin may ask for

// The training records to be read by a person: pictures are not checked, nothing is left out. Throws as load_dataset().
Dataset load_training_records(const RunConfig& config, const std::string& folder, const OnProgress& on_progress = {});

std::string hash_data(const RunConfig& config, const std::string& folder);  // of the files of records

}  // namespace crescent
