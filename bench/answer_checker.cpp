// answer_checker: judges JSON lines {"response", "gold"} from stdin one by one; {"same", "ms"} for each on stdout, in
// order. `ms` is the best of three runs of extraction and comparison.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/answers/answers.hpp"

int main() {
  using Clock = std::chrono::steady_clock;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto sample = nlohmann::json::parse(line);
    const std::string response = sample["response"], gold = sample["gold"];
    bool same = false;
    double best_ms = 1e9;
    for (int run = 0; run < 3; ++run) {
      const auto start = Clock::now();
      const auto answer = crescent::extract_answer(response);
      same = answer && crescent::same_answer(*answer, gold);
      best_ms = std::min(best_ms, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::cout << nlohmann::json{{"same", same}, {"ms", best_ms}}.dump() << "\n";
  }
}
