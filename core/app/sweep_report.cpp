#include "core/app/sweep_report.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/base/files.hpp"
#include "core/findings/sweep_report.hpp"
#include "core/findings/tables.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

std::string write_tables(const std::string& folder, const std::string& out, ReportFormat format) {
  const SweepFiles sweep = read_sweep_files(folder);
  const Findings findings = findings_of(sweep);
  std::string text = format == ReportFormat::latex ? latex_tables(sweep, findings) : markdown_tables(sweep, findings);
  if (out.empty()) {
    text.erase(text.find_last_not_of('\n') + 1);  // whoever prints it ends the line
    return text;
  }
  write_file_atomically(out, text);
  return fmt::format("{}: tables of {} metrics", out, findings.metrics.size());
}

// Where the page finds the sweep's folder from its own.
std::string links_from(const std::string& page, const std::string& folder) {
  const fs::path beside = fs::weakly_canonical(fs::absolute(page)).parent_path();
  const fs::path to = fs::weakly_canonical(fs::absolute(folder)).lexically_relative(beside);
  return to == "." ? "" : to.string();
}

}  // namespace

std::string write_sweep_report(const std::string& folder, const std::string& out, ReportFormat format,
                               const OnProgress& on_progress) {
  if (format != ReportFormat::html) return write_tables(folder, out, format);
  const std::string path = out.empty() ? (fs::path(folder) / "report.html").string() : out;
  constexpr size_t kMostBytes = 5'000'000;
  const SweepReport report = make_sweep_report(folder, links_from(path, folder), kMostBytes, on_progress);
  write_file_atomically(path, report.html);
  write_file_atomically(folder + "/statistics.json", report.statistics);
  write_file_atomically(folder + "/differences.csv", report.differences);
  return fmt::format("{}: {:.1f} MB, {} of {} runs finished; open it in a browser{}", path,
                     static_cast<double>(report.html.size()) / 1e6, report.finished, report.runs,
                     report.fits ? "" : "\nlarger than the 5 MB it should have, although curves were left out");
}

}  // namespace crescent
