// events/: what TensorBoard shows of a run. One file a session; a resumed run cuts the earlier ones back to its
// checkpoint, so that no step appears twice, and begins its own with the mark that makes a TensorBoard that is already
// looking forget the steps that were cut.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/files.hpp"
#include "core/flow/metrics.hpp"

namespace crescent {

double wall_clock();  // seconds since 1970

class EventWriter : public MetricSink {  // [main-thread]
 public:
  // Removes events after step `keep` (-1: all) from the files in `folder` and begins events.out.tfevents.<session>,
  // whose number must be above that of every session before.
  EventWriter(std::string folder, int64_t session, int64_t keep, std::function<double()> clock = wall_clock);

  void step(const StepReport& report) override;  // metrics by their names, timings as timing/<name>
  void histogram(int64_t step, std::string_view tag, std::span<const double> values);  // NaN is left out
  void image(int64_t step, std::string_view tag, int64_t width, int64_t height, std::string_view png);
  void text(int64_t step, std::string_view tag, std::string_view markdown);
  void sync();  // to disk, with the file's name

 private:
  void write(int64_t step, std::string_view values);
  std::string folder_;
  std::function<double()> clock_;
  AppendFile file_;
};

}  // namespace crescent
