#include "core/rundir/step_clock.hpp"

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace crescent {

StepClock::StepClock(const std::string& path) {
  uint64_t whole = 0;  // bytes of lines that a kill did not cut
  if (std::filesystem::exists(path)) {
    const std::string text = read_file(path);
    int line_number = 0;
    for (size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = whole = end + 1) {
      const Place place{path, ++line_number};
      const Json line = parse_json(std::string_view(text).substr(begin, end - begin), place);
      if (!line.is_object() || !line.value("step", Json()).is_number_integer() ||
          !line.value("seconds", Json()).is_number())
        throw Error("must be a step and its seconds", place);
      seconds_.emplace(line["step"].get<int64_t>(), line["seconds"].get<double>());
    }
  }
  file_ = AppendFile(path);
  file_.truncate(whole);
}

double StepClock::note(int64_t step, double seconds) {
  const auto [known, is_new] = seconds_.emplace(step, seconds);
  if (is_new) {
    file_.append(Json({{"step", step}, {"seconds", seconds}}).dump() + "\n");
    file_.sync();  // before anything is decided by it
  }
  return known->second;
}

double StepClock::sum(int64_t first_step, int64_t last_step) const {
  double sum = 0;
  for (auto at = seconds_.lower_bound(first_step); at != seconds_.end() && at->first <= last_step; ++at)
    sum += at->second;
  return sum;
}

}  // namespace crescent
