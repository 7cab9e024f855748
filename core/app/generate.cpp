#include "core/app/generate.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/app/machine.hpp"
#include "core/app/model_source.hpp"
#include "core/app/terminal.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/data/record.hpp"
#include "core/data/view.hpp"
#include "core/processor/processor.hpp"
#include "core/rollout/generator.hpp"
#include "core/rundir/config_reader.hpp"
#include "core/rundir/run_directory.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/parallel.hpp"

namespace crescent {

namespace {

constexpr size_t kRecordsPerCall = 64;          // whose responses are held at a time
constexpr int64_t kMicroBatchTokens = 1 << 14;  // of one forward pass over given responses

// A model, its processor and the data, ready to be asked.
struct Asked {
  Asked(const ModelRequest& request, RecordKind kind)
      : terminal(isatty(STDERR_FILENO) == 1, stderr),
        on_progress([this](const TaskProgress& state) { terminal.progress(state); }),
        folder(trained_model(request.model, log)),
        model(loaded(request)),
        processor(folder, model.config()),
        system(system_of(request)),
        records(load_dataset(request.data, kind, {.on_progress = on_progress}).records) {
    model.to(parse_device(request.device));
  }

  static std::optional<std::string> system_of(const ModelRequest& request) {
    if (request.system || !is_run_directory(request.model)) return request.system;
    return read_run_config(request.model).system;
  }

  VisionLanguageModel loaded(const ModelRequest& request) {
    parse_device(request.device);  // a mistake in it is told before anything is loaded
    set_compute_threads(request.threads > 0 ? request.threads : inspect_machine().cores);
    const Task loading(on_progress, "loading the model");
    return VisionLanguageModel::load(folder);
  }

  // Throws where prompt and response are longer than the positions that the model knows.
  RenderedPrompt render(const Record& record, const ModelRequest& request) const {
    return processor.render(as_written(record), system, request.max_prompt_tokens);
  }
  void check_length(const Record& record, size_t prompt_tokens, int64_t response_tokens) const {
    const int64_t all = static_cast<int64_t>(prompt_tokens) + response_tokens,
                  most = model.config().decoder.max_positions;
    if (all > most)
      fail_usage({fmt::format("record \"{}\"", record.id)},
                 "{} tokens of prompt and {} of response are {}, over the model's max_position_embeddings = {}",
                 prompt_tokens, response_tokens, all, most);
  }

  Log log;
  Terminal terminal;
  OnProgress on_progress;
  std::string folder;
  VisionLanguageModel model;
  Processor processor;
  std::optional<std::string> system;
  std::vector<Record> records;
};

void print_line(const Json& line) {
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

// A float as it reads back: the shortest decimals.
Json numbers(const std::vector<float>& values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(std::stod(fmt::format("{}", value)));
  return list;
}

}  // namespace

void generate(const GenerateRequest& request) {
  Asked asked(request, RecordKind::prompt);
  GeneratorOptions options;
  options.banned_tokens = asked.processor.banned_tokens();
  Generator generator(asked.model, options);
  SamplingOptions sampling;
  sampling.temperature = request.temperature;
  sampling.top_p = request.top_p;
  sampling.greedy = request.greedy;
  sampling.max_response_tokens = request.max_tokens;
  sampling.seed = static_cast<uint64_t>(request.seed);
  sampling.purpose = "generate";
  Task progress(asked.on_progress, "generating", static_cast<int64_t>(asked.records.size()));
  for (size_t begin = 0; begin < asked.records.size(); begin += kRecordsPerCall) {
    const size_t end = std::min(begin + kRecordsPerCall, asked.records.size());
    std::vector<GenerationRequest> wanted;
    for (size_t i = begin; i < end; ++i) {
      auto prompt = std::make_shared<const RenderedPrompt>(asked.render(asked.records[i], request));
      asked.check_length(asked.records[i], prompt->tokens.size(), request.max_tokens);
      wanted.push_back({std::move(prompt), {.prompt_index = i, .view = View::image}, request.samples});
    }
    std::vector<Group> groups(wanted.size());
    generator.generate(wanted, sampling, [&](size_t index, Group&& group) {
      groups[index] = std::move(group);
      progress.advance();
    });
    for (size_t i = 0; i < groups.size(); ++i)
      for (size_t sample = 0; sample < groups[i].rollouts.size(); ++sample) {
        const Rollout& rollout = groups[i].rollouts[sample];
        print_line({{"id", asked.records[begin + i].id},
                    {"sample", sample},
                    {"text", asked.processor.decode(rollout.tokens)},
                    {"tokens", rollout.tokens},
                    {"logprobs", numbers(rollout.logprobs)},
                    {"finish", rollout.finish == FinishReason::stop ? "stop" : "length"}});
      }
  }
}

void response_logprobs(const ModelRequest& request) {
  const at::NoGradGuard no_grad;
  Asked asked(request, RecordKind::sft);
  Task progress(asked.on_progress, "log-probabilities", static_cast<int64_t>(asked.records.size()));
  for (size_t begin = 0; begin < asked.records.size();) {
    std::vector<RenderedPrompt> prompts;
    std::vector<std::vector<int32_t>> responses;
    int64_t tokens = 0;
    for (size_t i = begin; i < asked.records.size() && (prompts.empty() || tokens < kMicroBatchTokens); ++i) {
      const Record& record = asked.records[i];
      prompts.push_back(asked.render(record, request));
      responses.push_back(asked.processor.render_response(record.response, record.id));
      asked.check_length(record, prompts.back().tokens.size(), static_cast<int64_t>(responses.back().size()));
      tokens += static_cast<int64_t>(prompts.back().tokens.size() + responses.back().size());
    }
    std::vector<PackedGroup> packed;
    for (size_t i = 0; i < prompts.size(); ++i) packed.push_back({&prompts[i], {responses[i]}});
    const PackedBatch batch = pack_groups(packed);
    const at::Tensor logprobs =
        asked.model.logprobs(asked.model.hidden(batch.input), batch.targets, request.temperature).logprobs.cpu();
    const float* value = logprobs.const_data_ptr<float>();
    for (size_t i = 0; i < prompts.size(); ++i) {
      const std::vector<float> own(value, value + responses[i].size());
      value += responses[i].size();
      print_line({{"id", asked.records[begin + i].id},
                  {"prompt_tokens", prompts[i].tokens.size()},
                  {"tokens", responses[i]},
                  {"logprobs", numbers(own)}});
      progress.advance();
    }
    begin += prompts.size();
  }
}

}  // namespace crescent
