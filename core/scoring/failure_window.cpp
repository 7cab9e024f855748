#include "core/scoring/failure_window.hpp"

#include <algorithm>

#include "core/base/json.hpp"

namespace crescent {

namespace {

uint64_t size_of(const FailureCount& batch) { return batch.samples + batch.unjudged; }

FailureCount total(const std::deque<FailureCount>& batches) {
  FailureCount sum;
  for (const FailureCount& batch : batches) {
    sum.samples += batch.samples;
    sum.unjudged += batch.unjudged;
    sum.failed += batch.failed;
    if (!batch.example.empty()) sum.example = batch.example;  // the latest one
  }
  return sum;
}

}  // namespace

FailureWindow::FailureWindow(std::vector<std::string> rewards, double max_failed_share)
    : rewards_(std::move(rewards)), max_failed_share_(max_failed_share), batches_(rewards_.size()) {}

// The batches that count once this one is in.
FailureWindow::Batches FailureWindow::latest(size_t reward, const FailureCount& batch) const {
  Batches batches = batches_[reward];
  if (size_of(batch) > 0) batches.push_back(batch);
  uint64_t samples = size_of(total(batches));
  while (!batches.empty() && samples - size_of(batches.front()) >= kSamples) {
    samples -= size_of(batches.front());
    batches.pop_front();
  }
  return batches;
}

double FailureWindow::allowed(const FailureCount& sum) const {
  return max_failed_share_ * static_cast<double>(std::max(kSamples, size_of(sum)));
}

bool FailureWindow::is_exceeded_by(size_t reward, const FailureCount& batch) const {
  const FailureCount sum = total(latest(reward, batch));
  return static_cast<double>(sum.failed) > allowed(sum);
}

void FailureWindow::add(size_t reward, const FailureCount& batch) {
  batches_[reward] = latest(reward, batch);
  const FailureCount sum = total(batches_[reward]);
  if (static_cast<double>(sum.failed) <= allowed(sum)) return;
  fail(
      "reward \"{}\" could not judge {} of the latest {} samples, more than max_failed_share = {} of {} allows; for "
      "example {}; mend the reward or raise max_failed_share",
      rewards_[reward], sum.failed, sum.samples, max_failed_share_, std::max(kSamples, size_of(sum)), sum.example);
}

std::string FailureWindow::save_state() const {
  Json state = Json::object();
  for (size_t k = 0; k < rewards_.size(); ++k) {
    Json& list = state[rewards_[k]] = Json::array();
    for (const FailureCount& batch : batches_[k]) list.push_back({batch.samples, batch.failed, batch.example});
  }
  return state.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void FailureWindow::load_state(std::string_view bytes) {
  const Place place{"saved failures of the rewards", 0};
  const Json state = parse_json(bytes, place);
  std::vector<Batches> loaded(rewards_.size());
  for (size_t k = 0; k < rewards_.size(); ++k) {
    const Json& list = member(state, rewards_[k], place);
    try {
      for (const Json& entry : list)
        loaded[k].push_back({entry.at(0).get<uint64_t>(), entry.at(1).get<uint64_t>(), entry.at(2).get<std::string>()});
    } catch (const Json::exception& e) {
      throw Error(fmt::format("\"{}\" must be a list of [samples, failed, example]: {}", rewards_[k], e.what()), place);
    }
  }
  batches_ = std::move(loaded);
}

}  // namespace crescent
