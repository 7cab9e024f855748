#include "core/score/sample_source.hpp"

#include <string>
#include <unordered_map>

#include "core/data/view.hpp"

namespace crescent {

void read_sample_lines(std::istream& in, const std::string& name, const UseSample& use) {
  std::string line;
  for (int number = 1; std::getline(in, line); ++number)
    if (line.find_first_not_of(" \t\r") != std::string::npos) use(read_sample_line(line, {name, number}));
}

static SavedSample sample_of(LoggedRollout&& rollout, const Record& record) {
  SavedSample sample;
  sample.id = rollout.prompt;
  sample.label = fmt::format("{} at step {}, {} view, visit {}, sample {}", rollout.prompt, rollout.step,
                             view_name(rollout.view), rollout.visit, rollout.sample + 1);
  sample.prompt = view_of(record, rollout.view).text;
  sample.response = std::move(*rollout.text);
  sample.gold = record.answer;
  sample.columns_json = record.columns_json;
  sample.phase = rollout.phase;
  sample.index = static_cast<uint32_t>(rollout.sample);
  sample.tokens = static_cast<uint32_t>(rollout.response_tokens);
  sample.finish = rollout.finish;
  sample.step = rollout.step;
  sample.from_run = true;
  sample.origin = {rollout.step, rollout.visit, rollout.sample, rollout.view};
  return sample;
}

RunSamples read_run_samples(const RolloutReader& rollouts, const std::vector<Record>& records, const UseSample& use) {
  std::unordered_map<std::string_view, const Record*> by_id;
  for (const Record& record : records) by_id.emplace(record.id, &record);
  RunSamples counts;
  uint64_t group = 0;  // a new one where a group's first sample stands
  rollouts.read_all(RolloutDetail::all, [&](LoggedRollout&& rollout) {
    ++counts.read;
    group += rollout.sample == 0;
    if (!rollout.text) return ++counts.without_text, true;
    const auto record = by_id.find(rollout.prompt);
    if (record == by_id.end())
      fail("step {}: the prompt \"{}\" is not among the {} records of the run's data; were they changed since?",
           rollout.step, rollout.prompt, records.size());
    SavedSample sample = sample_of(std::move(rollout), *record->second);
    sample.group = group;
    use(std::move(sample));
    return true;
  });
  return counts;
}

}  // namespace crescent
