#include "core/app/score.hpp"

#include <memory>

#include "core/cli/commands.hpp"
#include "core/cli/settings.hpp"

namespace crescent {

Command add_score(CLI::App& program) {
  struct Arguments {
    ScoreRequest request;
    std::vector<std::string> options, against_options;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.add_subcommand("score", "what a reward says about saved samples, without training");
  command
      ->add_option(
          "REWARD", arguments->request.reward,
          "a plugin's name, a .so, file.py:FUNCTION, a .lua with a reward, experiment.lua:NAME, one of its rewards in "
          "Lua, a program with its arguments, or an http:// address")
      ->required();
  command->add_option("--rollouts", arguments->request.rollouts,
                      "a file of samples, or a run directory (default: samples from stdin)");
  command->add_option("--option,--set", arguments->options, "name=value: an option of the reward")
      ->allow_extra_args(false);
  CLI::Option* against =
      command->add_option("--against", arguments->request.against, "a second reward: how far the two agree");
  command->add_option("--against-option", arguments->against_options, "name=value: an option of the second reward")
      ->allow_extra_args(false)
      ->needs(against);
  command
      ->add_option("--at-least", arguments->request.at_least, "the score that passes, where two rewards are compared")
      ->capture_default_str()
      ->needs(against);
  command->footer(
      "A sample is a line {\"id\", \"response\", \"gold\"} and, where the reward looks at them, \"prompt\", "
      "\"tokens\",\n"
      "\"finish\", \"phase\", \"step\", \"group\", \"index\"; other fields are the record's columns. Its score is a "
      "line\n"
      "{\"id\", \"score\", \"parts\"} on stdout, in the same order, with score null where the reward has nothing to "
      "say, or\n"
      "{\"id\", \"error\"}. Statistics go to stderr.\n"
      "Examples:\n"
      "  crescent score exact_math <samples.jsonl >scores.jsonl\n"
      "  crescent score exact_math --rollouts runs/quickstart-1 --against numeric_tolerance >scores.jsonl\n"
      "  crescent score length --option max_tokens=28 --option cache_tokens=8 --rollouts runs/quickstart-1\n"
      "  crescent score my_reward.lua --rollouts samples.jsonl\n"
      "  crescent score 'python3 judge.py' --option workers=4 --rollouts runs/quickstart-1\n"
      "  crescent score http://localhost:8000/score --option concurrency=16 --rollouts runs/quickstart-1\n"
      "  crescent score experiments/brevity/experiment.lua:brevity --rollouts runs/quickstart-1");
  return [arguments] {
    arguments->request.options = split_settings("--option", arguments->options);
    arguments->request.against_options = split_settings("--against-option", arguments->against_options);
    score_samples(arguments->request);
    return 0;
  };
}

}  // namespace crescent
