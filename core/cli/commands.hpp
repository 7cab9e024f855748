// One function a verb: declares its options on the parser; what it returns when called is the exit code
// (0 done, 1 run failed, 2 usage or configuration error, 130 interrupted and resumable).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace crescent {

using Command = std::function<int()>;

Command add_run(CLI::App& program);
Command add_sweep(CLI::App& program);
Command add_show(CLI::App& program);
Command add_report(CLI::App& program);
Command add_plan(CLI::App& program);
Command add_score(CLI::App& program);
Command add_generate(CLI::App& program);
Command add_logprobs(CLI::App& program);
Command add_export(CLI::App& program);
Command add_data(CLI::App& program);
Command add_plugins(CLI::App& program);
Command add_doctor(CLI::App& program);

}  // namespace crescent
