#include "core/conformance/check_samples.hpp"

namespace crescent {

namespace {

SavedSample sample(std::string response, std::string gold, uint32_t tokens) {
  SavedSample s;
  s.prompt = "How long is AB?\n(A) 3 cm\n(B) 4 cm\n(C) 5 cm";
  s.response = std::move(response);
  s.gold = std::move(gold);
  s.tokens = tokens;
  s.columns_json = R"({"level":2,"tags":["a","b"],"source":null})";
  s.phase = "enhancement";
  s.step = 12;
  return s;
}

std::vector<SavedSample> numbered(std::vector<SavedSample> samples, const std::string& name) {
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i].id = fmt::format("{}-{}", name, i + 1);
    samples[i].group = i / 4;
    samples[i].index = static_cast<uint32_t>(i % 4);
  }
  return samples;
}

std::string repeated(std::string_view piece, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += piece;
  return out;
}

}  // namespace

std::vector<SavedSample> ordinary_samples() {
  std::vector<SavedSample> samples = {
      sample("<think>3 + 5 = 8</think><answer>8</answer>", "8", 14),
      sample("<think>3 + 5 = 9</think><answer>9</answer>", "8", 14),
      sample("The length is \\boxed{5\\text{ cm}}.", "5 cm", 12),
      sample("<think>so</think><answer>C</answer>", "C", 9),
      sample("<answer>0.5</answer>", "\\frac{1}{2}", 6),
      sample("<think>\xE8\xA7\x92\xE5\xBA\xA6 is 45\xC2\xB0</think><answer>45\xC2\xB0</answer>", "45", 17),
      sample("so so so so so so so so so so so so", "8", 12),
      sample("<think>" + repeated("Wait, let me check that again. ", 60) + "</think><answer>red</answer>", "red", 500),
  };
  samples.push_back(sample("<think>it goes on and", "8", 28));
  samples.back().finish = FinishReason::length;
  return numbered(std::move(samples), "ordinary");
}

std::vector<SavedSample> odd_samples() {
  std::vector<SavedSample> samples = {
      sample("", "8", 1),
      sample("8", "", 2),
      sample(std::string("a\0b\0", 4), std::string("\0", 1), 4),
      sample("\xff\xfe<answer>\xc3</answer>", "\xff", 5),
      sample(repeated("{", 5000) + repeated("(", 5000), "8", 4096),
      sample(repeated("9^", 2000) + "9", "9^9^9^9", 4096),
      sample(repeated("all work and no play ", 50'000), "8", 262'144),
  };
  samples[0].prompt = samples[0].columns_json = "";
  samples[0].columns_json = "{}";
  return numbered(std::move(samples), "odd");
}

std::vector<Sample> borrow_all(std::span<const SavedSample> samples) {
  std::vector<Sample> borrowed;
  for (const SavedSample& saved : samples) borrowed.push_back(saved.borrow());
  return borrowed;
}

}  // namespace crescent
