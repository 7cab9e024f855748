#include "core/remote/supervisor.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/plugin/call.hpp"

namespace crescent {

Fault fault_of(Child& child, Child::Ending ending, const TimeLimit& limit) {
  switch (ending) {
    case Child::Ending::answered:
      return {};
    case Child::Ending::timed_out:
      return {fmt::format("no answer within {} = {}", limit.option, limit.ms), limit.option};
    default:
      return {"its process " + printable(child.end()), ""};
  }
}

std::string failed_sample(const std::string& who, const Sample& sample, std::string_view why) {
  return fmt::format("{}: sample {} of record \"{}\": {}", who, sample.index_in_group, printable(sample.record_id),
                     why);
}

// One of the places for calls, with the process that was left idle there, if any.
class Supervisor::Place {
 public:
  explicit Place(Supervisor& supervisor) : supervisor_(supervisor) {
    std::unique_lock lock(supervisor_.mutex_);
    supervisor_.freed_.wait(lock, [&] { return supervisor_.free_ > 0; });
    --supervisor_.free_;
    if (supervisor_.idle_.empty()) return;
    worker_ = std::move(supervisor_.idle_.back());
    supervisor_.idle_.pop_back();
  }
  ~Place() {
    {
      const std::lock_guard lock(supervisor_.mutex_);
      ++supervisor_.free_;
      if (worker_.child && !worker_.retire) supervisor_.idle_.push_back(std::move(worker_));
    }
    supervisor_.freed_.notify_one();
  }
  Worker& worker() { return worker_; }

 private:
  Supervisor& supervisor_;
  Worker worker_;
};

Supervisor::Supervisor(std::string who, int64_t workers, Start start, Log* log)
    : who_(std::move(who)), free_(workers), start_(std::move(start)), log_(log) {}

void Supervisor::add(std::unique_ptr<Child> child) {
  const std::lock_guard lock(mutex_);
  idle_.push_back({std::move(child)});
}

void Supervisor::judge(std::span<const Sample> samples, std::span<Score> scores, const Ask& ask) {
  if (scores.size() != samples.size())
    fail("{}: {} samples, but room for {} scores", who_, samples.size(), scores.size());
  if (samples.empty()) return;
  Place place(*this);
  std::vector<uint8_t> answered(samples.size(), 0);
  const Fault fault = attempt(place.worker(), samples, scores, answered, ask);
  if (!fault) return;
  log_fault(samples, fault);
  judge_alone(place.worker(), samples, scores, answered, fault, ask);
}

// Leaves no worker behind that had a fault.
Fault Supervisor::attempt(Worker& worker, std::span<const Sample> samples, std::span<Score> scores,
                          std::vector<uint8_t>& answered, const Ask& ask) {
  Fault fault;
  try {
    if (!worker.child || worker.retire) worker = {start_()};
    fault = ask(worker, samples, scores, answered);
  } catch (const Error& e) {
    fault.text = e.message();
  } catch (const std::exception& e) {  // such as too little memory for what the process sent
    fault.text = fmt::format("its answer cannot be read: {}", e.what());
  }
  if (fault && worker.child) {
    worker.child->kill();
    worker = {};
  }
  return fault;
}

void Supervisor::judge_alone(Worker& worker, std::span<const Sample> samples, std::span<Score> scores,
                             const std::vector<uint8_t>& answered, const Fault& first, const Ask& ask) {
  bool failed = false;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (answered[i]) continue;
    std::vector<uint8_t> alone(1, 0);
    const Fault fault = attempt(worker, samples.subspan(i, 1), scores.subspan(i, 1), alone, ask);
    if (!fault) continue;
    failed = true;
    scores[i] = Score{};
    scores[i].error = failed_sample(who_, samples[i], fault.text);
  }
  if (*first.exceeded == '\0' || failed || samples.size() == 1 || log_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(warned_slow_, true)) return;
  }
  log_->warning("{}: {} responses together got {}, each alone had one; raise {}", who_, samples.size(), first.text,
                first.exceeded);
}

// The first one is worth a person's attention; those that matter are counted as failed samples.
void Supervisor::log_fault(std::span<const Sample> samples, const Fault& fault) {
  if (log_ == nullptr) return;
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(warned_, true);
  }
  log_->write(
      first ? LogLevel::warning : LogLevel::info,
      fmt::format("{}: {} response{} of record \"{}\" at step {}: {}; {} judged again by a fresh process{}", who_,
                  samples.size(), samples.size() == 1 ? "" : "s", printable(samples[0].record_id), samples[0].step,
                  fault.text, samples.size() == 1 ? "it is" : "each is", samples.size() == 1 ? "" : ", alone"));
}

}  // namespace crescent
