// The files of rollouts/: JSON lines in zstd frames, one frame a step, so that a file can be cut back to any step and
// is whole up to the last frame. Before each frame stands a skippable frame (zstd's format, RFC 8878 3.1.2) that says
// which step it is and how long: a reader walks from step to step without decompressing. zstdcat passes over it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

inline constexpr int64_t kStepsPerSegment = 100;
std::string segment_name(int64_t first_step);              // "step_000100-000199.jsonl.zst"
int64_t segment_first_step(const std::string& file_name);  // -1 for any other name

// What is known of a step without decompressing it.
struct StepFrame {
  int64_t step = 0;
  int64_t samples = 0;          // lines
  int64_t samples_in_full = 0;  // with their text
  uint64_t text_bytes = 0;      // of the lines
  uint64_t frame_bytes = 0;     // compressed
  std::string path;             // where it is read from
  uint64_t offset = 0;          // of the frame, behind its skippable one
};

// Compresses the lines of one step: one thread and a fixed level, so that the same lines give the same bytes with the
// same version of zstd. Holds the compressed bytes of one step in memory.
class FrameWriter {
 public:
  FrameWriter();
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;
  void add(std::string_view line, bool in_full);
  // Both frames as they stand in the file; ready for the next step then.
  std::string finish(int64_t step);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The frames of one file in order. A last one that is not whole (a run that is writing it, or was killed) is left out
// where `may_end_short`. Throws Error naming file and byte on anything else.
std::vector<StepFrame> find_frames(const std::string& path, bool may_end_short);

// Calls `line` for each line of the frame, without its newline, until it returns false. Holds one line and a few
// hundred KB. Throws Error naming file and step where the frame is damaged; its checksum is compared at its end.
void read_frame(const StepFrame& frame, const std::function<bool(std::string_view line)>& line);

}  // namespace crescent
