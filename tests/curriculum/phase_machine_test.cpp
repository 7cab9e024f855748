#include "core/curriculum/phase_machine.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "core/base/error.hpp"

using namespace crescent;

namespace {

// Decides by a function of the progress; remembers how often it was asked, in bytes that are not text.
class Policy : public PhasePolicy {
 public:
  explicit Policy(std::function<Decision(const Progress&)> decide) : decide_(std::move(decide)) {}
  Decision decide(const Progress& progress) override {
    ++asked;
    return decide_(progress);
  }
  std::string save_state() const override { return std::string("\0\xff", 2) + static_cast<char>(asked); }
  void load_state(std::string_view bytes) override { asked = bytes.at(2); }
  int asked = 0;

 private:
  std::function<Decision(const Progress&)> decide_;
};

std::shared_ptr<Policy> stay() {
  return std::make_shared<Policy>([](const Progress&) { return Decision{}; });
}
std::shared_ptr<Policy> after(int64_t steps, Decision decision = {Decision::Kind::advance, "", "enough steps"}) {
  return std::make_shared<Policy>([=](const Progress& p) { return p.phase_step >= steps ? decision : Decision{}; });
}

std::string walk(PhaseMachine& machine, int steps) {  // the phase each batch is drawn from, by first letter
  std::string letters;
  for (int i = 0; i < steps && !machine.finished(); ++i) {
    const BatchSource source = machine.next_batch();
    letters += source.replayed ? static_cast<char>(std::toupper(source.phase[0])) : source.phase[0];
    machine.finish_step(0.5, 0.5);
  }
  return letters;
}

}  // namespace

TEST_CASE("phases follow one another as their policies say, each step counted in its phase and in the run") {
  PhaseMachine machine({{"text", View::text, after(2), {}},
                        {"caption", View::caption, after(1), {}},
                        {"image", View::image, after(2), {}}});
  machine.start(600);
  CHECK(walk(machine, 99) == "ttcii");
  CHECK(machine.finished());
  CHECK(machine.total_step() == 605);
  REQUIRE(machine.events().size() == 3);
  CHECK(machine.events()[0].from == "text");
  CHECK(machine.events()[0].to == "caption");
  CHECK(machine.events()[0].step == 602);
  CHECK(machine.events()[0].reason == "enough steps");
  CHECK(machine.events()[2].to == "");
  CHECK_THROWS_WITH_AS(machine.current(), "the curriculum has ended: there is no present phase", Error);
}

TEST_CASE("a policy may jump back to a phase, which begins anew, or stop the run") {
  int visits = 0;
  auto back = std::make_shared<Policy>([&](const Progress&) {
    return ++visits < 2 ? Decision{Decision::Kind::jump, "text", "again"} : Decision{Decision::Kind::stop, "", "done"};
  });
  PhaseMachine machine(
      {{"text", View::text, after(2), {}}, {"image", View::image, back, {}}, {"never", View::image, stay(), {}}});
  CHECK(walk(machine, 99) == "ttitti");
  CHECK(machine.finished());
  CHECK(machine.events().back().kind == Decision::Kind::stop);
  CHECK(machine.events().back().reason == "done");
}

TEST_CASE("a jump to a phase that is not there names the nearest") {
  PhaseMachine machine(
      {{"text", View::text, after(1, {Decision::Kind::jump, "imgae", "?"}), {}}, {"image", View::image, stay(), {}}});
  machine.next_batch();
  CHECK_THROWS_WITH_AS(machine.finish_step(0, 0),
                       "phase \"text\" asks for a jump to \"imgae\", which is not a phase; did you mean \"image\"?",
                       Error);
}

TEST_CASE("a replay share of .5 takes every second batch, and of .1 every tenth") {
  PhaseMachine half({{"text", View::text, stay(), {{"image", 0.5}}}, {"image", View::image, stay(), {}}});
  CHECK(walk(half, 6) == "tItItI");
  PhaseMachine tenth({{"text", View::text, stay(), {{"image", 0.1}}}, {"image", View::image, stay(), {}}});
  CHECK(walk(tenth, 30) == "tttttttttItttttttttItttttttttI");
}

TEST_CASE("several replayed phases each get their share") {
  PhaseMachine machine({{"image", View::image, stay(), {{"text", 0.3}, {"caption", 0.2}}},
                        {"text", View::text, stay(), {}},
                        {"caption", View::caption, stay(), {}}});
  const std::string letters = walk(machine, 200);
  double texts = 0, captions = 0;
  for (size_t n = 1; n <= letters.size(); ++n) {  // never more than a batch behind or ahead
    texts += letters[n - 1] == 'T';
    captions += letters[n - 1] == 'C';
    CHECK(std::abs(texts - 0.3 * static_cast<double>(n)) <= 1.3);
    CHECK(std::abs(captions - 0.2 * static_cast<double>(n)) <= 1.2);
  }
  PhaseMachine always({{"image", View::image, stay(), {{"text", 1.0}}}, {"text", View::text, stay(), {}}});
  CHECK(walk(always, 4) == "TTTT");
}

TEST_CASE("a replayed batch is drawn in the replayed phase's view and does not enter the averages") {
  PhaseMachine machine({{"text", View::text, stay(), {{"image", 0.5}}}, {"image", View::image, stay(), {}}});
  CHECK(machine.next_batch().view == View::text);
  machine.finish_step(0.25, 1);
  const BatchSource replayed = machine.next_batch();
  CHECK((replayed.view == View::image && replayed.replayed && replayed.phase == "image"));
  machine.finish_step(0.75, 3);
  CHECK(machine.progress().pass_rate == 0.25);
  CHECK(machine.progress().reward == 1);
}

TEST_CASE("pass rate and reward are averaged over about ten steps of the present phase, NaN before the first") {
  PhaseMachine machine({{"text", View::text, after(3), {}}, {"image", View::image, stay(), {}}});
  CHECK(std::isnan(machine.progress().pass_rate));
  for (const double rate : {0.5, 1.0}) {
    machine.next_batch();
    machine.finish_step(rate, 2 * rate);
  }
  CHECK(machine.progress().pass_rate == doctest::Approx(0.55));
  CHECK(machine.progress().reward == doctest::Approx(1.1));
  machine.next_batch();
  machine.finish_step(std::nan(""), 0);  // a batch without one usable sample says nothing
  CHECK(machine.current().name == "image");
  CHECK(std::isnan(machine.progress().pass_rate));
}

TEST_CASE("a policy sees the history of each validation metric by its name") {
  std::vector<std::pair<std::string, std::vector<MetricPoint>>> seen;
  auto policy = std::make_shared<Policy>([&](const Progress& p) {
    seen = p.validation;
    return Decision{};
  });
  PhaseMachine machine({{"text", View::text, policy, {}}});
  machine.add_validation(0, {{"val/image/accuracy", 0.25}, {"grad_norm", 3}});
  machine.add_validation(3, {{"val/image/accuracy", std::nan("")}});  // no sample had a verdict: not measured
  machine.add_validation(5, {{"val/image/accuracy", 0.5}});
  machine.next_batch();
  machine.finish_step(0, 0);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].first == "val/image/accuracy");
  REQUIRE(seen[0].second.size() == 2);
  CHECK((seen[0].second[1].step == 5 && seen[0].second[1].value == 0.5));
}

TEST_CASE("a machine that was saved and loaded at any step goes on as if it had never stopped") {
  const auto make = [] {
    return PhaseMachine({{"text", View::text, after(7), {{"image", 0.3}, {"caption", 0.25}}},
                         {"caption", View::caption, after(5), {{"text", 0.1}}},
                         {"image", View::image, after(6), {}}});
  };
  const auto step = [](PhaseMachine& m, int i) {
    if (m.finished()) return std::string("end");
    const BatchSource source = m.next_batch();
    if (i % 4 == 0) m.add_validation(i, {{"val/image/accuracy", 0.1 * i}});
    const auto event = m.finish_step(0.1 * (i % 7), 1.0 / (i + 3));
    return fmt::format("{} {} {} {}", source.phase, source.replayed, event ? event->to : "-", m.total_step());
  };
  for (int stop = 0; stop <= 18; ++stop) {
    PhaseMachine whole = make(), first = make(), second = make();
    whole.start(100);
    first.start(100);
    for (int i = 0; i < stop; ++i) CHECK(step(whole, i) == step(first, i));
    second.load_state(first.save_state());
    CHECK(second.save_state() == first.save_state());
    for (int i = stop; i < 19; ++i) CHECK(step(whole, i) == step(second, i));
    CHECK(whole.save_state() == second.save_state());
  }
}

TEST_CASE("the policies' own states are saved with the machine, whatever bytes they are") {
  auto a = after(3), b = after(3);
  PhaseMachine first({{"text", View::text, a, {}}}), second({{"text", View::text, b, {}}});
  walk(first, 2);
  second.load_state(first.save_state());
  CHECK(b->asked == 2);
}

TEST_CASE("a state of another curriculum, or no state at all, is refused") {
  PhaseMachine one({{"text", View::text, stay(), {}}}), other({{"image", View::image, stay(), {}}});
  walk(one, 1);
  CHECK_THROWS_WITH_AS(other.load_state(one.save_state()),
                       "saved state of the curriculum: is of a run with other phases", Error);
  CHECK_THROWS_AS(one.load_state("{}"), Error);
  CHECK_THROWS_AS(one.load_state("no"), Error);
}

TEST_CASE("a state before the first step of a phase goes over to a run with other phases; validation is kept") {
  auto asked = after(1);
  PhaseMachine one({{"text", View::text, stay(), {}}});
  PhaseMachine other({{"image", View::image, asked, {{"text", 0.5}}}, {"text", View::text, stay(), {}}});
  one.add_validation(0, {{"val/text/accuracy", 0.25}});
  other.load_state(one.save_state());
  CHECK(other.current().name == "image");
  CHECK(other.progress().validation.at(0).second.at(0).value == 0.25);
  walk(other, 1);
  CHECK(asked->asked == 1);
}

TEST_CASE("a curriculum that makes no sense is refused with the reason") {
  const auto text_of = [](std::vector<Phase> phases) {
    try {
      PhaseMachine machine(std::move(phases));
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(text_of({}) == "a curriculum needs at least one phase");
  CHECK(text_of({{"a", View::text, stay(), {}}, {"a", View::image, stay(), {}}}) ==
        "two phases are called \"a\"; give one of them another name");
  CHECK(text_of({{"a", View::text, nullptr, {}}}) == "phase \"a\" has nothing that says when to leave it");
  CHECK(text_of({{"a", View::text, stay(), {{"a", 0.5}}}}) == "phase \"a\" cannot replay itself");
  CHECK(text_of({{"text", View::text, stay(), {{"imag", 0.5}}}, {"image", View::image, stay(), {}}}) ==
        "phase \"text\" replays \"imag\", which is not a phase; did you mean \"image\"?");
  CHECK(text_of({{"a", View::text, stay(), {{"b", 0.0}}}, {"b", View::image, stay(), {}}}) ==
        "phase \"a\" replays \"b\" with a share of 0, but a share is above 0 and at most 1");
  CHECK(text_of({{"a", View::text, stay(), {{"b", 0.75}, {"c", 0.5}}},
                 {"b", View::image, stay(), {}},
                 {"c", View::image, stay(), {}}}) ==
        "phase \"a\" replays other phases with shares of 1.25 in sum, more than 1");
}

TEST_CASE("a budget ends a phase that its policy would go on with, and the policy may end it before") {
  PhaseMachine machine({{"words", View::text, stay(), {}, {.tokens = 100}},
                        {"clock", View::text, nullptr, {}, {.seconds = 90}},
                        {"short", View::text, after(1), {}, {.tokens = 100}},
                        {"endless", View::text, nullptr, {}, {.tokens = 1}}});
  const auto step = [&](double tokens, double seconds) {
    machine.next_batch();
    const auto event = machine.finish_step(0.5, 0.5, {tokens, seconds});
    return event ? event->reason : "";
  };
  CHECK(step(60, 500).empty());
  CHECK(machine.progress().phase_tokens == 60);
  CHECK(step(45, 500) == "105 of 100 tokens are sampled");
  CHECK(machine.progress().phase_tokens == 0);  // of the phase alone
  CHECK(step(1000, 60).empty());
  PhaseMachine resumed({{"words", View::text, stay(), {}, {.tokens = 100}},
                        {"clock", View::text, nullptr, {}, {.seconds = 90}},
                        {"short", View::text, after(1), {}, {.tokens = 100}},
                        {"endless", View::text, nullptr, {}, {.tokens = 1}}});
  resumed.load_state(machine.save_state());
  CHECK(resumed.progress().phase_tokens == 1000);
  resumed.set_phase_seconds(60);
  for (PhaseMachine* m : {&machine, &resumed}) {
    m->next_batch();
    CHECK(m->finish_step(0.5, 0.5, {1000, 33})->reason == "1.55 of 1.5 minutes are over");
  }
  CHECK(resumed.save_state() == machine.save_state());  // no clock in it
  CHECK(step(5, 0) == "enough steps");
  CHECK_THROWS_WITH_AS(PhaseMachine({{"never", View::text, nullptr, {}}}),
                       "phase \"never\" has nothing that says when to leave it", Error);
}
