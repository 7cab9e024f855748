// Options of a run: read from TOML, written back, and the number of planned steps. (What each mistake says is held by
// tests/bad_scripts.)
#include "core/experiment/run_options.hpp"

#include <doctest/doctest.h>

#include "core/config/toml.hpp"
#include "core/experiment/phase_settings.hpp"
#include "core/experiment/run_check.hpp"

using namespace crescent;

namespace {

const char* kToml = R"(name = "x"
seed = 4
model = "tiny-vl"
data = "shapes"

[sft]
steps = 20
micro_batch_tokens = 4096
schedule = "linear"
betas = [0.8, 0.9]
mix = { text = 0.25, image = 0.75 }

[grpo]
clip = [0.1, 0.3]
micro_batch_tokens = 2048
kl = { coefficient = 0.01, estimator = "k2" }
updates = { minibatch_prompts = 4, epochs = 2 }
pass = { reward = "math", at_least = 0.5 }

[[reward]]
plugin = "exact_math"
name = "math"
tolerance = 0.5

[[reward]]
plugin = "./format.so"
weight = 0.1

[[phase]]
name = "a"
view = "text"
steps = 5
replay = { b = 0.5 }

[[phase]]
name = "b"
view = "image"
leave = { plugin = "plateau", metric = "val/image/accuracy", patience = 3 }
)";

RunConfig read(const std::string& toml) {
  RunConfig config;
  Problems problems;
  read_run(*read_toml(toml, "config.toml").get<Table>(), {"config.toml", 0}, config, problems);
  problems.throw_if_any();
  return config;
}

}  // namespace

TEST_CASE("a config.toml is read into every part of the run") {
  const RunConfig config = read(kToml);
  CHECK(config.seed == 4);
  CHECK(config.data.source == "shapes");
  CHECK(config.sft.steps == 20);
  CHECK(config.sft.schedule.shape == "linear");
  CHECK(config.sft.adamw.beta1 == 0.8);
  CHECK(config.sft.adamw.beta2 == 0.9);
  CHECK(config.sft.mix == std::vector<std::pair<std::string, double>>{{"text", 0.25}, {"image", 0.75}});
  CHECK(config.sft.micro_batch_tokens == 4096);
  CHECK(config.has_grpo);
  CHECK(config.grpo.micro_batch_tokens == 2048);
  CHECK(config.grpo.clip_high == 0.3);
  CHECK(config.grpo.kl.coefficient == 0.01);
  CHECK(config.grpo.kl.estimator == "k2");
  CHECK(config.grpo.updates.epochs == 2);
  CHECK(config.grpo.pass_at_least == 0.5);
  CHECK(config.rewards.at(0).name == "math");
  CHECK(config.rewards.at(0).role.options.find("tolerance")->show() == "0.5");
  CHECK(config.rewards.at(1).name == "format");
  CHECK(config.sampler.plugin == "uniform");
  CHECK(config.phases.at(0).view == View::text);
  CHECK(config.phases.at(1).leave.plugin == "plateau");
  CHECK(config.phases.at(1).leave.options.find("patience")->show() == "3");
}

TEST_CASE("what is written reads back as the same run") {
  const RunConfig config = read(kToml);
  const std::string written = write_toml(write_run(config));
  CHECK(write_toml(write_run(read(written))) == written);
  CHECK(written.find("leave = { plugin = \"fixed_steps\", steps = 5 }\n") != written.npos);
  CHECK(written.find("leave = { plugin = \"plateau\", metric = \"val/image/accuracy\", patience = 3 }\n") !=
        written.npos);
}

TEST_CASE("the steps of a run are planned when every phase's plugin declares a number") {
  RunConfig config = read(kToml);
  config.phases[0].planned_steps = 5;
  CHECK(planned_steps(config) == -1);
  config.phases[1].planned_steps = 7;
  CHECK(planned_steps(config) == 32);
}

TEST_CASE("a schedule over all steps is refused while a phase decides at run time, whatever its plugin is called") {
  RunConfig config = read(kToml);
  const auto mistakes = [&config] {
    Problems problems;
    check_schedule(config, problems);
    return problems.size();
  };
  config.phases[0].planned_steps = 5;
  CHECK(mistakes() == 0);
  config.grpo.schedule.shape = "cosine";
  CHECK(mistakes() == 1);
  config.phases[1].planned_steps = 7;
  CHECK(mistakes() == 0);
  config.phases[0].planned_steps = -1;
  CHECK(mistakes() == 1);
}

TEST_CASE("a warm-up that lasts as long as the phases is refused, where their length is known") {
  RunConfig config = read(kToml);
  config.grpo.place = {"experiment.lua", 7};
  config.grpo.schedule.warmup_steps = 12;
  const auto error = [&config] {
    Problems problems;
    check_schedule(config, problems);
    try {
      problems.throw_if_any();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  config.phases[0].planned_steps = 5;
  CHECK(error().empty());
  config.phases[1].planned_steps = 7;  // the cold start's steps are not among them
  for (const char* shape : {"constant", "linear"}) {
    config.grpo.schedule.shape = shape;
    CHECK(error() ==
          "experiment.lua:7: grpo: option \"warmup_steps\" is 12, but the phases have 12 steps together, so the rate "
          "would never get to lr; give it less");
  }
  config.grpo.schedule.warmup_steps = 11;
  CHECK(error().empty());
}

TEST_CASE("more tokens than the model has positions are refused before anything is decoded") {
  RunConfig config = read(kToml);
  config.grpo.place = {"experiment.lua", 7};
  config.data.max_prompt_tokens = 1000;
  config.grpo.max_response_tokens = 24;
  check_positions(config, 1024);
  CHECK_THROWS_WITH_AS(check_positions(config, 1023),
                       "experiment.lua:7: data.max_prompt_tokens = 1000 and grpo.max_response_tokens = 24 make 1024 "
                       "tokens together, but the model has 1023 positions (max_position_embeddings); lower one of the "
                       "two",
                       Error);
}

TEST_CASE("a data source may be a plain string, or first in a list, or source =, but not twice") {
  const auto given = [](const std::string& data) {
    std::string toml = kToml;
    return toml.replace(toml.find("data = \"shapes\""), 15, "data = " + data);
  };
  CHECK(read(given("\"mine\"")).data.source == "mine");
  CHECK(read(given("{ source = \"mine\", max_prompt_tokens = 64 }")).data.max_prompt_tokens == 64);
  RunConfig config;  // TOML has no table with both a first entry and names
  Table data, run;
  data.list.emplace_back(std::string("mine"));
  data.set("max_prompt_tokens", Value(int64_t{64}));
  run.set("data", Value(data));
  Problems problems;
  read_run(run, {}, config, problems);
  CHECK(problems.size() == 1);  // that there is nothing to train
  CHECK(config.data.source == "mine");
  CHECK(config.data.max_prompt_tokens == 64);
}

TEST_CASE("parts know where they stand, and an option at its default is not called unused") {
  const RunConfig config = read(std::string(kToml).replace(std::string(kToml).find("data = \"shapes\""), 15,
                                                           "data = { source = \"mine\", count = 2048 }"));
  CHECK(config.model_place.str() == "config.toml:3");
  CHECK(config.data.place.str() == "config.toml:4");
  CHECK(config.sft.place.str() == "config.toml:6");
}

TEST_CASE("the help names every option with its default and range") {
  const std::string help = run_help();
  CHECK(help.find("group                  responses per prompt (from 2 to 1024) [default 8]\n") != help.npos);
  CHECK(help.find("(token | sequence | dr_grpo) [default \"token\"]") != help.npos);
}

TEST_CASE("a plugin may be named by a plain string, or first in a list, or by plugin =") {
  for (const char* sampler : {"sampler = \"mine\"", "sampler = [\"mine\"]", "sampler = { plugin = \"mine\" }"}) {
    const RunConfig config = read(std::string(sampler) + "\n" + kToml);
    CHECK(config.sampler.plugin == "mine");
  }
}

TEST_CASE("a phase has what it gives and the rest from the run, and is written as it was given") {
  const char* toml = R"(name = "x"
data = "shapes"

[grpo]
lr = 0.001
group = 4
kl = { coefficient = 0.01, estimator = "k2" }
pass = { reward = "math" }

[[reward]]
plugin = "exact_math"
name = "math"

[[phase]]
name = "one"
view = "text"
steps = 5

[[phase]]
name = "two"
view = "image"
budget = { tokens = 1000, minutes = 1.5 }
rewards = { math = 0.25 }
sampler = { plugin = "ordered", by = "level" }
grpo = { group = 8, schedule = "constant", kl = { coefficient = 0.5 } }
reset_moments = true
)";
  const auto read = [](const std::string& text) {
    RunConfig config;
    Problems problems;
    read_run(*read_toml(text, "x.toml").get<Table>(), {"x.toml", 0}, config, problems);
    problems.throw_if_any();
    return config;
  };
  const RunConfig config = read(toml);
  CHECK(config.phases[0].grpo.group == 4);
  CHECK(config.phases[0].grpo.kl.coefficient == 0.01);
  CHECK_FALSE(config.phases[0].own_schedule);
  const PhaseConfig& two = config.phases[1];
  CHECK(two.grpo.group == 8);
  CHECK(two.grpo.adamw.lr == 0.001);
  CHECK(two.grpo.kl.coefficient == 0.5);
  CHECK(two.grpo.kl.estimator == "k2");
  CHECK(two.own_schedule);
  CHECK(two.budget.tokens == 1000);
  CHECK(two.budget.minutes == 1.5);
  CHECK(two.sampler.value().plugin == "ordered");
  CHECK(weight_in(two, "math", 1) == 0.25);
  CHECK(weight_in(config.phases[0], "math", 1) == 1);
  CHECK(holds_reference(config));
  const std::string written = write_toml(write_run(config));
  CHECK(write_toml(write_run(read(written))) == written);
  CHECK(written.find("grpo = { group = 8, schedule = \"constant\", kl = { coefficient = 0.5 } }") != written.npos);
}
