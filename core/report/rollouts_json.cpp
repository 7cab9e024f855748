#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/report/pack.hpp"
#include "core/report/payload.hpp"
#include "core/report/pictures.hpp"
#include "core/report/token_table.hpp"

namespace crescent {

namespace {

using RecordsById = std::unordered_map<std::string, const Record*>;

RecordsById by_id(const Dataset* records) {
  RecordsById found;
  if (records != nullptr)
    for (const Record& record : records->records) found.emplace(record.id, &record);
  return found;
}

// The names of all rewards and parts, in the order they first appear.
std::vector<std::string> part_names(const RolloutSample& sample) {
  std::vector<std::string> names;
  for (const SampledGroup& group : sample.groups)
    for (const LoggedRollout& rollout : group.rollouts)
      for (const auto& [name, value] : rollout.parts)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

Json parts_json(const LoggedRollout& rollout, const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) {
    const auto found =
        std::find_if(rollout.parts.begin(), rollout.parts.end(), [&](const auto& part) { return part.first == name; });
    list.push_back(found == rollout.parts.end() ? Json() : short_number(found->second));
  }
  return list;
}

Json response_json(const LoggedRollout& rollout, const std::vector<std::string>& names, TokenTable* tokens) {
  Json json;
  json["text"] = rollout.text ? Json(*rollout.text) : Json();
  json["length"] = rollout.response_tokens;
  json["cut"] = rollout.finish == FinishReason::length;
  json["reward"] = short_number(rollout.reward);
  json["passed"] = rollout.passed ? Json(*rollout.passed) : Json();
  json["parts"] = parts_json(rollout, names);
  json["advantage"] = short_number(rollout.advantage);
  if (!rollout.errors.empty())
    for (const auto& [reward, error] : rollout.errors) json["errors"][reward] = error;
  if (tokens != nullptr && !rollout.tokens.empty()) {
    Json list = Json::array();
    for (const int32_t token : rollout.tokens) list.push_back(tokens->number_of(token));
    json["tokens"] = std::move(list);
    json["probabilities"] = base64(quantised(rollout.logprobs));
  }
  return json;
}

Json group_json(const SampledGroup& group, const std::vector<std::string>& names, TokenTable* tokens) {
  const LoggedRollout& first = group.rollouts.front();
  Json responses = Json::array();
  for (const LoggedRollout& rollout : group.rollouts) responses.push_back(response_json(rollout, names, tokens));
  return {{"step", first.step},     {"phase", first.phase},          {"probe", first.source == "probe"},
          {"prompt", first.prompt}, {"view", view_name(first.view)}, {"responses", std::move(responses)}};
}

Json record_json(const Record& record, Pictures& pictures) {
  Json places = Json::array();
  for (const std::string& path : record.images) places.push_back(pictures.place_of(path));
  return {{"problem", record.problem},
          {"text_problem", record.text_problem},
          {"caption", record.caption},
          {"answer", record.answer},
          {"pictures", std::move(places)}};
}

}  // namespace

Json rollouts_json(const RunContent& content, const RolloutSample& sample, size_t picture_bytes, size_t other_records) {
  const std::vector<std::string> names = part_names(sample);
  std::optional<TokenTable> tokens;
  if (content.run->tokenizer != nullptr) tokens.emplace(*content.run->tokenizer);
  Json groups = Json::array();
  for (const SampledGroup& group : sample.groups)
    groups.push_back(group_json(group, names, tokens ? &*tokens : nullptr));

  const RecordsById records = by_id(content.run->records);
  Pictures pictures(picture_bytes);
  Json shown = Json::object();
  const auto show = [&](const std::string& id) {
    const auto found = records.find(id);
    if (found != records.end() && !shown.contains(id)) shown[id] = record_json(*found->second, pictures);
  };
  std::set<std::string> first;
  for (const SampledGroup& group : sample.groups) first.insert(group.rollouts.front().prompt);
  for (const std::string& id : first) show(id);
  const size_t most = shown.size() + other_records;
  for (const PromptHistory& prompt : content.history.prompts())
    if (shown.size() < most) show(prompt.id);

  return {{"recorded", sample.recorded},
          {"shown", sample.rollouts()},
          {"part_names", names},
          {"groups", std::move(groups)},
          {"tokens", tokens ? Json(tokens->texts()) : Json()},
          {"logprob_step", kLogprobStep},
          {"records", std::move(shown)},
          {"pictures", pictures.uris()}};
}

}  // namespace crescent
