#include "core/app/report.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <set>

#include "core/app/data_source.hpp"
#include "core/base/error.hpp"
#include "core/base/file_errors.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/findings/sweep_files.hpp"
#include "core/report/report.hpp"
#include "core/rundir/config_reader.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

// What a report borrows.
struct Belongings {
  std::optional<Dataset> records;
  std::optional<Tokenizer> tokenizer;
  std::string records_note, tokenizer_note;
};

// "" where the data are as the run had them, else what the reader should know.
std::string change_note(const std::string& run_folder, const RunConfig& config, const std::string& data_folder) {
  const std::string path = run_folder + "/manifest.json";
  const Json manifest = read_json_file(path);
  const auto hashes = manifest.find("hashes");
  if (hashes == manifest.end() || !hashes->contains("data")) return "";  // no step was made yet
  try {
    if (string_member(*hashes, "data", {path}) == hash_data(config, data_folder)) return "";
  } catch (const Error& error) {
    return fmt::format("Whether the records are those of the run cannot be told: {}", error.what());
  }
  return fmt::format(
      "The records in {} have changed since this run: its questions, pictures and levels of difficulty may not be what "
      "the model saw.",
      data_folder);
}

void find_records(const std::string& run_folder, const RunConfig& config, const Resources& resources,
                  const OnProgress& on_progress, Belongings& found) {
  try {
    const std::string folder = locate_data(config, resources, on_progress);
    found.records = load_training_records(config, folder, on_progress);
    found.records_note = change_note(run_folder, config, folder);
  } catch (const Error& error) {
    found.records_note = fmt::format(
        "Questions, pictures and levels of difficulty are missing: the records cannot be read. {}", error.what());
  }
}

// The tokenizer of any checkpoint, for it is the same in all; before the first one, that of the model itself.
std::string tokenizer_folder(const std::string& run_folder, const RunConfig& config, const Resources& resources) {
  std::string in_checkpoint;
  const std::string checkpoints = run_folder + "/checkpoints";
  with_file_errors(checkpoints, [&] {
    if (!fs::is_directory(checkpoints)) return;
    for (const auto& item : fs::directory_iterator(checkpoints))
      if (fs::is_regular_file(item.path() / "model/tokenizer.json")) in_checkpoint = (item.path() / "model").string();
  });
  if (!in_checkpoint.empty()) return in_checkpoint;
  if (config.model == "tiny-vl") return resources.preset_folder(config.model);
  return (fs::path(config.folder) / config.model).lexically_normal().string();
}

void find_tokenizer(const std::string& run_folder, const RunConfig& config, const Resources& resources,
                    Belongings& found) {
  try {
    found.tokenizer = Tokenizer::load(tokenizer_folder(run_folder, config, resources));
  } catch (const Error& error) {
    found.tokenizer_note = fmt::format("Token probabilities are missing: no tokenizer can be read. {}", error.what());
  }
}

std::string output_path(const ReportRequest& request) {
  if (!request.out.empty()) return request.out;
  return request.runs.size() == 1 ? (fs::path(request.runs[0]) / "report.html").string() : "report.html";
}

void refuse_twice(const std::vector<std::string>& runs) {
  std::set<fs::path> seen;
  for (const std::string& run : runs)
    if (!seen.insert(fs::weakly_canonical(run)).second) fail_usage({}, "report: {} is named twice", run);
}

// Before anything is read.
void check_output(const std::string& path) {
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  if (fs::is_directory(path))
    fail_usage({}, "report: --out {} is a folder; name a file, such as {}/report.html", path, path);
  if (!fs::is_directory(folder))
    fail_usage({}, "report: --out {}: there is no folder {}; make it first", path, folder.string());
}

// The first that is a sweep's directory; "": none.
std::string sweep_among(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders)
    if (is_sweep_directory(folder)) return folder;
  return "";
}

std::string report_sweep(const ReportRequest& request, const OnProgress& on_progress) {
  if (request.runs.size() > 1)
    fail_usage({}, "report: {} is a sweep, which has a page of its own; name it alone", sweep_among(request.runs));
  if (request.rollouts)
    fail_usage({}, "report: --rollouts is for runs; a sweep's page shows none, but leads to the pages of its runs");
  if (!request.out.empty()) check_output(request.out);
  return write_sweep_report(request.runs[0], request.out, request.format, on_progress);
}

}  // namespace

std::string write_report(const ReportRequest& request, const Resources& resources, const OnProgress& on_progress) {
  const std::string path = output_path(request);
  refuse_twice(request.runs);
  if (!sweep_among(request.runs).empty()) return report_sweep(request, on_progress);
  if (request.format != ReportFormat::html)
    fail_usage({}, "report: --format is for a sweep's tables, and {} is none", request.runs[0]);
  if (!request.out.empty()) check_output(path);
  std::vector<Belongings> belongings(request.runs.size());
  std::vector<ReportRun> runs;
  for (size_t i = 0; i < request.runs.size(); ++i) {
    const std::string& folder = request.runs[i];
    const RunConfig config = read_run_config(folder);
    Belongings& found = belongings[i];
    find_records(folder, config, resources, on_progress, found);
    find_tokenizer(folder, config, resources, found);
    runs.push_back({folder, found.records ? &*found.records : nullptr, found.records_note,
                    found.tokenizer ? &*found.tokenizer : nullptr, found.tokenizer_note});
  }
  ReportOptions options;
  options.rollouts = request.rollouts.value_or(options.rollouts);
  const Report report = make_report(runs, options, on_progress);
  write_file_atomically(path, report.html);
  std::string said =
      fmt::format("{}: {:.1f} MB, {} of {} rollouts shown; open it in a browser", path,
                  static_cast<double>(report.html.size()) / 1e6, report.rollouts_shown, report.rollouts_recorded);
  if (!report.fits)
    said += fmt::format("\nlarger than the {:.0f} MB it should have: name fewer runs at a time",
                        static_cast<double>(options.most_bytes) / 1e6);
  return said;
}

}  // namespace crescent
