// interval_coverage [TRIALS]: how often 95 % intervals of a mean hold it, at the numbers of seeds that studies have: by
// t, by core/stats's bootstrap-t, and by the bootstrap's percentiles and BCa (Efron 1987), which are why it is
// bootstrap-t.
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/stats/interval.hpp"

using namespace crescent;

namespace {

using Values = std::vector<double>;

double mean_of(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Values resampled_means(const Values& values, RandomStream& stream, size_t resamples) {
  Values means;
  for (size_t r = 0; r < resamples; ++r) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) sum += values[stream.below(values.size())];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  std::sort(means.begin(), means.end());
  return means;
}

double at_share(const Values& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size());
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(place))];
}

Interval percentile(const Values& means) { return {at_share(means, 0.025), at_share(means, 0.975)}; }

Interval bca(const Values& values, const Values& means) {
  const boost::math::normal normal;
  const double centre = mean_of(values), n = static_cast<double>(values.size());
  double cubes = 0, squares = 0;
  for (const double value : values) {  // leaving one out moves the mean by (centre - value) / (n - 1)
    const double moved = (value - centre) / (n - 1);
    cubes += moved * moved * moved, squares += moved * moved;
  }
  const double acceleration = cubes / (6 * std::pow(squares, 1.5));
  double below = 0;
  for (const double mean : means) below += mean < centre ? 1 : mean == centre ? 0.5 : 0;
  const double bias = boost::math::quantile(normal, std::clamp(below / means.size(), 1e-6, 1 - 1e-6));
  const auto end = [&](double share) {
    const double z = bias + boost::math::quantile(normal, share);
    return at_share(means, boost::math::cdf(normal, bias + z / (1 - acceleration * z)));
  };
  return {end(0.025), end(0.975)};
}

// What a seed's difference may be like; the mean is 0 in all.
struct Kind {
  std::string name;
  std::function<double(RandomStream&)> draw;
};

double share_passed(double p, RandomStream& stream) {  // of 384 records
  int passed = 0;
  for (int i = 0; i < 384; ++i) passed += stream.uniform() < p;
  return passed / 384.0;
}

const std::vector<Kind> kKinds{
    {"normal", [](RandomStream& s) { return s.normal(); }},
    {"heavy tails (t, 3 degrees)",
     [](RandomStream& s) {
       const double a = s.normal(), b = s.normal(), c = s.normal();
       return s.normal() / std::sqrt((a * a + b * b + c * c) / 3);
     }},
    {"skewed (exponential)", [](RandomStream& s) { return -std::log(1 - s.uniform()) - 1; }},
    {"one seed in ten collapses by 5 sd",
     [](RandomStream& s) { return s.normal() + (s.uniform() < 0.1 ? -4.5 : 0.5); }},
    {"accuracies, 384 records, sd .02",
     [](RandomStream& s) {
       const double p = 0.6 + 0.05 * s.normal(), q = p + 0.02 * s.normal();
       return share_passed(std::clamp(q, 0.0, 1.0), s) - share_passed(std::clamp(p, 0.0, 1.0), s);
     }},
};

struct Tally {
  int held = 0, given = 0;
  Values widths;
  void add(const std::optional<Interval>& interval) {
    if (!interval) return;
    ++given;
    held += interval->holds(0);
    widths.push_back(interval->high - interval->low);
  }
  double median_width() {
    std::nth_element(widths.begin(), widths.begin() + widths.size() / 2, widths.end());
    return widths[widths.size() / 2];
  }
};

void measure(const Kind& kind, size_t n, int trials) {
  RandomStream stream(RandomKey(11, "coverage " + kind.name, {n}));
  constexpr size_t kBenchResamples = 1999;
  Tally t, boot, percentiles, accelerated;
  for (int trial = 0; trial < trials; ++trial) {
    Values values(n);
    for (double& value : values) value = kind.draw(stream);
    RandomStream draws(RandomKey(12, "resamples", {static_cast<uint64_t>(trial)}));
    const Values means = resampled_means(values, draws, kBenchResamples);
    t.add(t_interval(values));
    boot.add(bootstrap_interval(values, RandomKey(13, "bootstrap", {static_cast<uint64_t>(trial)})));
    percentiles.add(percentile(means));
    accelerated.add(bca(values, means));
  }
  const double unit = t.median_width();
  const auto cell = [&](Tally& tally) {
    return fmt::format("{:5.1f} ({:.2f})", 100.0 * tally.held / tally.given, tally.median_width() / unit);
  };
  fmt::print("| {} | {} | {} | {} | {} | {} |\n", kind.name, n, cell(t), cell(boot), cell(percentiles),
             cell(accelerated));
}

// The comparison is only fair to a BCa that is right: scipy's, on the golden samples.
bool bca_is_scipys(const std::string& golden) {
  bool right = true;
  const Json json = read_json_file(golden);
  for (const Json& entry : json["bca"]) {
    const Values values = entry["values"];
    RandomStream stream(RandomKey(14, "bca"));
    const Interval found = bca(values, resampled_means(values, stream, 400'000));
    const double low = entry["interval"][0], high = entry["interval"][1];
    right &= std::max(std::abs(found.low - low), std::abs(found.high - high)) < 0.01 * (high - low);
  }
  return right;
}

}  // namespace

int main(int count, char** arguments) {
  const int trials = count > 1 ? std::stoi(arguments[1]) : 10'000;
  if (!bca_is_scipys(CRESCENT_SOURCE_DIR "/tests/golden/statistics.json")) {
    fmt::print("BCa here is not scipy's\n");
    return 1;
  }
  fmt::print("coverage in %, median width over that of t in brackets; {} trials, standard error {:.1f} at 95 %\n\n",
             trials, 100 * std::sqrt(0.95 * 0.05 / trials));
  fmt::print("| differences | n | t | bootstrap-t | percentile | BCa |\n|---|---|---|---|---|---|\n");
  for (const Kind& kind : kKinds)
    for (const size_t n : {5, 8}) measure(kind, n, trials);
}
