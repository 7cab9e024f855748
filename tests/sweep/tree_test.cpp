// The work tree: what is shared, and where cells part.
#include "core/sweep/tree.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sstream>

using namespace crescent;

namespace {

// "a20 b10": phases of so many steps; "cold_start" is spelt c; "?" decides at run time. The letter is the settings.
TreeCell cell(const std::string& key, const std::string& phases) {
  TreeCell made{key, {}};
  std::istringstream words(phases);
  for (std::string word; words >> word;) {
    const std::string name = word[0] == 'c' ? "cold_start" : std::string(1, static_cast<char>(std::tolower(word[0])));
    const int64_t steps = word.substr(1) == "?" ? -1 : std::stoll(word.substr(1));
    made.walk.stretches.push_back({name, steps, hash_bytes(word.substr(0, 1)), hash_bytes("end of " + word)});
  }
  return made;
}

std::string shown(const std::vector<Edge>& edges) {
  std::string text;
  for (const Edge& edge : edges) {
    text += fmt::format("{}{}-{}{} [", edge.parent < 0 ? "" : fmt::format("{}: ", edge.parent), edge.from_step,
                        edge.to_step ? std::to_string(*edge.to_step) : "?",
                        edge.leaf               ? ""
                        : !edge.leaving.empty() ? " " + edge.leaving
                        : edge.concluded        ? " with its end"
                                                : "");
    for (const size_t c : edge.cells) text += fmt::format("{}", c);
    text += "]\n";
  }
  return text;
}

}  // namespace

TEST_CASE("cells share the cold start with its end, and part where their first phase has other settings") {
  const std::vector<TreeCell> cells = {cell("x", "c10 a5"), cell("y", "c10 A5"), cell("z", "c10 A5 b3")};
  const auto edges = plan_tree(cells);
  CHECK(shown(edges) ==
        "0-10 with its end [012]\n"
        "0: 10-15 [0]\n"
        "0: 10-15 [12]\n"
        "2: 15-15 [1]\n"
        "2: 15-18 [2]\n");
  CHECK(cost_of(cells, edges).asked_steps == 15 + 15 + 18);
  CHECK(cost_of(cells, edges).tree_steps == 10 + 5 + 5 + 3);
}

TEST_CASE("phases of 20, 40 and 80 steps cost 80 steps and the tails") {
  const std::vector<TreeCell> cells = {cell("x", "a20 b10"), cell("y", "a40 b10"), cell("z", "a80 b10")};
  const auto edges = plan_tree(cells);
  CHECK(shown(edges) ==
        "0-20 [012]\n"
        "0: 20-30 [0]\n"
        "0: 20-40 [12]\n"
        "2: 40-50 [1]\n"
        "2: 40-90 [2]\n");
  CHECK(cost_of(cells, edges).tree_steps == 80 + 3 * 10);
}

TEST_CASE("cells that do the same are trained once") {
  CHECK(shown(plan_tree({cell("x", "c5 a10"), cell("y", "c5 a10")})) == "0-15 [01]\n0: 15-15 [0]\n0: 15-15 [1]\n");
}

TEST_CASE("cells with nothing in common share nothing, and one that may not share stands alone") {
  TreeCell alone = cell("z", "a20");
  alone.walk.alone = "its clock decides";
  CHECK(shown(plan_tree({cell("x", "a20"), cell("y", "A20"), alone})) == "0-20 [2]\n0-20 [0]\n0-20 [1]\n");
}

TEST_CASE("where a phase decides at run time the tree goes on once it is known what it decided") {
  const std::vector<TreeCell> cells = {cell("x", "a? b10"), cell("y", "a? B10")};
  const auto first = plan_tree(cells);
  CHECK(shown(first) == "0-? a [01]\n");
  CHECK(!cost_of(cells, first).tree_steps);
  CHECK(shown(plan_tree(cells, {{first[0].id, {7, "b"}}})) ==
        "0-7 a [01]\n"
        "0: 7-7 with its end [01]\n"
        "1: 7-17 [0]\n"
        "1: 7-17 [1]\n");
  CHECK(shown(plan_tree(cells, {{first[0].id, {7, ""}}})) == "0-7 a [01]\n0: 7-7 [0]\n0: 7-7 [1]\n");
}

TEST_CASE("a tree of 10,000 cells has each step once") {
  std::vector<TreeCell> cells;
  for (int seed = 0; seed < 25; ++seed)
    for (int warm = 1; warm <= 20; ++warm)
      for (int rest = 1; rest <= 20; ++rest) {
        TreeCell made =
            cell(fmt::format("{}-{}-{}", seed, warm, rest), fmt::format("c100 a{} b{}", warm * 10, rest * 10));
        for (Stretch& s : made.walk.stretches) s.settings = hash_bytes(s.settings.hex() + std::to_string(seed));
        cells.push_back(made);
      }
  const auto edges = plan_tree(cells);
  CHECK(cost_of(cells, edges).tree_steps == 25 * (100 + 200 + 20 * 200));
  CHECK(cost_of(cells, edges).asked_steps == 25 * (400 * 100 + 20 * (210 * 10) * 2));
}
