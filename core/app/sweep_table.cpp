#include "core/app/sweep_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/app/window.hpp"

namespace crescent {

namespace {

constexpr size_t kMostRunning = 12;

// "image 43.2 %": the held-out accuracies of a finished cell.
std::string accuracies(const Json& result) {
  std::string text;
  for (const auto& [name, value] : result["values"].items())
    if (name.size() > 13 && name.ends_with("/accuracy") && value.is_number())
      text += fmt::format("  {} {:.1f} %", name.substr(4, name.size() - 13), 100 * value.get<double>());
  return text;
}

std::string running_line(const TableRow& row) {
  return fmt::format("  {}  step {}{}{}", row.cell, row.step, row.to_step ? fmt::format(" of {}", *row.to_step) : "",
                     row.cells > 1 ? fmt::format(", for {} cells", row.cells) : "");
}

}  // namespace

void SweepTable::erase() {
  for (; drawn_ > 0; --drawn_) std::fputs("\033[A\033[2K", out_);
}

void SweepTable::show(const std::vector<TableRow>& rows, const std::map<std::string, Json>& results) {
  erase();
  const auto count = [&](const char* state) {
    return std::count_if(rows.begin(), rows.end(), [&](const TableRow& row) { return row.state == state; });
  };
  const auto ended = count("finished") + count("failed");
  for (const TableRow& row : rows) {
    if ((row.state != "finished" && row.state != "failed") || !told_.insert(row.cell + row.state).second) continue;
    const auto result = results.find(row.cell);
    fmt::print(out_, "{}: {}{}\n", row.cell, row.state,
               row.state == "failed"     ? ": " + row.error
               : result == results.end() ? ""
                                         : accuracies(result->second));
  }
  std::fflush(out_);
  if (!live_) return;
  std::vector<std::string> lines = {
      fmt::format("{} of {} cells ended, {} under way", ended, rows.size(), count("running"))};
  for (const TableRow& row : rows)
    if (row.state == "running" && (row.step > 0 || row.to_step) && lines.size() <= kMostRunning)
      lines.push_back(running_line(row));
  const size_t columns = window_columns(out_);
  for (const std::string& line : lines) std::fputs((line.substr(0, columns - 1) + "\n").c_str(), out_);
  std::fflush(out_);
  drawn_ = lines.size();
}

void SweepTable::end() {
  erase();
  std::fflush(out_);
}

}  // namespace crescent
