#include "core/checkpoint/step_folder.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/file_errors.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

constexpr const char* kManifest = "checkpoint.json";
constexpr const char* kDone = "DONE";

// N of "step_N"; -1 for any other name, step_N.partial included.
int64_t step_of(const std::string& name) {
  if (name.rfind("step_", 0) != 0) return -1;
  int64_t step = -1;
  const char* end = name.data() + name.size();
  const auto [rest, code] = std::from_chars(name.data() + 5, end, step);
  return code == std::errc() && rest == end && step >= 0 ? step : -1;
}

std::vector<int64_t> steps_in(const std::string& checkpoints) {
  std::vector<int64_t> steps;
  if (!fs::is_directory(checkpoints)) return steps;
  for (const auto& item : fs::directory_iterator(checkpoints))
    if (const int64_t step = step_of(item.path().filename().string()); step >= 0) steps.push_back(step);
  std::sort(steps.begin(), steps.end());
  return steps;
}

void rename_folder(const std::string& from, const std::string& to) {
  std::error_code code;
  fs::rename(from, to, code);
  if (code) fail("{}: cannot be renamed to {}: {}", from, to, code.message());
}

void remove_tree(const std::string& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) fail("{}: cannot be removed: {}", path, code.message());
}

// Renamed first: a kill in the middle leaves nothing that looks whole.
void remove_checkpoint(const std::string& path) {
  remove_tree(path + ".removing");
  rename_folder(path, path + ".removing");
  sync_folder(fs::path(path).parent_path().string());
  remove_tree(path + ".removing");
}

std::vector<std::string> files_in(const std::string& folder) {  // relative, sorted
  std::vector<std::string> files;
  for (const auto& item : fs::recursive_directory_iterator(folder))
    if (item.is_regular_file()) files.push_back(fs::relative(item.path(), folder).generic_string());
  std::sort(files.begin(), files.end());
  return files;
}

void sync_tree(const std::string& folder) {
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_directory())
      sync_folder(item.path().string());
    else
      sync_file(item.path().string());
  }
  sync_folder(folder);
}

std::string manifest_text(const std::string& folder, int64_t step, std::optional<double> score) {
  Json files = Json::object();
  for (const std::string& name : files_in(folder))
    files[name] = {{"bytes", fs::file_size(fs::path(folder) / name)}, {"hash", hash_file(folder + "/" + name).hex()}};
  const bool comparable = score && std::isfinite(*score);
  const Json manifest = {
      {"format", 1}, {"step", step}, {"score", comparable ? Json(*score) : Json(nullptr)}, {"files", files}};
  return manifest.dump(2) + "\n";
}

std::string done_text(const std::string& manifest) { return hash_bytes(manifest).hex() + "\n"; }

std::string damage_of_file(const std::string& path, const std::string& name, const Json& entry) {
  const Place place{path + "/" + kManifest, 0};
  const std::string file = path + "/" + name;
  if (!fs::is_regular_file(file)) return fmt::format("{}: is missing", file);
  const auto bytes = static_cast<int64_t>(fs::file_size(file));
  if (const int64_t expected = integer_member(entry, "bytes", place); bytes != expected)
    return fmt::format("{}: has {} bytes, and {} were written", file, bytes, expected);
  if (hash_file(file).hex() != string_member(entry, "hash", place))
    return fmt::format("{}: its content is not what was written", file);
  return "";
}

// NaN when the checkpoint has none, or is so damaged that it cannot be read.
double score_of(const std::string& path) try {
  const Json manifest = read_json_file(path + "/" + kManifest);
  const auto it = manifest.find("score");
  return it != manifest.end() && it->is_number() ? it->get<double>() : std::numeric_limits<double>::quiet_NaN();
} catch (const Error&) {
  return std::numeric_limits<double>::quiet_NaN();
}

bool is_done(const std::string& checkpoints, int64_t step) {
  return fs::exists(step_folder(checkpoints, step) + "/" + kDone);
}

}  // namespace

std::string step_folder(const std::string& checkpoints, int64_t step) {
  return fmt::format("{}/step_{}", checkpoints, step);
}

std::string write_step_folder(const std::string& checkpoints, int64_t step, std::optional<double> score,
                              const std::function<void(const std::string& folder)>& fill) {
  const std::string path = step_folder(checkpoints, step), partial = path + ".partial";
  return with_file_errors(partial, [&] {
    make_folders(checkpoints);
    if (fs::exists(path) && damage(path).empty()) return path;
    remove_tree(partial);
    make_folders(partial);
    fill(partial);
    const std::string manifest = manifest_text(partial, step, score);
    write_file_atomically(partial + "/" + kManifest, manifest);
    sync_tree(partial);
    if (fs::exists(path)) remove_checkpoint(path);
    rename_folder(partial, path);
    sync_folder(checkpoints);
    write_file_atomically(path + "/" + kDone, done_text(manifest));
    return path;
  });
}

static std::string find_damage(const std::string& path) {
  const std::string done = path + "/" + kDone, manifest_path = path + "/" + kManifest;
  if (!fs::is_regular_file(done)) return fmt::format("{}: is missing: the checkpoint was not finished", done);
  if (!fs::is_regular_file(manifest_path)) return fmt::format("{}: is missing", manifest_path);
  const std::string manifest = read_file(manifest_path);
  if (read_file(done) != done_text(manifest)) return fmt::format("{}: does not belong to {}", done, manifest_path);
  const Json files = member(parse_json(manifest, {manifest_path, 0}), "files", {manifest_path, 0});
  for (const auto& [name, entry] : files.items())
    if (std::string text = damage_of_file(path, name, entry); !text.empty()) return text;
  return "";
}

std::string damage(const std::string& path) try {
  return with_file_errors(path, [&] { return find_damage(path); });
} catch (const Error& e) {  // unreadable is damaged as well
  return e.what();
}

std::optional<std::string> newest_whole(const std::string& checkpoints, Log& log) {
  std::vector<int64_t> steps = with_file_errors(checkpoints, [&] { return steps_in(checkpoints); });
  std::reverse(steps.begin(), steps.end());
  for (const int64_t step : steps) {
    const std::string path = step_folder(checkpoints, step);
    const std::string text = damage(path);
    if (text.empty()) return path;
    log.warning("checkpoint {} is damaged and skipped: {}", path, text);
  }
  return std::nullopt;
}

static void clean(const std::string& checkpoints, int64_t newest) {
  if (!fs::is_directory(checkpoints)) return;
  std::vector<std::string> leftovers;
  for (const auto& item : fs::directory_iterator(checkpoints)) {
    const fs::path& path = item.path();
    const bool aside = path.extension() == ".partial" || path.extension() == ".removing";
    if (aside && step_of(path.stem().string()) >= 0) leftovers.push_back(path.string());
  }
  for (const std::string& path : leftovers) remove_tree(path);
  for (const int64_t step : steps_in(checkpoints))
    if (step > newest || !is_done(checkpoints, step)) remove_checkpoint(step_folder(checkpoints, step));
}

void clean_checkpoints(const std::string& checkpoints, int64_t newest) {
  with_file_errors(checkpoints, [&] { clean(checkpoints, newest); });
}

// Were they ignored, the run would begin again and cut back all it has written.
static void refuse_damaged(const std::string& checkpoints) {
  std::string text;
  for (const int64_t step : steps_in(checkpoints))
    if (is_done(checkpoints, step)) text += "\n  " + damage(step_folder(checkpoints, step));
  if (text.empty()) return;
  fail(
      "{}: no checkpoint is whole, so the run cannot go on:{}\nput back a copy of one of them; or remove the folder {} "
      "to begin again from step 0, which cuts back what the run has written; or choose another folder with --out",
      checkpoints, text, checkpoints);
}

std::optional<std::string> take_up_newest(const std::string& checkpoints, Log& log) {
  const std::optional<std::string> path = newest_whole(checkpoints, log);
  if (!path) with_file_errors(checkpoints, [&] { refuse_damaged(checkpoints); });
  clean_checkpoints(checkpoints, path ? step_of(fs::path(*path).filename().string()) : -1);
  return path;
}

void prune_checkpoints(const std::string& checkpoints, int64_t keep_last, bool keep_best) {
  if (keep_last < 1) fail_usage({}, "keep_last is {}, but at least one checkpoint must stay", keep_last);
  std::vector<int64_t> steps;
  with_file_errors(checkpoints, [&] {
    for (const int64_t step : steps_in(checkpoints))
      if (is_done(checkpoints, step)) steps.push_back(step);
  });
  int64_t best = -1;
  double best_score = -std::numeric_limits<double>::infinity();
  for (const int64_t step : steps) {
    if (!keep_best) break;
    const double score = score_of(step_folder(checkpoints, step));
    if (score > best_score) best_score = score, best = step;
  }
  for (size_t i = 0; i + static_cast<size_t>(keep_last) < steps.size(); ++i)
    if (steps[i] != best) remove_checkpoint(step_folder(checkpoints, steps[i]));
}

}  // namespace crescent
