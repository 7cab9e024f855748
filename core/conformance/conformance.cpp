#include "core/conformance/conformance.hpp"

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

#include "core/conformance/child.hpp"
#include "core/plugin/describe.hpp"

namespace crescent {

namespace {

CheckResult run_check(const Check& check, const Subject& subject, double seconds) {
  const ChildResult child = run_in_child([&] { return check.run(subject); }, seconds);
  if (child.ok && !child.printed.empty()) {
    const std::string line = child.printed.substr(0, std::min<size_t>(child.printed.find('\n'), 80));
    return {check.name, Outcome::failed,
            fmt::format("it prints to stdout, which belongs to the program (\"{}\"); use crescent.log/1", line)};
  }
  return {check.name, child.ok ? Outcome::passed : Outcome::failed, child.text};
}

// The first check makes the object; without it the others could only say the same again.
void run_checks(const std::vector<Check>& checks, const Subject& subject, double seconds,
                std::vector<CheckResult>& results) {
  bool made = true;
  for (size_t i = 0; i < checks.size(); ++i) {
    if (!made) {
      results.push_back({checks[i].name, Outcome::skipped, "there is no object to ask"});
      continue;
    }
    results.push_back(run_check(checks[i], subject, seconds));
    if (i == 0) made = results.back().outcome == Outcome::passed;
  }
}

std::vector<Check> checks_of(PluginRole role) {
  std::vector<Check> checks = role == PluginRole::reward    ? reward_checks()
                              : role == PluginRole::sampler ? sampler_checks()
                                                            : curriculum_checks();
  for (Check& check : library_checks(role)) checks.push_back(std::move(check));
  return checks;
}

constexpr PluginRole kRoles[] = {PluginRole::reward, PluginRole::sampler, PluginRole::curriculum};

// "near_miss 1.0.0\nreward\n", from a process of its own.
std::string describe(const std::string& path) {
  const PluginDescription description = describe_plugin(path);
  if (!description.error.empty()) fail("{}", description.error);
  if (description.roles.empty()) fail("its query function answers for no role: reward, sampler or curriculum");
  std::string text = fmt::format("{} {}\n", description.name, description.version);
  for (const PluginDescription::Role& role : description.roles) text += fmt::format("{}\n", role_name(role.role));
  return text;
}

}  // namespace

int rounds_for(std::chrono::duration<double> once) {
  return static_cast<int>(std::clamp(1 / std::max(once.count(), 1e-9), 4.0, 100.0));
}

void wait_for_next_second() {
  const std::time_t second = std::time(nullptr);
  while (std::time(nullptr) == second) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

bool ConformanceReport::passed() const {
  return std::all_of(results.begin(), results.end(), [](const CheckResult& r) { return r.outcome == Outcome::passed; });
}

ConformanceReport check_library(const PluginUse& use, const PluginSearch& search, double seconds) {
  const std::string path = find_plugin(use.plugin, search, use.place);
  ConformanceReport report{path, {}};
  const Subject loading{use, search, {}};
  report.results.push_back(
      run_check({"loads and says what it is", [&](const Subject&) { return describe(path); }}, loading, seconds));
  if (report.results[0].outcome != Outcome::passed) return report;
  const std::string said = std::exchange(report.results[0].text, "");
  std::vector<std::string> roles;
  for (const PluginRole role : kRoles) {
    if (said.find(fmt::format("\n{}\n", role_name(role))) == std::string::npos) continue;
    roles.emplace_back(role_name(role));
    Subject subject{use, search, {}};
    if (role == PluginRole::reward)
      subject.make_reward = [&] { return make_reward(use, "check", search, check_services()); };
    run_checks(checks_of(role), subject, seconds, report.results);
  }
  report.title = fmt::format("{} ({})", said.substr(0, said.find('\n')), fmt::join(roles, ", "));
  return report;
}

ConformanceReport check_reward(const std::string& title, const std::function<std::shared_ptr<Reward>()>& make) {
  ConformanceReport report{title + " (reward)", {}};
  run_checks(reward_checks(), {{}, {}, make}, kCheckSeconds, report.results);
  return report;
}

std::string format_report(const ConformanceReport& report) {
  static constexpr const char* outcomes[] = {"ok     ", "FAILED ", "skipped"};
  std::string text = report.title + "\n";
  size_t failed = 0, skipped = 0;
  for (const CheckResult& result : report.results) {
    failed += result.outcome == Outcome::failed;
    skipped += result.outcome == Outcome::skipped;
    text += fmt::format("  {} {}", outcomes[static_cast<int>(result.outcome)], result.name);
    text += result.text.empty()                 ? "\n"
            : result.outcome == Outcome::failed ? fmt::format("\n          {}\n", result.text)
                                                : fmt::format(": {}\n", result.text);
  }
  if (failed == 0) return text + fmt::format("all {} checks passed\n", report.results.size());
  return text + fmt::format("{} of {} checks failed{}\n", failed, report.results.size(),
                            skipped > 0 ? fmt::format(", {} could not be run", skipped) : "");
}

}  // namespace crescent
