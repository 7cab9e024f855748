#include "core/sweep/sweep_directory.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/file_errors.hpp"
#include "core/base/files.hpp"
#include "core/rundir/manifest.hpp"

namespace crescent {

namespace fs = std::filesystem;

const char* state_name(EdgeState state) {
  static constexpr const char* names[] = {"waiting", "running", "done", "failed"};
  return names[static_cast<int>(state)];
}

SweepDirectory::SweepDirectory(std::string path, double (*clock)())
    : path_(std::move(path)), claims_(path_ + "/claims", clock) {
  for (const char* folder : {"/cells", "/tree", "/outcomes"}) make_folders(path_ + folder);
}

std::string SweepDirectory::run_of(const Edge& edge) const {
  return edge.leaf ? cell_folder(edge.id) : path_ + "/tree/" + edge.id;
}

EdgeOutcomes SweepDirectory::outcomes() const {
  EdgeOutcomes found;
  for (const auto& item : fs::directory_iterator(path_ + "/outcomes")) {
    if (item.path().extension() == ".partial") continue;
    const Place place{item.path().string(), 0};
    const Json json = read_json_file(item.path().string());
    found[item.path().filename().string()] = {integer_member(json, "step", place), string_member(json, "to", place)};
  }
  return found;
}

void SweepDirectory::note_outcome(const std::string& edge, const EdgeOutcome& outcome) {
  write_file_atomically(path_ + "/outcomes/" + edge, Json({{"step", outcome.step}, {"to", outcome.to}}).dump() + "\n");
}

bool SweepDirectory::begun(const Edge& edge) const { return fs::exists(run_of(edge)); }

bool SweepDirectory::find_done(const std::vector<Edge>& edges, const Edge& edge) const {
  const std::string run = run_of(edge);
  if (edge.leaf) return fs::exists(run + "/manifest.json") && Manifest(run + "/manifest.json").finished();
  if (!edge.to_step) return false;  // what it decided is not known yet
  if (fs::exists(fmt::format("{}/end/step_{}/DONE", run, *edge.to_step))) return true;
  return !edge.children.empty() && std::all_of(edge.children.begin(), edge.children.end(), [&](int child) {
    return begun_or_done(edges, edges[static_cast<size_t>(child)]);
  });
}

// Where the run directory of a shared edge is removed, those that go on from it say that it was there.
bool SweepDirectory::begun_or_done(const std::vector<Edge>& edges, const Edge& edge) const {
  return begun(edge) || (!edge.leaf && find_done(edges, edge));
}

bool SweepDirectory::is_done(const std::vector<Edge>& edges, const Edge& edge) {
  if (done_.contains(edge.id)) return true;
  const bool done = with_file_errors(path_, [&] { return find_done(edges, edge); });
  if (done) done_.insert(edge.id);
  return done;
}

std::vector<EdgeState> SweepDirectory::states(const std::vector<Edge>& edges) {
  std::vector<EdgeState> states;
  for (const Edge& edge : edges) {
    if (is_done(edges, edge))
      states.push_back(EdgeState::done);
    else if (claims_.held(edge.id))
      states.push_back(EdgeState::running);
    else if (claims_.attempts(edge.id).begun >= kAttempts)
      states.push_back(EdgeState::failed);
    else
      states.push_back(EdgeState::waiting);
  }
  return states;
}

void SweepDirectory::remove_left(const std::vector<Edge>& edges) {
  with_file_errors(path_, [&] {
    for (const Edge& edge : edges) {
      if (edge.leaf || edge.children.empty() || !begun(edge)) continue;
      const bool left = std::all_of(edge.children.begin(), edge.children.end(),
                                    [&](int child) { return begun_or_done(edges, edges[static_cast<size_t>(child)]); });
      if (!left || !claims_.take(edge.id)) continue;
      const std::string aside = run_of(edge) + ".removing";
      std::error_code gone;
      fs::rename(run_of(edge), aside, gone);
      fs::remove_all(aside);
      claims_.release(edge.id);
    }
  });
}

}  // namespace crescent
