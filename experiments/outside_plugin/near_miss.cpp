// A reward for coming near: 1 for the right number, less the further off the answer is, 0 for no number. It needs one
// header of the program and nothing else, so this folder can stand anywhere.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "crescent_plugin.hpp"

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    number("half_at", 0.1, {1e-6, 1e6}, "error, as a share of the right number, that is still worth one half"),
};

// NaN when the text is anything but a number.
double number_in(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  return copy.empty() || *end != '\0' ? NAN : value;
}

// What stands between the last <answer> and </answer>.
std::string_view answer_of(std::string_view response) {
  constexpr std::string_view kOpen = "<answer>", kClose = "</answer>";
  const size_t open = response.rfind(kOpen), close = response.rfind(kClose);
  if (open == response.npos || close == response.npos || close < open) return {};
  return response.substr(open + kOpen.size(), close - open - kOpen.size());
}

class NearMiss final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit NearMiss(const Setup& setup) : half_at_(setup.number("half_at")) {}

  std::vector<const char*> part_names() const override { return {"off_by"}; }

  Verdict score(const Sample& sample) const override {
    const double right = number_in(sample.gold), answer = number_in(answer_of(sample.response));
    if (std::isnan(right)) return Verdict::not_applicable();  // nothing is near to "red"
    if (std::isnan(answer)) return {0, {1}};
    const double error = std::abs(answer - right) / std::max(1.0, std::abs(right));
    return {1 / (1 + error / half_at_), {std::min(1.0, error)}};
  }

 private:
  double half_at_;
};

CRESCENT_REWARD_PLUGIN(NearMiss, "near_miss", "1.0.0", "The Crescent authors", "Apache-2.0",
                       "1 for the right number, less the further off the answer is")
