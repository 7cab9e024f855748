#include "core/sweep/shared_folder.hpp"

#include <filesystem>

#include "core/base/files.hpp"
#include "core/rundir/branch.hpp"

namespace crescent {

namespace fs = std::filesystem;

SharedFolder::SharedFolder(const std::string& folder, double (*clock)())
    : folder_(folder), claims_(folder + "/claims", clock) {}

SharedPoint SharedFolder::furthest(const std::vector<SharedPoint>& points) const {
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    if (fs::exists(fmt::format("{}/end/step_{}/DONE", folder_of(point->id), point->step))) return *point;
  return {};
}

void SharedFolder::keep(const std::string& id, const std::string& run, const RunContents& contents) {
  if (fs::exists(folder_of(id)) || !claims_.take(id)) return;
  branch_run(run, folder_of(id), {"/end", "/end"}, contents, "kept for other sweeps");
  claims_.release(id);
}

}  // namespace crescent
