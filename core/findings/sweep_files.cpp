#include "core/findings/sweep_files.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <unordered_map>

#include "core/base/file_errors.hpp"
#include "core/base/lines.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return fmt::format("{}", value.get<double>());
  return value.dump();
}

size_t level_of(const FactorRecord& factor, const Json& value, const Place& place) {
  const std::string text = value_text(value);
  const auto found = std::find(factor.values.begin(), factor.values.end(), text);
  if (found == factor.values.end())
    throw Error(
        fmt::format("{} is {}, which is none of its values {}", factor.name, text, fmt::join(factor.values, ", ")),
        place);
  return static_cast<size_t>(found - factor.values.begin());
}

// {"lambda": 0.5, ...} -> a level for each factor.
std::vector<size_t> read_levels(const SweepFiles& sweep, const Json& params, const Place& place) {
  std::vector<size_t> levels(sweep.factors.size(), kUnset);
  for (const auto& [name, value] : params.items()) {
    size_t at = 0;
    while (at < sweep.factors.size() && sweep.factors[at].name != name) ++at;
    if (at == sweep.factors.size()) throw Error(fmt::format("there is no factor {}", name), place);
    levels[at] = level_of(sweep.factors[at], value, place);
  }
  return levels;
}

CellRecord read_cell(const SweepFiles& sweep, const Json& json, const Place& place) {
  CellRecord cell;
  cell.key = string_member(json, "key", place);
  const Place here{fmt::format("{}, cell {}", place.str(), cell.key)};
  cell.directory = string_member(json, "directory", here);
  cell.levels = read_levels(sweep, member(json, "params", here), here);
  cell.seed = integer_member(json, "seed", here);
  cell.state = string_member(json, "state", here);
  cell.error = json.value("error", "");
  return cell;
}

void refuse_twice(const SweepFiles& sweep, const Place& place) {
  std::set<std::pair<std::vector<size_t>, int64_t>> seen;
  for (const CellRecord& cell : sweep.cells)
    if (!seen.emplace(cell.levels, cell.seed).second)
      throw Error(fmt::format("cell {} has the settings and seed of another", cell.key), place);
}

// Of validation samples without a verdict: only steps that had any report them, and they are no result.
bool is_count(const std::string& metric) { return metric.ends_with("/failed") || metric.ends_with("/unscored"); }

SweepFiles read_plan(const std::string& folder) {
  SweepFiles sweep;
  sweep.folder = folder;
  const Place place{folder + "/sweep.json"};
  const Json json = read_json_file(place.file);
  sweep.name = string_member(json, "name", place);
  for (const Json& entry : member(json, "factors", place)) {
    FactorRecord& factor = sweep.factors.emplace_back(FactorRecord{string_member(entry, "name", place), {}});
    for (const Json& value : member(entry, "values", place)) factor.values.push_back(value_text(value));
  }
  for (const Json& seed : member(json, "seeds", place)) sweep.seeds.push_back(seed.get<int64_t>());
  const Json& baseline = member(json, "baseline", place);
  if (!baseline.is_null() && !baseline.empty()) sweep.baseline = read_levels(sweep, baseline, place);
  for (const Json& metric : member(json, "metrics", place))
    if (const auto name = metric.get<std::string>(); !is_count(name)) sweep.metrics.push_back(name);
  for (const Json& cell : member(json, "cells", place)) sweep.cells.push_back(read_cell(sweep, cell, place));
  refuse_twice(sweep, place);
  return sweep;
}

using CellNumbers = std::unordered_map<std::string, size_t>;

size_t cell_number(const CellNumbers& numbers, const std::string& key, const Place& place) {
  const auto found = numbers.find(key);
  if (found == numbers.end()) throw Error(fmt::format("there is no cell {} in sweep.json", key), place);
  return found->second;
}

void read_results(const std::string& path, const CellNumbers& numbers, SweepFiles& sweep) {
  for_each_whole_line(path, [&](std::string_view line, int number) {
    const Place place{path, number};
    const Json json = parse_json(line, place);
    CellRecord& cell = sweep.cells[cell_number(numbers, string_member(json, "cell", place), place)];
    cell.steps = integer_member(json, "steps", place);
    cell.values.clear();
    for (const auto& [name, value] : member(json, "values", place).items())
      cell.values.emplace_back(name, value.is_null() ? std::nan("") : value.get<double>());
  });
}

void read_tree(const std::string& path, const CellNumbers& numbers, SweepFiles& sweep) {
  const Place place{path};
  const Json json = read_json_file(path);
  for (const Json& entry : member(json, "edges", place)) {
    EdgeRecord& edge = sweep.edges.emplace_back();
    edge.id = string_member(entry, "id", place);
    if (!member(entry, "parent", place).is_null()) edge.parent = string_member(entry, "parent", place);
    edge.from_step = integer_member(entry, "from_step", place);
    if (!member(entry, "to_step", place).is_null()) edge.to_step = integer_member(entry, "to_step", place);
    for (const Json& key : member(entry, "cells", place))
      edge.cells.push_back(cell_number(numbers, key.get<std::string>(), place));
    edge.state = string_member(entry, "state", place);
    if (entry.contains("split") && entry["split"].is_string()) edge.split = entry["split"];
  }
}

SweepFiles read(const std::string& folder) {
  SweepFiles sweep = read_plan(folder);
  CellNumbers numbers;
  for (size_t i = 0; i < sweep.cells.size(); ++i) numbers[sweep.cells[i].key] = i;
  if (const std::string path = folder + "/results.jsonl"; fs::exists(path)) read_results(path, numbers, sweep);
  if (const std::string path = folder + "/tree.json"; fs::exists(path)) read_tree(path, numbers, sweep);
  return sweep;
}

}  // namespace

bool is_sweep_directory(const std::string& folder) { return fs::is_regular_file(folder + "/sweep.json"); }

SweepFiles read_sweep_files(const std::string& folder) {
  if (!is_sweep_directory(folder)) fail_usage({}, "{} is not the directory of a sweep: it has no sweep.json", folder);
  return with_file_errors(folder, [&] { return read(folder); });
}

}  // namespace crescent
