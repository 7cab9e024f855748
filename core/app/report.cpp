#include "core/app/report.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "core/app/data_source.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
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

std::string recorded_data_hash(const std::string& run_folder) {
  const Json manifest = read_json_file(run_folder + "/manifest.json");
  return manifest.value("/hashes/data"_json_pointer, std::string());
}

void find_records(const std::string& run_folder, const RunConfig& config, const Resources& resources,
                  const OnProgress& on_progress, Belongings& found) {
  try {
    const std::string folder = locate_data(config, resources, on_progress);
    found.records = load_training_records(config, folder, on_progress);
    const std::string recorded = recorded_data_hash(run_folder);
    if (!recorded.empty() && recorded != hash_data(config, folder))
      found.records_note = fmt::format(
          "The records in {} have changed since this run: its questions, pictures and levels of difficulty may not be "
          "what the model saw.",
          folder);
  } catch (const Error& error) {
    found.records_note = fmt::format(
        "Questions, pictures and levels of difficulty are missing: the records cannot be read. {}", error.what());
  }
}

// The tokenizer of any checkpoint, for it is the same in all; before the first one, that of the model itself.
std::string tokenizer_folder(const std::string& run_folder, const RunConfig& config, const Resources& resources) {
  if (fs::is_directory(run_folder + "/checkpoints"))
    for (const auto& item : fs::directory_iterator(run_folder + "/checkpoints"))
      if (fs::is_regular_file(item.path() / "model/tokenizer.json")) return (item.path() / "model").string();
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

}  // namespace

std::string write_report(const ReportRequest& request, const Resources& resources, const OnProgress& on_progress) {
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
  options.rollouts = request.rollouts;
  const Report report = make_report(runs, options, on_progress);
  const std::string path = output_path(request);
  write_file_atomically(path, report.html);
  std::string said =
      fmt::format("{}: {:.1f} MB, {} of {} rollouts in full; open it in a browser", path,
                  static_cast<double>(report.html.size()) / 1e6, report.rollouts_shown, report.rollouts_recorded);
  if (!report.fits)
    said += fmt::format("\nlarger than the {:.0f} MB it should have: name fewer runs at a time",
                        static_cast<double>(options.most_bytes) / 1e6);
  return said;
}

}  // namespace crescent
