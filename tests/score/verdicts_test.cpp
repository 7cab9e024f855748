#include "core/score/verdicts.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace crescent;

namespace {

Score good(double value, std::vector<double> parts = {}) { return {value, std::move(parts), ScoreStatus::ok, ""}; }
const Score kFailed{NAN, {}, ScoreStatus::failed, "cannot"};
const Score kNothing{NAN, {}, ScoreStatus::not_applicable, ""};

}  // namespace

TEST_CASE("the report of a reward counts what was judged, what was not and why, and shows each value") {
  Verdicts verdicts("mine", {"a"});
  verdicts.add(good(0, {0.5}), "s:1");
  verdicts.add(good(1, {NAN}), "s:2");
  verdicts.add(good(1, {1}), "s:3");
  verdicts.add(kNothing, "s:4");
  verdicts.add(kFailed, "s:5");
  verdicts.add_time(0.0001);
  CHECK(verdicts.report() ==
        "mine: 5 samples, 20 us a sample\n"
        "  judged                 3   60.0 %\n"
        "  not applicable         1   20.0 %\n"
        "  failed                 1   20.0 %\n"
        "    s:5: cannot\n"
        "  mean 0.666667, deviation 0.57735\n"
        "                       0         1  ####################\n"
        "                       1         2  ########################################\n"
        "  part a: mean 0.75\n");
}

TEST_CASE("of more than ten values the report has a histogram that counts each once") {
  Verdicts verdicts("mine", {});
  for (int i = 0; i <= 100; ++i) verdicts.add(good(i), "s");
  const std::string report = verdicts.report();
  CHECK(report.find("0 to 10        10  ") != std::string::npos);
  CHECK(report.find("90 to 100        11  ") != std::string::npos);  // 100 is in the last one
  Verdicts wide("wide", {});
  for (int i = 0; i < 12; ++i) wide.add(good(i % 2 == 0 ? -1.7e308 + i * 1e306 : 1.7e308 - i * 1e306), "s");
  CHECK(wide.report().find("-1.7e+308 to -1.361e+308         6  ") != std::string::npos);
  CHECK(wide.report().find("1.351e+308 to 1.69e+308         6  ") != std::string::npos);
  CHECK(wide.report().find("to inf") == std::string::npos);
  Verdicts close("close", {});
  double x = 1e8;
  for (int i = 0; i < 11; ++i, x = std::nextafter(x, 2e8)) close.add(good(x), "s");
  CHECK(close.report().find("         2  ####") != std::string::npos);  // ten intervals, the last has two
}

TEST_CASE("agreement is over the samples that both judged") {
  const std::vector<double> a = {0, 0.5, 1, 1, NAN, 0.2}, b = {0, 1, 1, 0, 1, NAN};
  const Agreement agreement = compare(a, b, 1);
  CHECK(agreement.both == 4);
  CHECK(agreement.correlation == doctest::Approx(0.3015113445777636).epsilon(1e-12));  // numpy.corrcoef
  CHECK(agreement.equal_scores == 0.5);
  CHECK(agreement.equal_verdicts == 0.5);
  CHECK(agreement.only_first == 1);
  CHECK(agreement.only_second == 1);
  CHECK(agreement.apart == std::vector<size_t>{3, 1});
  CHECK(compare({0.9}, {1}, 0.9).equal_verdicts == 1);
  CHECK(compare({NAN}, {1}, 1).both == 0);
}

TEST_CASE("a correlation does not depend on the scale of the scores, nor on how their sum rounds") {
  const std::vector<double> tenths(3, 0.1), other = {0, 1, 0.5};
  CHECK(std::isnan(compare(tenths, other, 1).correlation));
  CHECK(std::isnan(compare(other, tenths, 1).correlation));
  CHECK(std::isnan(compare({0, 0}, {1, 2}, 1).correlation));
  const std::vector<double> base = {0, 0.5, 1, 1}, against = {0, 1, 1, 0};
  for (const double a : {1e150, 1e-150, 1e-300, 1.7e308, -1.0})
    for (const double b : {1e150, 1e-150, 1.0}) {
      std::vector<double> first = base, second = against;
      for (double& value : first) value *= a;
      for (double& value : second) value *= b;
      CHECK(compare(first, second, 1).correlation ==
            doctest::Approx((a < 0 ? -1 : 1) * 0.3015113445777636).epsilon(1e-12));
    }
}

TEST_CASE("one score has a mean, and no deviation is made up for it") {
  Verdicts verdicts("mine", {});
  verdicts.add(good(0.5), "s:1");
  CHECK(verdicts.report().find("  mean 0.5, deviation unknown of one score\n") != std::string::npos);
  verdicts.add(good(0.5), "s:2");
  CHECK(verdicts.report().find("  mean 0.5, deviation 0\n") != std::string::npos);
}

TEST_CASE("a reward that never varies has no correlation, and the report says why") {
  const std::vector<double> same = {1, 1, 1}, other = {0, 1, 0};
  Verdicts a("a", {}), b("b", {});
  for (size_t i = 0; i < 3; ++i) a.add(good(same[i]), ""), b.add(good(other[i]), "");
  const std::string text = report(compare(same, other, 1), a, b, 1, {"s:1", "s:2", "s:3"});
  CHECK(text ==
        "a against b: 3 samples that both judged\n"
        "  correlation     none: one of them is the same for all\n"
        "  equal scores    33.3 %\n"
        "  equal verdicts  33.3 % (a score of at least 1 passes); 2 pass by a alone, 0 by b alone\n"
        "  furthest apart:\n"
        "    s:1: 1 and 0\n"
        "    s:3: 1 and 0\n");
}
