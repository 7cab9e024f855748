#include "core/app/data_source.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <functional>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/data/shapes.hpp"
#include "core/data/view.hpp"

namespace crescent {

namespace fs = std::filesystem;

std::string locate_data(const RunConfig& config, const Resources& resources, const OnProgress& on_progress) {
  if (config.data.source == "shapes") {
    const ShapesOptions options{static_cast<uint64_t>(config.seed), config.data.count, config.data.val_count,
                                config.data.sft_count};
    const std::string folder = fmt::format("{}/data/shapes-{}-{}-{}-{}", resources.cache, config.seed, options.count,
                                           options.val_count, options.sft_count);
    if (!shapes_are_made(options, folder)) {
      make_folders(fs::path(folder).parent_path().string());
      make_shapes(options, folder, on_progress);
    }
    return folder;
  }
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
  std::string how;  // for the message
};
// The prompts that a run may make of a record.
using Showing = std::function<std::vector<Shown>(const Record&)>;

Showing in_views(const std::vector<View>& views) {
  return [views](const Record& record) {
    std::vector<Shown> shown;
    for (const View view : views)
      if (has_view(record, view)) shown.push_back({view_of(record, view), fmt::format("{} view", view_name(view))});
    return shown;
  };
}

std::vector<Shown> in_cold_start(const Record& record) { return {{as_written(record), "cold start"}}; }

constexpr size_t kListed = 10;

void check_prompt_lengths(Dataset& dataset, const Showing& showing, const RunConfig& config, const Processor& processor,
                          Log& log, const OnProgress& on_progress) {
  const int64_t limit = config.data.max_prompt_tokens;
  Task progress(on_progress, "counting the tokens of " + dataset.path, static_cast<int64_t>(dataset.records.size()));
  std::vector<uint8_t> keep(dataset.records.size(), 1);
  size_t too_long = 0;
  std::string listed;
  for (size_t i = 0; i < dataset.records.size(); ++i) {
    const Record& record = dataset.records[i];
    for (const Shown& shown : showing(record)) {
      const int64_t tokens = processor.prompt_tokens(shown.prompt, config.system);
      if (tokens <= limit) continue;
      keep[i] = 0;
      if (++too_long <= kListed)
        listed += fmt::format("\n  {}:{}: record \"{}\": {} tokens in the {}", dataset.path, record.line, record.id,
                              tokens, shown.how);
      break;
    }
    progress.advance();
  }
  if (too_long == 0) return;
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

Datasets load_data(const RunConfig& config, const std::string& folder, const Processor& processor, Log& log,
                   const OnProgress& on_progress) {
  Datasets data;
  const auto load = [&](const std::string& file, RecordKind kind) {
    return load_dataset((fs::path(folder) / file).string(), kind, {.on_progress = on_progress});
  };
  data.train = load(config.data.train, RecordKind::rl);
  data.val = load(config.data.val, RecordKind::rl);
  if (config.sft.steps > 0) data.sft = load(config.data.sft, RecordKind::sft);

  std::vector<View> validated;
  for (const std::string& name : config.validation.views) validated.push_back(parse_view(name));
  check_prompt_lengths(data.train, in_views(views_used(config)), config, processor, log, on_progress);
  check_prompt_lengths(data.val, in_views(validated), config, processor, log, on_progress);
  check_prompt_lengths(data.sft, in_cold_start, config, processor, log, on_progress);
  for (const View view : views_used(config)) {
    const size_t count = eligible(data.train, view).size();
    log.info("{}: {} of {} records have the {} view", data.train.path, count, data.train.records.size(),
             view_name(view));
    if (count == 0) refuse_empty_view(config, view, data.train);
  }
  return data;
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
