#include "core/app/terminal.hpp"

#include <doctest/doctest.h>

using namespace crescent;

namespace {

StepReport grpo_step(int64_t step) {
  StepReport report;
  report.step = step;
  report.phase = "pictures";
  report.view = "image";
  report.metrics = {{"probe_rollouts", 0}, {"reward", 0.12345}, {"pass_rate", 0.0625}};
  report.timings = {{"step_s", 2}, {"rollout_tokens_per_s", 12345}, {"train_tokens_per_s", 900}};
  return report;
}

// What a terminal is told while it is shown `reports`, its end included.
std::string shown(int64_t total, int64_t first, bool live, const std::vector<StepReport>& reports) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  {
    Terminal terminal(live, out);
    terminal.begin(total, first);
    for (const StepReport& report : reports) terminal.step(report);
  }
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

}  // namespace

TEST_CASE("a piped run prints a line for each step, with the time that is left") {
  CHECK(shown(200, 0, false, {grpo_step(110), grpo_step(111)}) ==
        "step 110/200  pictures (image)  reward 0.123  passed 6.2 %  12.3k tokens/s  3 min 00 s left\n"
        "step 111/200  pictures (image)  reward 0.123  passed 6.2 %  12.3k tokens/s  2 min 58 s left\n");
}

TEST_CASE("a step that validated ends its line with the accuracy in each view") {
  StepReport report = grpo_step(200);
  report.metrics.insert(report.metrics.end(),
                        {{"val/text/accuracy", 0.5}, {"val/image/accuracy", 0.25}, {"val/image/sampled", 0.2}});
  CHECK(shown(200, 0, false, {report}) ==
        "step 200/200  pictures (image)  reward 0.123  passed 6.2 %  12.3k tokens/s  0 s left"
        "  | text 50.0  | image 25.0 (sampled 20.0)\n");
}

TEST_CASE("a step of the cold start shows its loss, and one that probed how much") {
  StepReport sft;
  sft.step = 3;
  sft.phase = "cold_start";
  sft.metrics = {{"sft/loss", 1.2345}, {"grad_norm", 1}};
  sft.timings = {{"step_s", 40}, {"train_tokens_per_s", 950.4}};
  CHECK(shown(300, 0, false, {sft}) == "step 3/300  cold_start  loss 1.234  950 tokens/s  3 h 18 min left\n");

  StepReport probed = grpo_step(4);
  probed.metrics[0].second = 512;
  CHECK(shown(-1, 0, false, {probed}) ==
        "step 4  pictures (image)  reward 0.123  passed 6.2 %  probed 512  12.3k tokens/s\n");
}

TEST_CASE("the time left follows the steps of this stage alone, smoothly") {
  StepReport slow = grpo_step(10), quick = grpo_step(11), quicker = grpo_step(12);
  slow.phase = "words", slow.timings[0].second = 100;
  quicker.timings[0].second = 12;
  const std::string text = shown(20, 0, false, {slow, quick, quicker});
  CHECK(text.find("16 min 40 s left\n") != text.npos);  // 10 steps of 100 s
  CHECK(text.find("18 s left\n") != text.npos);         // 9 of 2 s: the other stage's pace is forgotten
  CHECK(text.find("24 s left\n") != text.npos);         // 8 of 2 + 0.1 (12 - 2) s
}

TEST_CASE("before training there is a line without a pace") {
  StepReport start;
  start.phase = "words";
  start.metrics = {{"val/text/accuracy", 0.014}};
  CHECK(shown(20, 0, false, {start}) == "step 0/20  words  | text 1.4\n");
}

TEST_CASE("a live line is redrawn in place; validations and the last line stay") {
  StepReport validated = grpo_step(2);
  validated.metrics.emplace_back("val/text/accuracy", 0.5);
  const std::string line = "  pictures (image)  reward 0.123  passed 6.2 %  12.3k tokens/s";
  CHECK(shown(-1, 0, true, {grpo_step(1), validated, grpo_step(3)}) ==
        "\r\033[Kstep 1" + line + "\r\033[Kstep 2" + line + "  | text 50.0\n\r\033[Kstep 3" + line + "\n");
  CHECK(shown(-1, 0, true, {validated}).back() == '\n');
}

TEST_CASE("a resumed run says after which step") { CHECK(shown(20, 7, false, {}) == "resuming after step 7\n"); }

namespace {

// What a live terminal is told while `act` uses it; `now` is its clock.
template <class Act>
std::string shown_by(Act&& act) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  double now = 100;
  {
    Terminal terminal(true, out, out, [&] { return now; });
    act(terminal, now);
  }
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

const std::string kStep1 = "step 1  pictures (image)  reward 0.123  passed 6.2 %  12.3k tokens/s";

}  // namespace

TEST_CASE("a long task within a step is drawn with a bar, and gives its place back to the step") {
  const std::string text = shown_by([](Terminal& terminal, double& now) {
    terminal.step(grpo_step(1));
    for (int done = 0; done <= 64; ++done, now += 0.03125) terminal.progress({"step 2: rollouts", done, 64, false});
    terminal.progress({"step 2: rollouts", 64, 64, true});
    terminal.step(grpo_step(2));
  });
  CHECK(text.find("\r\033[Kstep 2: rollouts  [###.................] 10/64  2 s left") != text.npos);
  CHECK(text.find(" 9/64") == text.npos);  // .3 s have to pass
  CHECK(text.find("13/64") == text.npos);  // and .1 s to the next
  CHECK(text.find("[################....]") != text.npos);
  CHECK(text.find("\r\033[K" + kStep1 + "\r\033[Kstep 2  pictures") != text.npos);
}

TEST_CASE("a short task is not drawn, and one that cannot be counted at once, by its name") {
  CHECK(shown_by([](Terminal& terminal, double& now) {
          terminal.progress({"reading val.jsonl", 0, 8, false});
          now += 0.2;
          terminal.progress({"reading val.jsonl", 8, 8, false});
          terminal.progress({"reading val.jsonl", 8, 8, true});
        }) == "");
  const StepReport wide = {1, std::string(100, 'x'), "", {}, {}};  // cut at 80 columns
  const auto with_task = [&](Terminal& terminal, double&) {
    terminal.step(wide);
    terminal.progress({"step 2: rollouts", 0, 8, false});
    terminal.progress({"step 2: rollouts", 8, 8, true});
  };
  CHECK(shown_by(with_task) == shown_by([&](Terminal& terminal, double&) { terminal.step(wide); }));
  CHECK(shown_by([](Terminal& terminal, double&) {
          terminal.step(grpo_step(1));
          terminal.progress({"saving step 1", 0, 0, false});
          terminal.progress({"saving step 1", 0, 0, true});
        }) == "\r\033[K" + kStep1 + "\r\033[Ksaving step 1 ...\r\033[K" + kStep1 + "\n");
}

TEST_CASE("a message stands on a line of its own above the live line") {
  CHECK(shown_by([](Terminal& terminal, double&) {
          terminal.step(grpo_step(1));
          terminal.message("crescent: warning: late\n");
        }) == "\r\033[K" + kStep1 + "\r\033[Kcrescent: warning: late\n\r\033[K" + kStep1 + "\n");
}

TEST_CASE("progress is not shown when piped") {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  double now = 0;
  {
    Terminal terminal(false, out, out, [&] { return now; });
    for (int done = 0; done < 9; ++done, now += 1) terminal.progress({"reading val.jsonl", done, 8, false});
  }
  std::fclose(out);
  CHECK(size == 0);
  std::free(text);
}
