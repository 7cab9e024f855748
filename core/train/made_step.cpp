#include "core/train/made_step.hpp"

#include <bit>

#include "core/base/json.hpp"

namespace crescent {

// Bits, because JSON has no NaN and metrics.jsonl must come out the same.
static Json write_values(const NamedValues& values) {
  Json list = Json::array();
  for (const auto& [name, value] : values) list.push_back({name, std::bit_cast<uint64_t>(value)});
  return list;
}

static NamedValues read_values(const Json& list) {
  NamedValues values;
  for (const Json& entry : list)
    values.emplace_back(entry.at(0).get<std::string>(), std::bit_cast<double>(entry.at(1).get<uint64_t>()));
  return values;
}

std::string write_made_step(const MadeStep& made) {
  const StepReport& report = made.report;
  NamedValues recorded;
  for (const auto& [name, values] : made.recorded)
    for (const double value : values) recorded.emplace_back(name, value);
  return Json({{"step", report.step},
               {"phase", report.phase},
               {"view", report.view},
               {"metrics", write_values(report.metrics)},
               {"timings", write_values(report.timings)},
               {"refreshed", made.refreshed},
               {"spent", write_values({{"tokens", made.spent.tokens}, {"seconds", made.spent.seconds}})},
               {"recorded", write_values(recorded)}})
      .dump();
}

MadeStep read_made_step(std::string_view bytes) {
  const Place place{"saved step in progress", 0};
  const Json json = parse_json(bytes, place);
  try {
    const NamedValues spent = read_values(json.at("spent"));
    MadeStep made{
        {json.at("step").get<int64_t>(), json.at("phase").get<std::string>(), json.at("view").get<std::string>(),
         read_values(json.at("metrics")), read_values(json.at("timings"))},
        json.at("refreshed").get<bool>(),
        {value_or_nan(spent, "tokens"), value_or_nan(spent, "seconds")},
        {}};
    for (const auto& [name, value] : read_values(json.at("recorded"))) made.recorded[name].push_back(value);
    return made;
  } catch (const Json::exception& e) {
    throw Error(fmt::format("is not what was saved: {}", e.what()), place);
  }
}

}  // namespace crescent
