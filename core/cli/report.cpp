#include "core/app/report.hpp"

#include <fmt/format.h>

#include <memory>

#include "core/app/terminal.hpp"
#include "core/cli/commands.hpp"

namespace crescent {

Command add_report(CLI::App& program) {
  auto request = std::make_shared<ReportRequest>();
  CLI::App* command =
      program.add_subcommand("report", "one HTML page of a run, several, or a sweep, to open without a network");
  command->add_option("RUN", request->runs, "run directories, several being drawn over each other; or that of a sweep")
      ->required();
  command->add_option("--out", request->out,
                      "file to write (default: report.html in the directory; for several runs, in this one)");
  command
      ->add_option("--rollouts", request->rollouts,
                   "rollouts of each run that are shown, with what was kept of them; the page stays below 5 MB "
                   "(default: 4000)")
      ->check(CLI::Range(0, 1'000'000));
  auto format = std::make_shared<std::string>("html");
  command
      ->add_option(
          "--format", *format,
          "of a sweep: html, the page; markdown or latex, its tables for a paper, printed unless --out is given")
      ->check(CLI::IsMember({"html", "markdown", "latex"}));
  command->footer(
      "Examples:\n"
      "  crescent report runs/quickstart-1\n"
      "  crescent report runs/quickstart-1 runs/quickstart-2 --out seeds.html\n"
      "  crescent report sweeps/lambda\n"
      "  crescent report sweeps/lambda --format markdown\n"
      "A run that is still going can be reported on; a finished one has its report.html already.");
  return [request, format] {
    request->format = *format == "markdown" ? ReportFormat::markdown
                      : *format == "latex"  ? ReportFormat::latex
                                            : ReportFormat::html;
    std::string said;
    {
      Terminal terminal(stdout_is_terminal());
      said = write_report(*request, find_resources(), [&](const TaskProgress& state) { terminal.progress(state); });
    }
    fmt::print("{}\n", said);
    return 0;
  };
}

}  // namespace crescent
