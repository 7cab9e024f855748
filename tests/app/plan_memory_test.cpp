// The plan's memory against what runs really take: `crescent plan` and `crescent run` on the same experiment.
#include <fmt/format.h>

#include <cstdlib>

#include "core/app/model_source.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/model/model.hpp"
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
  const char* cold_start;  // "" or options of run:sft
  const char* grpo;        // options of run:grpo
  const char* phases;
  int64_t validated;  // held-out prompts before training; 0: no validation there
  int threads;
};

void write_experiment(const Case& c, const std::string& path) {
  const std::string sft = *c.cold_start == 0 ? "" : fmt::format("run:sft {{ {} }}\n", c.cold_start);
  write_file_atomically(
      path, fmt::format(R"(local crescent = import "crescent"
local run = crescent.run {{ name = "case", seed = 3, model = "{}", system = "",
                           data = {{ "shapes", count = 256, val_count = 128, sft_count = 64 }} }}
{}run:grpo {{ lr = 1e-5, entropy_bonus = 0.001, {} }}
run:reward {{ "exact_math" }}
{}
run:validate {{ at_start = {}, prompts = {}, samples = 4, views = {{ "image" }} }}
return run
)",
                        c.model, sft, c.grpo, c.phases, c.validated > 0, std::max<int64_t>(1, c.validated)));
}

void shell(const std::string& command) {
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

double planned_peak(const std::string& experiment, int threads, const std::string& folder) {
  shell(fmt::format(CRESCENT_BINARY_DIR "/crescent plan {} --threads {} --no-rehearsal --json >{}/plan.json",
                    experiment, threads, folder));
  return number_member(read_json_file(folder + "/plan.json"), "peak_bytes", {});
}

double measured_peak(const std::string& experiment, int threads, const std::string& folder) {
  shell(fmt::format(CRESCENT_BINARY_DIR "/crescent run {} --threads {} --out {}/run >{}/run.txt", experiment, threads,
                    folder, folder));
  const std::string timings = read_file(folder + "/run/timings.jsonl");
  const size_t last = timings.rfind('\n', timings.size() - 2);
  return number_member(parse_json(timings.substr(last == timings.npos ? 0 : last + 1), {}), "peak_memory_bytes", {});
}

}  // namespace

TEST_CASE("the planned peak is within 15 % of what runs take") {
  const TestFolder folder("plan_memory");
  make_folders(folder.path);
  ::setenv("CRESCENT_CACHE", (folder.path + "/cache").c_str(), 1);
  const std::string wide = model_folder(folder.path + "/wide", 256, 768, 4);
  const std::string large = model_folder(folder.path + "/large", 512, 1536, 6);
  const char* image = R"(run:phase { "pictures", view = "image", steps = 2 })";
  const char* text = R"(run:phase { "text", view = "text", steps = 2 })";
  for (const Case& c : {
           Case{"quickstart's sizes", "tiny-vl", "steps = 2, batch = 48",
                "prompts = 32, group = 8, max_response_tokens = 28", image, 128, 2},
           Case{"text alone", "tiny-vl", "", "prompts = 32, group = 8, max_response_tokens = 28", text, 0, 1},
           Case{"a larger group", "tiny-vl", "", "prompts = 16, group = 32, max_response_tokens = 28", image, 0, 1},
           Case{"longer responses in micro-batches", "tiny-vl", "",
                "prompts = 8, group = 8, max_response_tokens = 160, micro_batch_tokens = 4096", image, 0, 1},
           Case{"a cold start larger than the rest", "tiny-vl", "steps = 2, batch = 192",
                "prompts = 2, group = 2, max_response_tokens = 8", image, 0, 1},
           Case{"4 million parameters", wide, "", "prompts = 4, group = 8, max_response_tokens = 40", image, 0, 2},
           Case{"19 million parameters and a reference", large, "",
                "prompts = 2, group = 4, max_response_tokens = 24, kl = { coefficient = 0.01 }", image, 0, 1},
       }) {
    const std::string name = c.name, script = folder.path + "/case.lua";
    CAPTURE(name);
    std::filesystem::remove_all(folder.path + "/run");
    write_experiment(c, script);
    const double planned = planned_peak(script, c.threads, folder.path) / kMiB;
    const double measured = measured_peak(script, c.threads, folder.path) / kMiB;
    MESSAGE(fmt::format("{}: planned {:.1f} MiB, measured {:.1f} MiB, {:+.1f} %", name, planned, measured,
                        100 * (planned / measured - 1)));
    CHECK(planned / measured == doctest::Approx(1).epsilon(0.15));
  }
}
