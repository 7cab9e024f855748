#include "core/app/plan_report.hpp"

namespace crescent {

static Json memory_json(const MemoryPlan& plan) {
  Json stages;
  for (const StageMemory& stage : plan.stages) {
    for (const MemoryOwner& owner : memory_owners()) stages[stage.name][owner.key] = stage.*owner.bytes;
    stages[stage.name]["together"] = stage.total();
  }
  return stages;
}

static Json remedy_list(const std::vector<Remedy>& remedies) {
  Json list = Json::array();
  for (const Remedy& r : remedies)
    list.push_back({{"option", r.option},
                    {"from", r.from},
                    {"to", r.to},
                    {"cost", r.cost},
                    {"saved_bytes", r.saved_bytes},
                    {"enough", r.enough}});
  return list;
}

static Json phases_json(const PlanReport& report) {
  Json phases = Json::array();
  for (size_t i = 0; i < report.work.phases.size(); ++i) {
    const PhaseWork& phase = report.work.phases[i];
    Json views;
    for (const auto& [view, steps] : phase.by_view) views[view_name(view)] = steps;
    phases.push_back({{"name", phase.name},
                      {"steps", phase.steps > 0 ? Json(phase.steps) : Json(nullptr)},
                      {"steps_by_view", views},
                      {"rollouts", phase.rollouts},
                      {"resampled_rollouts_at_most", phase.resampled},
                      {"response_tokens_at_most", phase.response_tokens},
                      {"prompt_tokens", phase.prompt_tokens},
                      {"probe_rollouts", phase.probe_rollouts},
                      {"peak_bytes", report.memory.phase_peaks.at(i)}});
  }
  return phases;
}

static Json rehearsal_json(const PlanReport& report) {
  const Rehearsal& r = *report.rehearsal;
  const auto seconds = [&](const StepSeconds& of, Resampling resampling) {
    Json parts;
    for (const PartSeconds& part : durations(report.config, report.work, of, resampling))
      parts[part.each_step ? "each_step" : "whole"][part.name] = part.seconds;
    return parts;
  };
  Json json = {
      {"prompts", r.prompts}, {"tokens", r.tokens}, {"seconds_at_most", seconds(r.at_most, Resampling::at_most)}};
  if (r.likely)
    json["seconds_likely"] = seconds(*r.likely, Resampling::none), json["likely_response_tokens"] = r.likely_tokens;
  return json;
}

Json plan_json(const PlanReport& report) {
  Json json = {{"name", report.config.name},
               {"parameters", report.parameters},
               {"threads", report.threads},
               {"fits", report.fits()},
               {"peak_bytes", report.memory.peak().total()},
               {"peak_stage", report.memory.peak().name},
               {"available_bytes", report.available_bytes},
               {"memory_bytes", memory_json(report.memory)}};
  if (report.remedies)
    json["remedies"] = {{"single", remedy_list(report.remedies->single)},
                        {"together", remedy_list(report.remedies->together)}};
  json["cold_start"] = {{"steps", report.work.cold_start_steps}, {"examples", report.work.cold_start_examples}};
  json["phases"] = phases_json(report);
  json["validation"] = {{"times", report.work.validations}, {"rollouts_each", report.work.validation_rollouts}};
  if (report.rehearsal) json["rehearsal"] = rehearsal_json(report);
  return json;
}

}  // namespace crescent
