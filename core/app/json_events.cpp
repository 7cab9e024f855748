#include "core/app/json_events.hpp"

#include "core/rundir/step_line.hpp"

namespace crescent {

// Bytes that are not UTF-8 (a path, a reward's message) become U+FFFD.
static std::string line_of(const Json& event) {
  return event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string start_event(const std::string& run, int64_t after_step, int64_t total_steps) {
  Json event = {{"event", "start"}, {"run", run}, {"after_step", after_step}, {"steps", nullptr}};
  if (total_steps >= 0) event["steps"] = total_steps;
  return line_of(event);
}

std::string step_event(const StepReport& report) {
  JsonLine out;
  out.key("event").text("step");
  write_step(report, report.metrics, out);
  out.key("timings").open();
  for (const auto& [name, value] : report.timings) out.key(name).number(value);
  out.close();
  return std::move(out).line();
}

std::string progress_event(const TaskProgress& state) {
  return line_of({{"event", "progress"}, {"task", state.task}, {"done", state.done}, {"total", state.total}});
}

std::string checked_event(const Json& experiment) {
  Json event = {{"event", "checked"}};
  event.update(experiment);
  return line_of(event);
}

std::string finished_event(const std::string& run, const std::string& report, const Json& result) {
  Json event = {{"event", "finished"}, {"run", run}, {"report", nullptr}, {"result", result}};
  if (!report.empty()) event["report"] = report;
  return line_of(event);
}

std::string interrupted_event(const std::string& run) { return line_of({{"event", "interrupted"}, {"run", run}}); }

std::string failed_event(const std::string& error, int exit_code) {
  return line_of({{"event", "failed"}, {"error", error}, {"exit_code", exit_code}});
}

}  // namespace crescent
