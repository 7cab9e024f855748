// sweep.json, results.jsonl, results.csv and tree.json.
#include <algorithm>
#include <cmath>

#include "core/base/files.hpp"
#include "core/rundir/metrics_reader.hpp"
#include "core/sweep/sweep_directory.hpp"

namespace crescent {

Json to_json(const Value& value) {
  if (const auto* b = value.get<bool>()) return *b;
  if (const auto* i = value.get<int64_t>()) return *i;
  if (const auto* d = value.get<double>()) return *d;
  if (const auto* s = value.get<std::string>()) return *s;
  const auto* table = value.get<Table>();
  if (table == nullptr) return nullptr;
  Json object = Json::object();
  for (const auto& [name, field] : table->fields) object[name] = to_json(field);
  return object;
}

std::vector<CellState> cell_states(SweepDirectory& directory, const std::vector<TreeCell>& cells,
                                   const std::vector<Edge>& edges, const std::vector<EdgeState>& states) {
  std::vector<CellState> found(cells.size(), {"waiting", ""});
  for (size_t e = 0; e < edges.size(); ++e) {
    if (states[e] == EdgeState::waiting || (states[e] == EdgeState::done && !edges[e].leaf)) continue;
    const std::string error = states[e] == EdgeState::failed ? directory.claims().attempts(edges[e].id).error : "";
    for (const size_t cell : edges[e].cells) {
      if (states[e] == EdgeState::done) found[cell] = {"finished", ""};
      if (states[e] == EdgeState::running) found[cell] = {"running", ""};
      if (states[e] == EdgeState::failed)
        found[cell] = {"failed", edges[e].leaf
                                     ? error
                                     : fmt::format("in the steps that it shares with {}: {}",
                                                   cells[edges[e].cells[cell == edges[e].cells[0]]].key, error)};
    }
  }
  return found;
}

namespace {

// The last validation of the cell, whatever step it was made in.
Json result_of(const std::string& run, const SweepCell& cell) {
  const std::vector<StepReport> steps = read_metrics(run);
  Json values = Json::object();
  for (auto step = steps.rbegin(); step != steps.rend() && values.empty(); ++step)
    for (const auto& [name, value] : step->metrics)
      if (name.rfind("val/", 0) == 0) values[name] = std::isnan(value) ? Json(nullptr) : Json(value);
  return {{"cell", cell.key},
          {"params", to_json(Value(cell.params))},
          {"seed", cell.seed},
          {"steps", steps.empty() ? 0 : steps.back().step},
          {"values", values}};
}

std::string csv_field(const Json& value) {
  if (value.is_null()) return "";
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.find_first_of(",\"\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void write_results(SweepDirectory& directory, const SweepSummary& summary, const std::vector<CellState>& cells,
                   std::map<std::string, Json>& known) {
  std::string lines, table = "cell";
  for (const SweepFactor& factor : summary.spec.factors) table += "," + csv_field(factor.name);
  table += ",seed,steps";
  for (const std::string& metric : summary.metrics) table += "," + csv_field(metric);
  table += "\n";
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].state != "finished") continue;
    const SweepCell& cell = summary.spec.cells[i];
    auto at = known.find(cell.key);
    if (at == known.end()) at = known.emplace(cell.key, result_of(directory.cell_folder(cell.key), cell)).first;
    const Json& result = at->second;
    lines += result.dump() + "\n";
    table += csv_field(cell.key);
    for (const SweepFactor& factor : summary.spec.factors)
      table += "," + csv_field(result["params"].value(factor.name, Json()));
    table += fmt::format(",{},{}", cell.seed, result["steps"].dump());
    for (const std::string& metric : summary.metrics) table += "," + csv_field(result["values"].value(metric, Json()));
    table += "\n";
  }
  write_file_atomically(directory.path() + "/results.jsonl", lines);
  write_file_atomically(directory.path() + "/results.csv", table);
}

Json sweep_json(const SweepSummary& summary, const std::vector<CellState>& states) {
  Json factors = Json::array(), cells = Json::array();
  for (const SweepFactor& factor : summary.spec.factors) {
    Json values = Json::array();
    for (const Value& value : factor.values) values.push_back(to_json(value));
    factors.push_back({{"name", factor.name}, {"values", values}});
  }
  for (size_t i = 0; i < states.size(); ++i) {
    const SweepCell& cell = summary.spec.cells[i];
    cells.push_back({{"key", cell.key},
                     {"params", to_json(Value(cell.params))},
                     {"seed", cell.seed},
                     {"directory", "cells/" + cell.key},
                     {"state", states[i].state},
                     {"error", states[i].error}});
  }
  const TreeCost cost = cost_of(summary.cells, summary.edges);
  const auto known = [](const std::optional<int64_t>& n) { return n ? Json(*n) : Json(nullptr); };
  const Table& baseline = summary.spec.baseline;
  return {{"format", 1},
          {"name", summary.spec.name},
          {"factors", factors},
          {"seeds", summary.spec.seeds},
          {"baseline", baseline.fields.empty() ? Json(nullptr) : to_json(Value(baseline))},
          {"metrics", summary.metrics},
          {"threads", summary.threads},
          {"scripts", summary.scripts},
          {"cost", {{"asked_steps", known(cost.asked_steps)}, {"tree_steps", known(cost.tree_steps)}}},
          {"cells", cells}};
}

Json tree_json(const SweepSummary& summary) {
  Json list = Json::array();
  for (size_t e = 0; e < summary.edges.size(); ++e) {
    const Edge& edge = summary.edges[e];
    Json cells = Json::array();
    for (const size_t cell : edge.cells) cells.push_back(summary.cells[cell].key);
    list.push_back(
        {{"id", edge.id},
         {"parent", edge.parent < 0 ? Json(nullptr) : Json(summary.edges[static_cast<size_t>(edge.parent)].id)},
         {"from_step", edge.from_step},
         {"to_step", edge.to_step ? Json(*edge.to_step) : Json(nullptr)},
         {"steps", edge.to_step ? Json(*edge.to_step - edge.from_step) : Json(nullptr)},
         {"cells", cells},
         {"state", state_name(summary.states[e])}});
  }
  return {{"edges", list}};
}

}  // namespace

void write_summary(SweepDirectory& directory, const SweepSummary& summary, std::map<std::string, Json>& known) {
  const std::vector<CellState> cells = cell_states(directory, summary.cells, summary.edges, summary.states);
  const auto text = [](const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; };
  write_results(directory, summary, cells, known);
  write_file_atomically(directory.path() + "/tree.json", text(tree_json(summary)));
  write_file_atomically(directory.path() + "/sweep.json", text(sweep_json(summary, cells)));
}

}  // namespace crescent
