#include "core/findings/tables.hpp"

#include "tests/findings/made_sweep.hpp"

namespace crescent {

namespace {

bool has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != text.npos;
  if (!found) MESSAGE(text);
  return found;
}

std::optional<double> value(double lambda, int warm, int64_t seed) {
  if (seed == 3 && warm == 40) return std::nullopt;
  return 0.5 + 0.01 * static_cast<double>(seed) + (lambda == 0.5 ? 0.02 + 0.004 * static_cast<double>(seed % 3) : 0);
}

}  // namespace

TEST_CASE("Markdown has the caveats, the verdicts and a row for each setting") {
  const SweepFiles sweep = MadeSweep({1, 2, 3, 4}, {{"lambda", 0}}, value).read();
  const std::string text = markdown_tables(sweep, findings_of(sweep));
  CHECK(has(text, "> 14 of 16 runs are finished (2 failed)"));
  CHECK(has(text, "- lambda = 0.5 at warm = 20 is better than lambda = 0 by 2.4 points \\[1.9, 2.9], n = 4"));
  CHECK(has(text,
            "| lambda | warm | n | mean | 95 % | pairs | difference | 95 % t | 95 % bootstrap | p |\n"
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"));
  CHECK(has(text, "| 0 | 40 | 3 | 52.3 | \\[48.5, 56.1] | – | baseline |"));
  CHECK(has(text, "effects are of 3 seeds; left out, because a run of theirs has no value: 3"));
}

TEST_CASE("LaTeX escapes what a name may hold and typesets minus signs") {
  MadeSweep made({1, 2, 3, 4}, {{"lambda", 0}}, value);
  made.plan["factors"][1]["name"] = "warm_up & 5 %";
  for (Json& cell : made.plan["cells"]) {
    cell["params"]["warm_up & 5 %"] = cell["params"]["warm"];
    cell["params"].erase("warm");
  }
  made.write();
  const SweepFiles sweep = made.read();
  const std::string text = latex_tables(sweep, findings_of(sweep));
  CHECK(has(text, "warm\\_up \\& 5 \\%"));
  CHECK(has(text, "\\begin{tabular}{llrrrrrrrr}"));
  CHECK(has(text, "\\toprule"));
}

TEST_CASE("CSV has plain numbers, and nothing where nothing is known") {
  const SweepFiles sweep = MadeSweep({1}, {{"lambda", 0}}, value).read();
  const std::string text = differences_csv(sweep, findings_of(sweep));
  CHECK(has(text, "val/image/accuracy,0,20,1,0.51,,,,,,,,,,,,,,\n"));
  CHECK(has(text, "val/image/accuracy,0.5,20,1,0.534,,,,lambda = 0,1,0.02"));
  CHECK(has(text, "\"these data cannot tell lambda = 0.5 at warm = 20 from lambda = 0: +2.4 points in the one seed"));
}

TEST_CASE("statistics.json is JSON whatever is missing") {
  const SweepFiles sweep = MadeSweep({1}, Json(), value).read();
  const Json json = parse_json(findings_json(sweep, findings_of(sweep)).dump(), {"statistics.json"});
  CHECK(json["baseline"].is_null());
  CHECK(json["metrics"][0]["means"][0]["t_interval"].is_null());
  CHECK(json["metrics"][0]["comparisons"][0].is_null());
}

}  // namespace crescent
