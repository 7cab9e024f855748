#include "core/remote/sample_lines.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/json.hpp"

namespace crescent {

namespace {

constexpr size_t kShown = 200;  // bytes of what is no answer that an error shows

void set_failed(Score& score, std::string why) {
  score = Score{};
  score.error = std::move(why);
}

// The parts by name; "" or what is wrong with them.
std::string read_parts(const Json& given, const std::vector<std::string>& names, std::vector<double>& parts) {
  parts.assign(names.size(), std::nan(""));
  if (given.is_null()) return "";
  if (!given.is_object()) return fmt::format("\"parts\" must be an object of numbers, and is {}", given.dump());
  for (const auto& [name, value] : given.items()) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      return fmt::format("it gave a part \"{}\", which the reward does not declare: parts = {{ \"{}\" }}{}", name, name,
                         nearest(name, names).empty() ? "" : suggestion(name, names));
    if (value.is_null()) continue;
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      return fmt::format("the part \"{}\" must be a finite number, and is {}", name, value.dump());
    parts[static_cast<size_t>(found - names.begin())] = value.get<double>();
  }
  return "";
}

Score read_score(const Json& answer, const std::vector<std::string>& parts) {
  Score score;
  if (const auto error = answer.find("error"); error != answer.end() && !error->is_null()) {
    set_failed(score, error->is_string() ? error->get<std::string>() : error->dump());
    if (score.error.empty()) score.error = "it gave no reason";
    return score;
  }
  const auto value = answer.find("score");
  if (value == answer.end()) {
    set_failed(score, "its answer has neither \"score\" nor \"error\"");
  } else if (value->is_null()) {
    score.status = ScoreStatus::not_applicable;
  } else if (!value->is_number() || !std::isfinite(value->get<double>())) {
    set_failed(score, fmt::format("the score must be a finite number or null, and is {}", value->dump()));
  } else {
    score.value = value->get<double>();
    score.status = ScoreStatus::ok;
    const auto given = answer.find("parts");
    const std::string wrong = read_parts(given == answer.end() ? Json() : *given, parts, score.parts);
    if (!wrong.empty()) set_failed(score, wrong);
  }
  return score;
}

}  // namespace

std::string sample_json(const Sample& sample, uint64_t id, size_t batch_size) {
  Json out = {{"id", id},
              {"batch_size", batch_size},
              {"prompt", sample.prompt},
              {"response", sample.response},
              {"gold", sample.gold}};
  out["columns"] =
      sample.columns_json.empty()
          ? Json::object()
          : parse_json(sample.columns_json, {fmt::format("columns of record \"{}\"", sample.record_id), 0});
  out["record"] = sample.record_id;
  out["group"] = sample.group_id;
  out["index"] = sample.index_in_group;
  out["tokens"] = sample.token_count;
  out["finish"] = sample.finish == FinishReason::stop ? "stop" : "length";
  out["phase"] = sample.phase;
  out["step"] = sample.step;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);  // what is no UTF-8 becomes U+FFFD
}

JsonVerdict read_verdict(std::string_view text, const std::vector<std::string>& parts, bool needs_id) {
  const Json answer = Json::parse(text, nullptr, false);
  const bool has_id = answer.is_object() && answer.contains("id") && answer["id"].is_number_unsigned();
  if (!answer.is_object() || (needs_id && !has_id))
    fail("it wrote {} where a JSON object {} was expected",
         Json(text.substr(0, kShown)).dump(-1, ' ', true, Json::error_handler_t::replace),
         needs_id ? "with the \"id\" of a sample" : "with a \"score\"");
  return {has_id ? answer["id"].get<uint64_t>() : 0, read_score(answer, parts)};
}

}  // namespace crescent
