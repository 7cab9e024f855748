// Samplers and curricula behind the C interface: what comes back is checked.
#include <doctest/doctest.h>

#include "core/plugin/plugin.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

struct BuiltOnce {
  TempFolder folder;
  BuiltOnce() { build_plugin("bad_plugins/bad_roles.cpp", folder / "bad_roles.so"); }
};

PluginUse bad(const std::string& fault) {
  static const BuiltOnce built;
  PluginUse u{built.folder / "bad_roles.so", {}, {}};
  u.options.set("fault", Value(fault));
  return u;
}

const std::vector<uint64_t> kEligible = {2, 3, 5, 8};
SamplerContext context() { return {"adaptation", View::caption, kEligible, 4}; }

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

std::string draw_error(const std::string& fault) {
  return error_of([&] {
    std::vector<uint64_t> prompts(4);
    std::vector<double> weights(4, 1);
    make_sampler(bad(fault), {}, {})->draw(context(), prompts, weights);
  });
}

std::string probe_error(const std::string& fault) {
  return error_of([&] { make_sampler(bad(fault), {}, {})->plan_probe(context(), 16); });
}

std::string decide_error(const std::string& fault) {
  return error_of([&] { make_policy(bad(fault), {}, {})->decide({}); });
}

}  // namespace

TEST_CASE("a sampler's draws are checked: written, eligible, weighted above 0, within the buffer") {
  CHECK(draw_error("") == "");
  const std::string who = "sampler \"bad_roles\": ";
  CHECK(draw_error("not eligible") ==
        who + "draw chose prompt 999, which is not among the 4 eligible prompts of phase \"adaptation\"");
  CHECK(draw_error("unwritten") == who + "draw left draw 2 of 4 without a prompt");
  CHECK(draw_error("weight") == who + "draw gave prompt 3 the weight 0; it must be finite and above 0");
  CHECK(draw_error("too many") == who + "draw wrote past the end of its buffers for 4 draws");
  CHECK(draw_error("throws") == who + "draw failed at item 3: prompt is gone");
  CHECK(error_of([&] {
          std::vector<uint64_t> prompts(1);
          std::vector<double> weights(1, 1);
          make_sampler(bad(""), {}, {})->draw({"first", View::text, {}, 0}, prompts, weights);
        }) == who + "phase \"first\" has no prompt that can be shown as text");
}

TEST_CASE("a sampler's probes are checked: eligible, once each, within the capacity") {
  const std::string who = "sampler \"bad_roles\": plan_probe ";
  CHECK(probe_error("") == "");
  CHECK(probe_error("probe twice") == who + "chose prompt 2 twice");
  CHECK(probe_error("probe none") == who + "wants no rollouts of prompt 2");
  CHECK(probe_error("probe capacity") == who + "wants more rollouts than its 16");
  CHECK(probe_error("probe other") ==
        who + "chose prompt 999, which is not among the 4 eligible prompts of phase \"adaptation\"");
  CHECK(probe_error("probe many") == who + "failed: planned 5 probes for 4 prompts");
}

TEST_CASE("a sampler's weights are finite, or it has none") {
  CHECK(make_sampler(bad(""), {}, {})->weights(context()) == std::vector<double>{1, 1, 1, 1});
  CHECK(make_sampler(bad("no weights"), {}, {})->weights(context()).empty());
  CHECK(error_of([] { make_sampler(bad("weights"), {}, {})->weights(context()); }) ==
        "sampler \"bad_roles\": the weight of prompt 3 is nan");
}

TEST_CASE("state goes back to the plugin it came from, whole") {
  const auto sampler = make_sampler(bad(""), {}, {});
  const std::string state = sampler->save_state();
  make_sampler(bad(""), {}, {})->load_state(state);
  const std::string who = "sampler \"bad_roles\": ";
  CHECK(error_of([&] { sampler->load_state(std::string("uniform\0abc", 11)); }) ==
        who + "the saved state is not its own (it belongs to \"uniform\")");
  CHECK(error_of([&] { sampler->load_state("junk"); }) ==
        who + "the saved state is not its own (it belongs to \"junk\")");
  CHECK(error_of([&] { sampler->load_state(state.substr(0, state.size() - 1)); }) ==
        who + "load failed: the saved state ends too early");
  CHECK(error_of([&] { sampler->load_state(state + "x"); }) ==
        who + "load failed: the saved state is longer than it should be");
  std::string huge = state;
  huge[std::string("bad_roles").size() + 1 + 6] =
      '\x7f';  // the length of a text: not to be believed before it is there
  CHECK(error_of([&] { sampler->load_state(huge); }) == who + "load failed: the saved state ends too early");
}

TEST_CASE("a curriculum is held to the number of steps it plans") {
  const auto after = [](const std::string& fault, int64_t steps) {
    return error_of([&] {
      Progress progress;
      progress.phase_step = steps;
      make_policy(bad(fault), {}, {})->decide(progress);
    });
  };
  const std::string who = "curriculum \"bad_roles\": ";
  CHECK(planned_phase_steps(bad(""), {}, {}) == -1);
  CHECK(planned_phase_steps(bad("plans more"), {}, {}) == 5);
  CHECK(error_of([] { planned_phase_steps(bad("plans none"), {}, {}); }) ==
        who + "planned_steps is 0, but must be from 1 to 1000000000000, or -1 when decide finds out");
  CHECK(after("plans more", 4) == "");
  CHECK(after("plans more", 5) ==
        who + "its planned_steps is 5, but after 5 steps of the phase decide does not advance");
  CHECK(after("plans less", 3) == "");
  CHECK(after("plans less", 4) == who + "its planned_steps is 5, but after 4 steps of the phase decide does not stay");
  CHECK(after("plans a jump", 5) ==
        who + "its planned_steps is 5, but after 5 steps of the phase decide does not advance");
}

TEST_CASE("a curriculum's decision is checked: made, known, with a phase and a reason where they are needed") {
  const std::string who = "curriculum \"bad_roles\": decide ";
  CHECK(decide_error("") == "");
  CHECK(decide_error("unwritten") == who + "made no decision");
  CHECK(decide_error("odd") == who + "chose 9, which is none of stay (0), advance (1), jump (2), stop (3)");
  CHECK(decide_error("nowhere") == who + "wants to jump, but names no phase");
  CHECK(decide_error("no reason") == who + "leaves the phase without a reason");
  CHECK(decide_error("throws") == who + "failed: no such metric");
  Progress progress;
  progress.validation = {{"val/text/accuracy", {{10, 0.5}}}};
  const Decision decision = make_policy(bad("jump"), {}, {})->decide(progress);
  CHECK(decision.kind == Decision::Kind::jump);
  CHECK(decision.phase == "second");
  CHECK(decision.reason == "seen val/text/accuracy");
}
