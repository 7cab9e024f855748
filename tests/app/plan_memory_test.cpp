// The plan's memory against what runs really take: `crescent plan` and `crescent run` on the same experiment.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "core/app/model_source.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/model/model.hpp"
#include "core/tensor/precision.hpp"
#include "tests/test_folder.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

constexpr double kMiB = 1024 * 1024;

// A folder with random weights of tiny-vl's tokenizer and other sizes.
std::string model_folder(const std::string& folder, int64_t hidden, int64_t intermediate, int64_t layers) {
  ModelConfig config = tiny_vl_config();
  config.decoder.hidden_size = config.vision.out_hidden_size = hidden;
  config.decoder.intermediate_size = intermediate;
  config.decoder.layers = layers;
  config.decoder.heads = hidden / 64;
  config.decoder.mrope_section = {8, 12, 12};
  config.vision.hidden_size = hidden / 2;
  config.vision.intermediate_size = hidden;
  VisionLanguageModel::random(config, 1).save_weights(folder);
  copy_processor_files(CRESCENT_SOURCE_DIR "/models/tiny-vl", folder);
  return folder;
}

struct Case {
  const char* name;
  std::string model;
  int threads;
  const char* script;  // what follows crescent.run; responses of random weights hardly ever end before their limit
  const char* precision = "fp32";
};

// Every group is trained on: the entropy bonus is a term of its own.
std::string experiment(const Case& c) {
  return fmt::format(R"(local crescent = import "crescent"
local run = crescent.run {{ name = "case", seed = 3, model = "{}", precision = "{}", system = "",
                           data = {{ "shapes", count = 256, val_count = 128, sft_count = 64 }} }}
run:reward {{ "exact_math" }}
local function grpo(options)
  options.lr, options.entropy_bonus = 1e-5, 0.001
  run:grpo(options)
end
local function validate(prompts)  -- at the start: responses have their full length
  run:validate {{ at_start = prompts > 0, prompts = math.max(1, prompts), samples = 4, views = {{ "image" }} }}
end
local function show(view) run:phase {{ view, view = view, steps = 2 }} end
{}
return run
)",
                     c.model, c.precision, c.script);
}

void shell(const std::string& command) {
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

double planned_peak(const std::string& script, int threads, const std::string& folder) {
  shell(fmt::format(CRESCENT_BINARY_DIR "/crescent plan {} --threads {} --no-rehearsal --json >{}/plan.json", script,
                    threads, folder));
  return number_member(read_json_file(folder + "/plan.json"), "peak_bytes", {});
}

double measured_peak(const std::string& script, int threads, const std::string& folder) {
  std::filesystem::remove_all(folder + "/run");
  shell(fmt::format(CRESCENT_BINARY_DIR "/crescent run {} --threads {} --out {}/run --quiet >{}/run.txt", script,
                    threads, folder, folder));
  const std::string timings = read_file(folder + "/run/timings.jsonl");
  const size_t last = timings.rfind('\n', timings.size() - 2);
  return number_member(parse_json(timings.substr(last == timings.npos ? 0 : last + 1), {}), "peak_memory_bytes", {});
}

// The first seven were looked at while the formulas were written; the others were not.
std::vector<Case> cases(const std::string& wide, const std::string& large) {
  const std::string tiny = "tiny-vl";
  return {
      {"quickstart's sizes, cold start", tiny, 2, R"(run:sft { steps = 2, batch = 48 }
        grpo { prompts = 32, group = 8, max_response_tokens = 28 } show("image") validate(128))"},
      {"text alone", tiny, 1, R"(grpo { prompts = 32, group = 8, max_response_tokens = 28 } show("text") validate(0))"},
      {"a larger group", tiny, 1,
       R"(grpo { prompts = 16, group = 32, max_response_tokens = 28 } show("image") validate(0))"},
      {"micro-batches of longer responses", tiny, 1,
       R"(grpo { prompts = 8, group = 8, max_response_tokens = 160, micro_batch_tokens = 4096 }
          show("image") validate(0))"},
      {"a cold start larger than the rest", tiny, 1, R"(run:sft { steps = 2, batch = 192 }
        grpo { prompts = 2, group = 2, max_response_tokens = 8 } show("image") validate(0))"},
      {"4 million parameters", wide, 2,
       R"(grpo { prompts = 4, group = 8, max_response_tokens = 40 } show("image") validate(0))"},
      {"19 million parameters, a reference", large, 1,
       R"(grpo { prompts = 2, group = 4, max_response_tokens = 24, kl = { coefficient = 0.01 } }
          show("image") validate(0))"},

      {"a reference and several updates, captions", wide, 1,
       R"(grpo { prompts = 16, group = 8, max_response_tokens = 24, kl = { coefficient = 0.02 },
                 updates = { minibatch_prompts = 4, epochs = 2 } } show("caption") validate(0))"},
      {"KL in the reward, text", large, 2,
       R"(grpo { prompts = 8, group = 8, max_response_tokens = 32, kl = { coefficient = 0.02, place = "reward" } }
          show("text") validate(0))"},
      {"a cold start in micro-batches", wide, 1, R"(run:sft { steps = 2, batch = 128, micro_batch_tokens = 1500 }
        grpo { prompts = 2, group = 2, max_response_tokens = 8 } show("image") validate(0))"},
      {"a cold start of 19 million parameters", large, 2, R"(run:sft { steps = 2, batch = 32 }
        grpo { prompts = 2, group = 4, max_response_tokens = 16 } show("text") validate(0))"},
      {"validation larger than training", wide, 1,
       R"(grpo { prompts = 2, group = 2, max_response_tokens = 32 } show("image") validate(128))"},
      {"a refresh of all scores", wide, 2,
       R"(run:sampler { "variance_aware", preset = "mmr1", refresh_every = 3, refresh_rollouts = 16 }
          grpo { prompts = 2, group = 2, max_response_tokens = 20 } show("image") validate(0))"},
      {"three views, group of 16", tiny, 2,
       R"(grpo { prompts = 24, group = 16, max_response_tokens = 36 } show("text") show("caption") show("image")
          validate(64))"},
      {"19 million parameters in bf16", large, 1,
       R"(grpo { prompts = 2, group = 4, max_response_tokens = 24 } show("image") validate(0))", "bf16"},
      {"quickstart's sizes in bf16", tiny, 2, R"(run:sft { steps = 2, batch = 48 }
        grpo { prompts = 32, group = 8, max_response_tokens = 28 } show("image") validate(128))",
       "bf16"},
  };
}

}  // namespace

TEST_CASE("the planned peak is within 15 % of what runs take") {
  const TestFolder folder("plan_memory");
  make_folders(folder.path);
  ::setenv("CRESCENT_CACHE", (folder.path + "/cache").c_str(), 1);
  const std::vector<Case> all =
      cases(model_folder(folder.path + "/wide", 256, 768, 4), model_folder(folder.path + "/large", 512, 1536, 6));
  const bool every = std::getenv("CRESCENT_ALL_PLANS") != nullptr;  // else as many as a test has time for
  for (const size_t i : every ? std::vector<size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
                              : std::vector<size_t>{0, 1, 4, 7, 12, 14}) {
    const Case& c = all.at(i);
    if (c.precision == std::string("bf16") && !missing_bf16().empty()) continue;
    const std::string name = c.name, script = folder.path + "/case.lua";
    CAPTURE(name);
    write_file_atomically(script, experiment(c));
    const double planned = planned_peak(script, c.threads, folder.path) / kMiB;
    const double measured = measured_peak(script, c.threads, folder.path) / kMiB;
    MESSAGE(fmt::format("{}: planned {:.1f} MiB, measured {:.1f} MiB, {:+.1f} %", name, planned, measured,
                        100 * (planned / measured - 1)));
    CHECK(planned / measured == doctest::Approx(1).epsilon(0.15));
  }
}
