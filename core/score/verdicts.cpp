#include "core/score/verdicts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/stats/moments.hpp"

namespace crescent {

namespace {

constexpr size_t kShownValues = 10, kShownFailures = 3, kShownApart = 10;

// Distances from the mean, the largest being 1, so that neither large nor tiny values leave a double's range.
std::vector<double> centred(std::vector<double> values) {
  const auto bring_to_1 = [&] {
    double largest = 0;
    for (const double x : values) largest = std::max(largest, std::abs(x));
    for (double& x : values) x /= largest;
  };
  bring_to_1();
  const double mean = Moments{values}.mean();
  for (double& x : values) x -= mean;
  bring_to_1();
  return values;
}

// Pearson's; NaN where one of the two never varies.
double correlation_of(const std::vector<double>& first, const std::vector<double>& second) {
  if (!Moments{first}.varies() || !Moments{second}.varies()) return std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> a = centred(first), b = centred(second);
  const double ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  return ab / (std::sqrt(std::inner_product(a.begin(), a.end(), a.begin(), 0.0)) *
               std::sqrt(std::inner_product(b.begin(), b.end(), b.begin(), 0.0)));
}

std::string share(int64_t count, size_t all) {
  return fmt::format("{:>8}  {:>5.1f} %", count, 100 * static_cast<double>(count) / static_cast<double>(all));
}

std::string bar(size_t count, size_t most) { return std::string(count * 40 / std::max<size_t>(most, 1), '#'); }

std::string count_line(const std::string& label, size_t count, size_t most) {
  return fmt::format("  {:>22}  {:>8}  {}\n", label, count, bar(count, most));
}

// A line a value; of more than ten values ten equal intervals.
std::string distribution(const std::vector<double>& values) {
  std::map<double, size_t> counts;
  for (const double x : values) ++counts[x];
  std::string text;
  size_t most = 0;
  if (counts.size() <= kShownValues) {
    for (const auto& [value, count] : counts) most = std::max(most, count);
    for (const auto& [value, count] : counts) text += count_line(fmt::format("{:.6g}", value), count, most);
    return text;
  }
  const double low = counts.begin()->first, high = counts.rbegin()->first;
  const double width = high / kShownValues - low / kShownValues;  // of each, without overflow
  std::vector<size_t> bins(kShownValues, 0);
  const double unit = std::isfinite(high - low) ? 1 : 0.5;  // halves are as far apart as doubles can tell
  for (const double x : values) {
    const double share = (x * unit - low * unit) / (high * unit - low * unit);  // 0 to 1
    ++bins[std::min(kShownValues - 1, static_cast<size_t>(share * kShownValues))];
  }
  for (const size_t count : bins) most = std::max(most, count);
  for (size_t b = 0; b < bins.size(); ++b)
    text += count_line(
        fmt::format("{:.4g} to {:.4g}", low + width * static_cast<double>(b), low + width * static_cast<double>(b + 1)),
        bins[b], most);
  return text;
}

}  // namespace

void Verdicts::add(const Score& score, const std::string& label) {
  scores_.push_back(score.status == ScoreStatus::ok ? score.value : std::numeric_limits<double>::quiet_NaN());
  failed_ += score.status == ScoreStatus::failed;
  not_applicable_ += score.status == ScoreStatus::not_applicable;
  if (score.status == ScoreStatus::failed && examples_.size() < kShownFailures)
    examples_.push_back(fmt::format("{}: {}", label, score.error));
  if (score.status != ScoreStatus::ok) return;
  for (size_t p = 0; p < parts_.size(); ++p)
    if (p < score.parts.size()) part_values_[p].add(score.parts[p]);
}

std::string Verdicts::report() const {
  if (scores_.empty()) return fmt::format("{}: no samples\n", name_);
  Moments moments;
  for (const double x : scores_) moments.add(x);  // a score that was judged is finite
  const std::vector<double>& judged = moments.values;
  std::string text = fmt::format("{}: {} samples, {:.3g} us a sample\n", name_, scores_.size(),
                                 1e6 * seconds_ / static_cast<double>(scores_.size()));
  text += fmt::format("  judged          {}\n", share(static_cast<int64_t>(judged.size()), scores_.size()));
  text += fmt::format("  not applicable  {}\n", share(not_applicable_, scores_.size()));
  text += fmt::format("  failed          {}\n", share(failed_, scores_.size()));
  for (const std::string& example : examples_) text += fmt::format("    {}\n", example);
  if (failed_ > static_cast<int64_t>(examples_.size()))
    text += fmt::format("    and {} more\n", failed_ - static_cast<int64_t>(examples_.size()));
  if (judged.empty()) return text;
  text += fmt::format("  mean {:.6g}, deviation {}\n{}", moments.mean(),
                      judged.size() < 2 ? "unknown of one score" : fmt::format("{:.6g}", moments.deviation()),
                      distribution(judged));
  for (size_t p = 0; p < parts_.size(); ++p)
    text += part_values_[p].values.empty() ? fmt::format("  part {}: no value\n", parts_[p])
                                           : fmt::format("  part {}: mean {:.6g}\n", parts_[p], part_values_[p].mean());
  return text;
}

Agreement compare(const std::vector<double>& first, const std::vector<double>& second, double at_least) {
  Agreement out;
  std::vector<double> a, b;
  for (size_t i = 0; i < first.size(); ++i) {
    if (std::isnan(first[i]) || std::isnan(second[i])) continue;
    a.push_back(first[i]);
    b.push_back(second[i]);
    if (first[i] != second[i]) out.apart.push_back(i);
    const bool passes = first[i] >= at_least, other = second[i] >= at_least;
    out.equal_scores += first[i] == second[i];
    out.equal_verdicts += passes == other;
    out.only_first += passes && !other;
    out.only_second += other && !passes;
  }
  out.both = static_cast<int64_t>(a.size());
  if (a.empty()) return out;
  out.equal_scores /= static_cast<double>(a.size());
  out.equal_verdicts /= static_cast<double>(a.size());
  out.correlation = correlation_of(a, b);
  std::stable_sort(out.apart.begin(), out.apart.end(),
                   [&](size_t i, size_t j) { return std::abs(first[i] - second[i]) > std::abs(first[j] - second[j]); });
  out.apart.resize(std::min(out.apart.size(), kShownApart));
  return out;
}

std::string report(const Agreement& agreement, const Verdicts& first, const Verdicts& second, double at_least,
                   const std::vector<std::string>& labels) {
  std::string text =
      fmt::format("{} against {}: {} samples that both judged\n", first.name(), second.name(), agreement.both);
  if (agreement.both == 0) return text;
  text += std::isnan(agreement.correlation) ? std::string("  correlation     none: one of them is the same for all\n")
                                            : fmt::format("  correlation     {:.4f}\n", agreement.correlation);
  text += fmt::format("  equal scores    {:.1f} %\n  equal verdicts  {:.1f} % (a score of at least {:g} passes)",
                      100 * agreement.equal_scores, 100 * agreement.equal_verdicts, at_least);
  text += fmt::format("; {} pass by {} alone, {} by {} alone\n", agreement.only_first, first.name(),
                      agreement.only_second, second.name());
  if (!agreement.apart.empty()) text += "  furthest apart:\n";
  for (const size_t i : agreement.apart)
    text += fmt::format("    {}: {:g} and {:g}\n", labels[i], first.scores()[i], second.scores()[i]);
  return text;
}

}  // namespace crescent
