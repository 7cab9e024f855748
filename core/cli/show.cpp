#include "core/app/show.hpp"

#include <memory>

#include "core/base/error.hpp"
#include "core/cli/commands.hpp"

namespace crescent {

Command add_show(CLI::App& program) {
  auto request = std::make_shared<ShowRequest>();
  CLI::App* command = program.add_subcommand("show", "print what a run sampled: by prompt or by step");
  command->add_option("RUN", request->run, "run directory; also of a run that is under way")->required();
  command->add_option("--prompt", request->prompt,
                      "id of a record: its text, its history, its responses, latest first");
  command->add_option("--step", request->step, "a step: its groups");
  command
      ->add_option("--source", request->source,
                   "train: the batch; probe: sampled only to measure prompts; replaced: without signal (grpo.resample)")
      ->check(CLI::IsMember({"train", "probe", "replaced"}));
  command->add_option("--limit", request->limit, "responses to print; 0: all (default: 8, or all with --json)")
      ->check(CLI::Range(0, 1000000000));
  command->add_flag("--json", request->json,
                    "the lines of rollouts/ as they are, tokens and log-probabilities included");
  command->footer(
      "Examples:\n"
      "  crescent show runs/quickstart-1                               what there is\n"
      "  crescent show runs/quickstart-1 --step 900\n"
      "  crescent show runs/quickstart-1 --prompt train-000012 --limit 0 | less\n"
      "  crescent show runs/quickstart-1 --step 900 --json | jq .reward");
  return [request] {
    if (request->json && !request->prompt && !request->step)
      fail_usage({}, "show: --json prints rollouts; say which with --step or --prompt");
    if (request->source && !request->prompt && !request->step)
      fail_usage({}, "show: --source chooses among rollouts; say which with --step or --prompt");
    show_run(*request);
    return 0;
  };
}

}  // namespace crescent
