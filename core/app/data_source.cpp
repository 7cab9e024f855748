#include "core/app/data_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/data/shapes.hpp"
#include "core/data/view.hpp"

namespace crescent {

namespace fs = std::filesystem;

std::string locate_data(const RunConfig& config, const Resources& resources, const OnProgress& on_progress) {
  if (config.data.source == "shapes") {
    const ShapesOptions options{static_cast<uint64_t>(config.seed), config.data.count, config.data.val_count,
                                config.data.sft_count, config.data.pool};
    const std::string folder = fmt::format("{}/data/shapes-{}-{}-{}-{}-{}", resources.cache, config.seed, options.count,
                                           options.val_count, options.sft_count, config.data.pool);
    if (!shapes_are_made(options, folder)) {
      make_folders(fs::path(folder).parent_path().string());
      make_shapes(options, folder, on_progress);
    }
    return folder;
  }
  return data_folder(config);
}

std::string data_folder(const RunConfig& config) {
  const fs::path folder = fs::path(config.folder) / config.data.source;  // an absolute source stays as it is
  if (!fs::is_directory(folder))
    fail_usage(config.data.place, "data: {} is not a folder; give \"shapes\" or a folder with {}{} and {}",
               folder.lexically_normal().string(), config.data.train,
               config.sft.steps > 0 ? ", " + config.data.sft : "", config.data.val);
  return folder.lexically_normal().string();
}

namespace {

struct Shown {
  ViewedRecord prompt;
  std::string how;          // for the message
  View view = View::image;  // of the cold start: means nothing
};
// The prompts that a run may make of a record.
using Showing = std::function<std::vector<Shown>(const Record&)>;

Showing in_views(const std::vector<View>& views) {
  return [views](const Record& record) {
    std::vector<Shown> shown;
    for (const View view : views)
      if (has_view(record, view))
        shown.push_back({view_of(record, view), fmt::format("{} view", view_name(view)), view});
    return shown;
  };
}

// As the phases show it: in their views, or as their own functions write it.
Showing in_phases(const RunConfig& config, const std::map<std::string, PromptFunction>& prompts) {
  std::vector<View> views;
  for (const PhaseConfig& phase : config.phases)
    if (!prompts.contains(phase.name) && std::find(views.begin(), views.end(), phase.view) == views.end())
      views.push_back(phase.view);
  return [&config, &prompts, by_view = in_views(views)](const Record& record) {
    std::vector<Shown> shown = by_view(record);
    for (const PhaseConfig& phase : config.phases)
      if (const auto own = prompts.find(phase.name); own != prompts.end() && has_view(record, phase.view))
        shown.push_back(
            {own->second(record, phase.view), fmt::format("prompt of phase \"{}\"", phase.name), phase.view});
    return shown;
  };
}

std::vector<Shown> in_cold_start(const Record& record) { return {{as_written(record), "cold start"}}; }

constexpr size_t kListed = 10;

struct SizedPrompt {
  View view;
  PromptSize size;
};
using SizesOfRecords = std::vector<std::vector<SizedPrompt>>;  // of each record that is kept

SizesOfRecords check_prompt_lengths(Dataset& dataset, const Showing& showing, const RunConfig& config,
                                    const Processor& processor, Log& log, const OnProgress& on_progress) {
  const int64_t limit = config.data.max_prompt_tokens;
  Task progress(on_progress, "counting the tokens of " + dataset.path, static_cast<int64_t>(dataset.records.size()));
  std::vector<uint8_t> keep(dataset.records.size(), 1);
  SizesOfRecords sizes;
  size_t too_long = 0;
  std::string listed;
  for (size_t i = 0; i < dataset.records.size(); ++i) {
    const Record& record = dataset.records[i];
    std::vector<SizedPrompt> of_record;
    for (const Shown& shown : showing(record)) {
      of_record.push_back({shown.view, processor.prompt_size(shown.prompt, config.system)});
      const int64_t tokens = of_record.back().size.tokens;
      if (tokens <= limit) continue;
      keep[i] = 0;
      if (++too_long <= kListed)
        listed += fmt::format("\n  {}:{}: record \"{}\": {} tokens in the {}", dataset.path, record.line, record.id,
                              tokens, shown.how);
      break;
    }
    if (keep[i] != 0) sizes.push_back(std::move(of_record));
    progress.advance();
  }
  if (too_long == 0) return sizes;
  if (config.data.prompt_too_long == "error")
    fail_usage({dataset.path, 0},
               "{} of {} records have a prompt of more than {} tokens; raise data.max_prompt_tokens or set "
               "data.prompt_too_long = \"filter\"{}{}",
               too_long, dataset.read, limit, too_long > kListed ? fmt::format("; the first {}:", kListed) : ":",
               listed);
  dataset.keep_if(keep);
  log.warning("{}: {} of {} records left out: prompt longer than {} tokens", dataset.path, too_long, dataset.read,
              limit);
  if (dataset.records.empty())
    fail_usage({dataset.path, 0}, "no record is left: every prompt is longer than {} tokens", limit);
  return sizes;
}

void add_prompts(const SizesOfRecords& sizes, std::map<View, PromptSizes>& views) {
  for (uint64_t record = 0; record < sizes.size(); ++record)
    for (const SizedPrompt& prompt : sizes[record])
      views[prompt.view].add(record, prompt.size.tokens, prompt.size.patches);
}

// Responses are tokenized of some records only, evenly over the file, and of the one with the longest text.
void add_examples(const Dataset& dataset, const SizesOfRecords& sizes, const SftConfig& config,
                  const Processor& processor, ExampleSizes& examples) {
  constexpr size_t kTokenized = 1000;
  std::map<std::string, double> of_kind, share(config.mix.begin(), config.mix.end());
  for (const Record& record : dataset.records) of_kind[record.kind] += 1;
  size_t longest = 0;
  const auto add = [&](size_t i) {
    const Record& record = dataset.records[i];
    const double weight = config.mix.empty() ? 1 : share[record.kind] / of_kind[record.kind];
    if (weight == 0) return;
    const auto response = static_cast<int64_t>(processor.render_response(record.response, record.id).size());
    examples.rows.add(sizes[i].at(0).size.tokens + response - 1, weight);
    examples.responses.add(response, weight);
    examples.patches.add(sizes[i].at(0).size.patches, weight);
  };
  const size_t stride = (dataset.records.size() + kTokenized - 1) / kTokenized;
  for (size_t i = 0; i < dataset.records.size(); ++i) {
    if (dataset.records[i].response.size() > dataset.records[longest].response.size()) longest = i;
    if (i % stride == 0) add(i);
  }
  if (!dataset.records.empty()) add(longest);
}

std::vector<View> views_used(const RunConfig& config) {
  std::vector<View> views;
  for (const View view : kViews)
    for (const PhaseConfig& phase : config.phases)
      if (phase.view == view) {
        views.push_back(view);
        break;
      }
  return views;
}

// At the first phase that shows the view: it is found before the cold start rather than after it.
void refuse_empty_view(const RunConfig& config, View view, const Dataset& train) {
  for (const PhaseConfig& phase : config.phases)
    if (phase.view == view)
      fail_usage(phase.place, "phase \"{}\" shows the {} view, but no record of {} has what it needs", phase.name,
                 view_name(view), train.path);
}

}  // namespace

LoadedData load_data(const RunConfig& config, const std::string& folder, const Processor& processor, Log& log,
                     const OnProgress& on_progress, const std::map<std::string, PromptFunction>& prompts) {
  LoadedData loaded;
  Datasets& data = loaded.data;
  const auto load = [&](const std::string& file, RecordKind kind) {
    return load_dataset((fs::path(folder) / file).string(), kind, {.on_progress = on_progress});
  };
  data.train = load(config.data.train, RecordKind::rl);
  data.val = load(config.data.val, RecordKind::rl);
  if (config.sft.steps > 0) data.sft = load(config.data.sft, RecordKind::sft);

  std::vector<View> validated;
  for (const std::string& name : config.validation.views) validated.push_back(parse_view(name));
  const auto check = [&](Dataset& dataset, const Showing& showing) {
    return check_prompt_lengths(dataset, showing, config, processor, log, on_progress);
  };
  add_prompts(check(data.train, in_phases(config, prompts)), loaded.sizes.train);
  add_prompts(check(data.val, in_views(validated)), loaded.sizes.val);
  add_examples(data.sft, check(data.sft, in_cold_start), config.sft, processor, loaded.sizes.sft);
  for (const View view : views_used(config)) {
    const size_t count = eligible(data.train, view).size();
    log.info("{}: {} of {} records have the {} view", data.train.path, count, data.train.records.size(),
             view_name(view));
    if (count == 0) refuse_empty_view(config, view, data.train);
  }
  return loaded;
}

DatasetAccess access_to(const Dataset& dataset) {
  DatasetAccess access;
  access.count = [&dataset] { return static_cast<uint64_t>(dataset.records.size()); };
  access.field = [&dataset](uint64_t index, std::string_view field) -> std::optional<std::string> {
    if (index >= dataset.records.size()) return std::nullopt;
    const Record& record = dataset.records[index];
    if (field == "id") return record.id;
    if (field == "problem") return record.problem;
    if (field == "answer") return record.answer;
    if (field == "caption") return record.caption;
    if (field == "text_problem") return record.text_problem;
    const Json columns = parse_json(record.columns_json, {dataset.path, static_cast<int>(record.line)});
    const auto found = columns.find(field);
    if (found == columns.end()) return std::nullopt;
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  return access;
}

Dataset load_training_records(const RunConfig& config, const std::string& folder, const OnProgress& on_progress) {
  return load_dataset((fs::path(folder) / config.data.train).string(), RecordKind::rl,
                      {.check_images = false, .on_progress = on_progress});
}

std::string hash_data(const RunConfig& config, const std::string& folder) {
  Hasher hasher;
  for (const std::string& file : {config.data.train, config.data.val})
    hasher.add(hash_file((fs::path(folder) / file).string()).hex());
  if (config.sft.steps > 0) hasher.add(hash_file((fs::path(folder) / config.data.sft).string()).hex());
  return hasher.digest().hex();
}

}  // namespace crescent
