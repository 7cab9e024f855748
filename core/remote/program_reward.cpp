#include "core/remote/program_reward.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

#include "core/base/hash.hpp"
#include "core/plugin/call.hpp"
#include "core/remote/sample_lines.hpp"

namespace crescent {

namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestLine = 16 << 20;  // bytes

bool can_start(const std::string& path) { return access(path.c_str(), X_OK) == 0 && !fs::is_directory(path); }

bool is_in_path(const std::string& program) {
  const char* variable = std::getenv("PATH");
  std::string rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    if (can_start((fs::path(rest.substr(0, colon)) / program).string())) return true;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

class ProgramReward final : public Reward {
 public:
  ProgramReward(const ProgramUse& use, const WorkerLimits& limits, const HostServices& services)
      : parts_(use.parts),
        limits_(limits),
        says_ready_(use.says_ready),
        command_{use.argv, use.folder, limits.launcher, limits.memory_mb},
        label_("reward/" + use.name),
        log_(services.log),
        supervisor_(
            fmt::format("reward \"{}\"", use.name), limits.workers, [this] { return start(); }, log_) {
    supervisor_.add(start());
  }

  const std::vector<std::string>& part_names() const override { return parts_; }

  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    supervisor_.judge(samples, scores,
                      [this](Worker& worker, std::span<const Sample> asked, std::span<Score> out,
                             std::vector<uint8_t>& answered) { return ask(worker, asked, out, answered); });
  }

 private:
  std::unique_ptr<Child> start() const {
    auto child = std::make_unique<Child>(command_, [this](std::string_view line) {
      if (log_ != nullptr) log_->info("[{}] {}", label_, printable(line));
    });
    if (says_ready_) wait_until_ready(*child);
    return child;
  }

  void wait_until_ready(Child& child) const {
    const TimeLimit limit = start_limit(limits_);
    const Child::Ending ending = child.exchange(std::chrono::milliseconds(limit.ms), [](std::string_view& received) {
      const size_t end = received.find('\n');
      if (end != std::string_view::npos) received.remove_prefix(end + 1);
      return end != std::string_view::npos;
    });
    if (const Fault fault = fault_of(child, ending, limit)) fail("{}: {}", supervisor_.who(), fault.text);
  }

  Fault ask(Worker& worker, std::span<const Sample> samples, std::span<Score> scores, std::vector<uint8_t>& answered) {
    const uint64_t first = next_id_.fetch_add(samples.size());
    std::string lines;
    for (size_t i = 0; i < samples.size(); ++i) lines += sample_json(samples[i], first + i, samples.size()) + '\n';
    worker.child->send(std::move(lines));
    size_t open = samples.size();
    const auto take = [&](std::string_view& received) {
      bool any = false;
      for (size_t end; open > 0 && (end = received.find('\n')) != std::string_view::npos;) {
        const std::string_view line = received.substr(0, end);
        received.remove_prefix(end + 1);
        if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
        const JsonVerdict verdict = read_verdict(line, parts_, true);
        const uint64_t i = verdict.id - first;
        if (i >= samples.size() || answered[i])
          fail("it answered id {}, which was {}", verdict.id, i < samples.size() ? "answered before" : "not asked now");
        scores[i] = verdict.score;
        if (scores[i].status == ScoreStatus::failed)
          scores[i].error = failed_sample(supervisor_.who(), samples[i], printable(scores[i].error));
        answered[i] = 1;
        --open;
        any = true;  // a blank line is no answer and wins no time
      }
      if (received.size() > kLongestLine) fail("it wrote a line of more than {} bytes", kLongestLine);
      return any;
    };
    while (open > 0) {
      const TimeLimit limit = worker.answered || says_ready_ ? answer_limit(limits_) : start_limit(limits_);
      const Child::Ending ending = worker.child->exchange(std::chrono::milliseconds(limit.ms), take);
      if (Fault fault = fault_of(*worker.child, ending, limit); fault) return fault;
      worker.answered = true;
    }
    return {};
  }

  std::vector<std::string> parts_;
  WorkerLimits limits_;
  bool says_ready_;
  ChildCommand command_;
  std::string label_;
  Log* log_;
  std::atomic<uint64_t> next_id_{0};
  Supervisor supervisor_;
};

}  // namespace

void check_program(const ProgramUse& use, Problems& problems) {
  const std::string& program = use.argv.at(0);
  const bool path = program.find('/') != std::string::npos;
  if (path ? can_start((fs::path(use.folder) / program).string()) : is_in_path(program)) return;
  problems.add(use.place, "reward \"{}\": there is no program {}{}", use.name, program,
               path ? fmt::format(" that can be started (relative to {})", use.folder) : " in the folders of PATH");
}

std::unique_ptr<Reward> make_program_reward(const ProgramUse& use, const WorkerLimits& limits,
                                            const HostServices& services) {
  try {
    return std::make_unique<ProgramReward>(use, limits, services);
  } catch (const Error& e) {
    throw Error(e.message(), use.place, e.kind());
  }
}

std::string hash_program(const ProgramUse& use) {
  Hasher hasher;
  for (const std::string& argument : use.argv) {
    const fs::path path = fs::path(use.folder) / argument;
    std::error_code ec;
    if (fs::is_regular_file(path, ec)) hasher.add(hash_file(path.string()).hex());
  }
  return hasher.digest().hex();
}

}  // namespace crescent
