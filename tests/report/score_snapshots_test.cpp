#include "core/report/score_snapshots.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/report/spread.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;

TEST_CASE("prompts are counted from their range of scores at one snapshot to that at the next") {
  // Six ranges of [0, 1.2]: edges .2, .4, .6, .8, 1. By hand: prompt 0 stays in the first, 1 goes from the first to the
  // third, 2 from the last (its upper end is in it) to the first, 3 stays in the fourth.
  const std::vector<ScoreSnapshot> snapshots = {{10, "a", View::image, {0, 0.1, 1.2, 0.6}},
                                                {20, "a", View::image, {0.15, 0.5, 0.05, 0.7}}};
  const ScoreReport report = report_scores(snapshots, 10);
  CHECK(report.top == 1.2);
  REQUIRE(report.transitions.size() == 1);
  const ScoreTransition& t = report.transitions[0];
  CHECK((t.from_step == 10 && t.to_step == 20));
  std::vector<int64_t> expected(36);
  expected[0 * 6 + 0] = 1;
  expected[0 * 6 + 2] = 1;
  expected[5 * 6 + 0] = 1;
  expected[3 * 6 + 3] = 1;
  CHECK(t.counts == expected);
}

TEST_CASE("a histogram holds every prompt once, with the mean and the effective share of the scores") {
  const ScoreReport report = report_scores({{10, "a", View::image, {1, 0, 0, 0.5}}}, 10);
  REQUIRE(report.histograms.size() == 1);
  const ScoreHistogram& h = report.histograms[0];
  CHECK(std::accumulate(h.counts.begin(), h.counts.end(), int64_t{0}) == 4);
  CHECK((h.counts.front() == 2 && h.counts[12] == 1 && h.counts.back() == 1));
  CHECK(h.mean == 0.375);
  CHECK(h.effective_share == doctest::Approx(1.5 * 1.5 / 1.25 / 4));
  CHECK(report.transitions.empty());
}

TEST_CASE("scores of another view or of another set of prompts are never compared") {
  const ScoreReport report = report_scores({{1, "a", View::text, {1, 0}},
                                            {2, "b", View::image, {1, 0}},
                                            {3, "b", View::image, {1, 0, 1}},
                                            {4, "a", View::text, {0, 1}}},
                                           10);
  REQUIRE(report.transitions.size() == 1);
  CHECK((report.transitions[0].from_step == 1 && report.transitions[0].to_step == 4));
}

TEST_CASE("of many snapshots the first, the last and some between are shown, and the report says how many there are") {
  std::vector<ScoreSnapshot> snapshots;
  for (int i = 0; i < 100; ++i) snapshots.push_back({i, "a", View::image, {0.5}});
  const ScoreReport report = report_scores(snapshots, 4);
  CHECK(report.recorded == 100);
  REQUIRE(report.histograms.size() == 4);
  CHECK((report.histograms.front().step == 0 && report.histograms.back().step == 99));
  CHECK(report.transitions.size() == 3);
}

TEST_CASE("scores that are all 0 have a histogram too, and a run without scores has none") {
  const ScoreReport zeros = report_scores({{1, "a", View::image, {0, 0}}}, 10);
  CHECK(zeros.histograms[0].counts[0] == 2);
  CHECK(zeros.histograms[0].effective_share == 0);
  CHECK(report_scores({}, 10).histograms.empty());
}

TEST_CASE("a damaged line of vps.jsonl is named; one that is still being written is left out") {
  TestFolder folder("scores");
  make_folders(folder.path);
  const std::string path = folder.path + "/vps.jsonl";
  CHECK(read_score_snapshots(folder.path).empty());
  write_file_atomically(path, "{\"step\":1,\"phase\":\"a\",\"view\":\"image\",\"weights\":[0.5]}\n{\"step\":2,\"ph");
  CHECK(read_score_snapshots(folder.path).size() == 1);
  write_file_atomically(path, "{\"step\":1,\"phase\":\"a\",\"view\":\"image\",\"weights\":[-1]}\n");
  CHECK_THROWS_WITH_AS(read_score_snapshots(folder.path),
                       (path + ":1: a score must be a number of at least 0, found -1").c_str(), Error);
}

TEST_CASE("an even spread has both ends and no number twice") {
  CHECK(evenly_spread(5, 3) == std::vector<size_t>{0, 2, 4});
  CHECK(evenly_spread(3, 10) == std::vector<size_t>{0, 1, 2});
  CHECK(evenly_spread(9, 1) == std::vector<size_t>{8});
  CHECK(evenly_spread(0, 3).empty());
  CHECK(evenly_spread(1, 3) == std::vector<size_t>{0});
}
