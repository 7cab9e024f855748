#include "core/app/generate.hpp"

#include <memory>

#include "core/cli/commands.hpp"

namespace crescent {

static void add_model_options(CLI::App* command, ModelRequest& request, const char* data) {
  command->add_option("MODEL", request.model, "a directory as transformers loads it, or a run: its newest checkpoint")
      ->required();
  command->add_option("--data", request.data, data)->required();
  command->add_option_function<std::string>(
      "--system", [&request](const std::string& text) { request.system = text; },
      "the system prompt (default: the run's; of a directory, what its chat template puts)");
  command->add_option("--temperature", request.temperature, "divides the logits, also those of the log-probabilities")
      ->check(CLI::Range(0.01, 100.0))
      ->capture_default_str();
  command->add_option("--max-prompt-tokens", request.max_prompt_tokens, "a longer prompt is an error")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command->add_option("--threads", request.threads, "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--device", request.device, "cpu, cuda or cuda:N")->capture_default_str();
}

Command add_generate(CLI::App& program) {
  auto request = std::make_shared<GenerateRequest>();
  CLI::App* command = program.add_subcommand("generate", "what a model writes to the prompts of a file");
  add_model_options(command, *request, "JSONL with \"problem\" and, where it has pictures, \"images\"");
  command->add_option("--samples", request->samples, "responses to each prompt")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--max-tokens", request->max_tokens, "limit of a response")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  CLI::Option* top_p = command
                           ->add_option("--top-p", request->top_p,
                                        "draw among the fewest likeliest tokens that hold so much probability")
                           ->check(CLI::Range(1e-6, 1.0))
                           ->capture_default_str();
  CLI::Option* seed = command->add_option("--seed", request->seed, "of what is drawn")
                          ->check(CLI::Range(int64_t{0}, int64_t{9'000'000'000'000'000}))
                          ->capture_default_str();
  command->add_flag("--greedy", request->greedy, "the likeliest token each time")->excludes(top_p)->excludes(seed);
  command->footer(
      "Each sample is a line {\"id\", \"sample\", \"text\", \"tokens\", \"logprobs\", \"finish\"} on stdout, in the "
      "order "
      "of the\n"
      "data; finish is \"stop\" or, at --max-tokens, \"length\".\n"
      "Examples:\n"
      "  crescent generate runs/quickstart-1 --data val.jsonl --greedy >samples.jsonl\n"
      "  crescent generate models/Qwen2.5-VL-3B-Instruct --data val.jsonl --samples 8 --temperature 0.7 --top-p 0.9");
  return [request] {
    generate(*request);
    return 0;
  };
}

Command add_logprobs(CLI::App& program) {
  auto request = std::make_shared<ModelRequest>();
  CLI::App* command = program.add_subcommand("logprobs", "how likely a model finds given responses");
  add_model_options(command, *request, "JSONL with \"problem\", \"response\" and, where it has pictures, \"images\"");
  command->footer(
      "Each record is a line {\"id\", \"prompt_tokens\", \"tokens\", \"logprobs\"} on stdout, in the order of the "
      "data: the\n"
      "tokens of the response and the end-of-turn token that the chat template puts after it.\n"
      "Example:\n"
      "  crescent logprobs runs/quickstart-1 --data sft.jsonl >logprobs.jsonl");
  return [request] {
    response_logprobs(*request);
    return 0;
  };
}

}  // namespace crescent
