#include "core/rundir/branch.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/file_errors.hpp"
#include "core/rundir/rollout_frames.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

void copy_synced(const fs::path& from, const fs::path& to) {
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  sync_file(to.string());
}

// For a file that is never written again: whoever wants another content makes another file.
void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::create_hard_link(from, to, code);
  if (code) copy_synced(from, to);
}

void link_tree(const fs::path& from, const fs::path& to) {
  make_folders(to.string());
  for (const auto& item : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / fs::relative(item.path(), from);
    if (item.is_directory())
      make_folders(target.string());
    else
      link_or_copy(item.path(), target);
  }
  sync_folder(to.string());
}

// Only the newest segment of rollouts/ is appended to or cut.
void take_rollouts(const fs::path& from, const fs::path& to) {
  if (!fs::is_directory(from)) return;
  make_folders(to.string());
  std::vector<fs::path> segments;
  for (const auto& item : fs::directory_iterator(from)) segments.push_back(item.path());
  std::sort(segments.begin(), segments.end());
  for (const fs::path& segment : segments)
    if (segment == segments.back())
      copy_synced(segment, to / segment.filename());
    else
      link_or_copy(segment, to / segment.filename());
  sync_folder(to.string());
}

void take_over(const fs::path& from, const fs::path& to, const BranchFolders& folders, const std::string& note) {
  for (const char* name :
       {"metrics.jsonl", "timings.jsonl", "vps.jsonl", "transitions.jsonl", "clock.jsonl", "log.txt", "manifest.json"})
    if (fs::exists(from / name)) copy_synced(from / name, to / name);
  take_rollouts(from / "rollouts", to / "rollouts");
  if (fs::is_directory(from / "events")) {
    make_folders((to / "events").string());
    for (const auto& item : fs::directory_iterator(from / "events"))
      copy_synced(item.path(), to / "events" / item.path().filename());
  }
  if (fs::is_directory(from / "checkpoints")) link_tree(from / "checkpoints", to / "checkpoints");
  link_tree(from.string() + folders.end, to.string() + folders.start);
  Manifest((to / "manifest.json").string()).note(note);
}

}  // namespace

void branch_run(const std::string& from, const std::string& to, const BranchFolders& folders,
                const RunContents& contents, const std::string& note) {
  with_file_errors(to, [&] {
    if (fs::exists(to)) return;
    const std::string partial = to + ".partial";
    fs::remove_all(partial);
    make_folders(partial);
    if (!from.empty()) take_over(from, partial, folders, note);
    write_run_contents(partial, contents);
    sync_folder(partial);
    fs::rename(partial, to);
    sync_folder(fs::path(to).parent_path().string());
  });
}

}  // namespace crescent
