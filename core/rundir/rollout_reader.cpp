#include "core/rundir/rollout_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "core/base/error.hpp"
#include "core/base/file_errors.hpp"

namespace crescent {

namespace fs = std::filesystem;

static std::vector<int64_t> segments_in(const std::string& folder) {
  std::vector<int64_t> segments;
  with_file_errors(folder, [&] {
    if (!fs::is_directory(folder)) return;
    for (const auto& item : fs::directory_iterator(folder))
      if (const int64_t first = segment_first_step(item.path().filename().string()); first >= 0)
        segments.push_back(first);
  });
  std::sort(segments.begin(), segments.end());
  return segments;
}

Place line_place(const StepFrame& step, int64_t line) {
  return {fmt::format("{}: step {}: line {}", step.path, step.step, line), 0};
}

RolloutReader::RolloutReader(const std::string& run_folder) {
  const std::string folder = run_folder + "/rollouts";
  const std::vector<int64_t> segments = segments_in(folder);
  for (const int64_t first : segments) {
    const std::string path = folder + "/" + segment_name(first);
    std::vector<StepFrame> frames = find_frames(path, first == segments.back());
    for (const StepFrame& frame : frames)
      if (frame.step < first || frame.step >= first + kStepsPerSegment)
        fail("{}: holds step {}, which belongs into {}", path, frame.step,
             segment_name(frame.step - frame.step % kStepsPerSegment));
    std::move(frames.begin(), frames.end(), std::back_inserter(steps_));
  }
}

const StepFrame* RolloutReader::find(int64_t step) const {
  const auto at = std::lower_bound(steps_.begin(), steps_.end(), step,
                                   [](const StepFrame& frame, int64_t wanted) { return frame.step < wanted; });
  return at != steps_.end() && at->step == step ? &*at : nullptr;
}

void RolloutReader::read_step(const StepFrame& step, RolloutDetail detail, const Use& use) {
  int64_t number = 0;
  read_frame(step, [&](std::string_view line) {
    const Place place = line_place(step, ++number);
    LoggedRollout rollout = read_rollout_line(line, detail, place);
    if (rollout.step != step.step) throw Error(fmt::format("it says step {}", rollout.step), place);
    return use(std::move(rollout));
  });
}

void RolloutReader::read_all(RolloutDetail detail, const Use& use, const OnProgress& on_progress) const {
  Task progress(on_progress, "reading rollouts", static_cast<int64_t>(steps_.size()));
  bool more = true;
  for (size_t i = 0; more && i < steps_.size(); ++i) {
    read_step(steps_[i], detail, [&](LoggedRollout&& rollout) { return more = use(std::move(rollout)); });
    progress.advance();
  }
}

}  // namespace crescent
