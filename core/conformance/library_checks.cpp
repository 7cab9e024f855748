// What every plugin in a shared library must do: options, bounds of its memory, nothing left behind.
#include <malloc.h>

#include <chrono>
#include <cmath>

#include "core/conformance/check_samples.hpp"
#include "core/conformance/guarded_memory.hpp"
#include "core/conformance/subject.hpp"
#include "core/plugin/describe.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/library.hpp"

namespace crescent {

namespace {

using RewardInstance = Instance<crescent_reward_factory>;

std::string path_of(const Subject& subject) { return find_plugin(subject.use.plugin, subject.search, {}); }

std::unique_ptr<RewardInstance> reward_instance(const Subject& subject) {
  const crescent_reward_factory* factory = PluginLibrary::load(path_of(subject)).reward();
  Problems problems;
  const ResolvedOptions options = apply_options("the reward", factory->options, subject.use.options, {}, problems);
  problems.throw_if_any();
  return std::make_unique<RewardInstance>(factory, "the reward", "plugin/check", check_services(), options);
}

// ---- Options ----

std::vector<Value> extremes(const OptionSpec& spec) {
  std::vector<Value> values;
  for (const std::string& choice : spec.choices) values.emplace_back(choice);
  const auto number = [&](double x) {
    if (!std::isfinite(x)) return;
    if (spec.type == OptionType::integer)
      values.emplace_back(static_cast<int64_t>(x));
    else
      values.emplace_back(x);
  };
  if (spec.type == OptionType::boolean) values = {Value(false), Value(true)};
  if (spec.type == OptionType::integer || spec.type == OptionType::number) number(spec.min), number(spec.max);
  if (spec.type == OptionType::string && spec.choices.empty())
    values = {Value(std::string()), Value(std::string("\xC3\xA9 \" \\ ")), Value(std::string(10'000, 'x'))};
  return values;
}

void make(PluginRole role, const PluginUse& use, const PluginSearch& search) {
  if (role == PluginRole::reward) make_reward(use, "check", search, check_services());
  if (role == PluginRole::sampler) make_sampler(use, search, check_services());
  if (role == PluginRole::curriculum) make_policy(use, search, check_services());
}

std::vector<OptionSpec> specs_of(PluginRole role, const std::string& path) {
  const PluginDescription description = describe_plugin(path);
  if (!description.error.empty()) fail("{}", description.error);
  for (const PluginDescription::Role& described : description.roles)
    if (described.role == role) return described.options;
  fail("it is no {}", role_name(role));
}

// A value at the end of its range is taken, or refused with a reason.
std::string takes_options(PluginRole role, const Subject& subject) {
  int tried = 0;
  std::vector<std::string> refused;
  const std::vector<OptionSpec> specs = specs_of(role, path_of(subject));
  for (const OptionSpec& spec : specs) {
    if (spec.help.empty()) fail("the option \"{}\" has no help; say in a line what it does", spec.name);
    for (const Value& value : extremes(spec)) {
      PluginUse use = subject.use;
      use.options.set(spec.name, value);
      ++tried;
      try {
        make(role, use, subject.search);
      } catch (const Error& e) {
        if (e.message().ends_with("it gave no reason"))
          fail("with {} = {} create fails and gives no reason; write one into error->text", spec.name, value.show());
        if (e.message().find("let an exception") != std::string::npos)
          fail("with {} = {}: {}", spec.name, value.show(), e.message());
        refused.push_back(fmt::format("{} = {}", spec.name, value.show()));
      }
    }
  }
  if (specs.empty()) return "it has none";
  std::string text = fmt::format("{} values at the ends of {} options", tried, specs.size());
  if (!refused.empty()) text += fmt::format("; {} refused with a reason", refused.size());
  return text;
}

// ---- Memory ----

constexpr const char* kReadPast = "it read past the end of a text: spans are not terminated by a zero";
constexpr const char* kReadBefore = "it read before the beginning of a text";
constexpr const char* kWroteInput = "it wrote into a text that the host lent it";

// The samples with every text at the edge of a page that cannot be touched.
class GuardedSamples {
 public:
  GuardedSamples(const std::vector<SavedSample>& saved, Side side) {
    for (const SavedSample& s : saved)
      samples_.push_back({put(s.prompt, side), put(s.response, side), put(s.gold, side), put(s.columns_json, side),
                          put(s.id, side), put(s.phase, side), s.group, s.index, s.tokens,
                          s.finish == FinishReason::stop ? CRESCENT_FINISH_STOP : CRESCENT_FINISH_LENGTH, 0, s.step});
  }
  const crescent_sample& operator[](size_t i) const { return samples_[i]; }

 private:
  crescent_span put(const std::string& text, Side side) {
    texts_.push_back(std::make_unique<GuardedBytes>(text.size(), side, kReadBefore, kReadPast));
    texts_.back()->fill(text);
    texts_.back()->make_read_only(kWroteInput);
    return {texts_.back()->data(), text.size()};
  }
  std::vector<std::unique_ptr<GuardedBytes>> texts_;
  std::vector<crescent_sample> samples_;
};

// One call with one sample, every buffer at the edge of a page that cannot be touched.
void score_guarded(const RewardInstance& reward, const SavedSample& saved, uint64_t n_parts, Side side) {
  constexpr size_t kErrorBytes = 1024;
  const GuardedSamples samples({saved}, side);
  GuardedBytes input(sizeof(crescent_sample), side, "it read before its list of samples", "it read past its samples");
  GuardedBytes score(sizeof(double), side, "it wrote before its scores", "it wrote past the end of its scores");
  GuardedBytes parts(n_parts * sizeof(double), side, "it wrote before its parts", "it wrote past the end of its parts");
  GuardedBytes status(sizeof(crescent_status), side, "it wrote before its status",
                      "it wrote past the end of its status");
  GuardedBytes text(kErrorBytes, side, "it wrote before its error text",
                    "it wrote past the end of its error text: error->capacity bytes are there");
  input.fill({reinterpret_cast<const char*>(&samples[0]), sizeof(crescent_sample)});
  *score.as<double>() = NAN;
  for (uint64_t p = 0; p < n_parts; ++p) parts.as<double>()[p] = NAN;
  *status.as<crescent_status>() = CRESCENT_OK;
  crescent_error error{text.data(), kErrorBytes, 0, -1};
  reward.call("score", [&] {
    return reward.factory().score(reward.self(), input.as<crescent_sample>(), 1, score.as<double>(), parts.as<double>(),
                                  status.as<crescent_status>(), &error);
  });
  if (error.size > kErrorBytes)
    fail("it says that its error text has {} bytes, where {} fit; cut it at error->capacity", error.size, kErrorBytes);
  if (error.item < -1 || error.item > 0) fail("it blames sample {} of a call with one (error->item)", error.item);
  forget_guards();
}

std::string stays_in_bounds(const Subject& subject) {
  const auto reward = reward_instance(subject);
  uint64_t n_parts = 0;
  while (n_parts < 256 && reward->factory().part_name(reward->self(), n_parts) != nullptr) ++n_parts;
  std::vector<SavedSample> saved = ordinary_samples();
  for (SavedSample& odd : odd_samples()) saved.push_back(std::move(odd));
  for (const Side side : {Side::end, Side::begin})
    for (const SavedSample& sample : saved) score_guarded(*reward, sample, n_parts, side);
  return "";
}

// ---- What is left ----

size_t bytes_in_use() {
  malloc_trim(0);
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

// What leaks grows always; a cache that fills grows now and then. So a stretch of rounds without growth acquits.
std::string leaves_nothing(const std::function<void()>& body) {
  constexpr double kAllowed = 16;  // bytes a round
  constexpr int kStretches = 4;
  const auto begun = std::chrono::steady_clock::now();
  body();
  const int rounds = rounds_for(std::chrono::steady_clock::now() - begun);
  double grown = 0;
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const size_t before = bytes_in_use();
    for (int i = 0; i < rounds; ++i) body();
    const size_t after = bytes_in_use();
    grown = after > before ? static_cast<double>(after - before) / rounds : 0;
    if (grown <= kAllowed) return fmt::format("made, used and destroyed {} times", (stretch + 1) * rounds);
  }
  fail("{:.0f} bytes are left in memory each time that it is made, used and destroyed", grown);
}

std::string reward_leaves_nothing(const Subject& subject) {
  const std::vector<SavedSample> saved = ordinary_samples();
  const std::vector<Sample> samples = borrow_all(saved);
  std::vector<Score> scores(samples.size());
  return leaves_nothing([&] { subject.make_reward()->score(samples, scores); });
}

}  // namespace

std::vector<Check> library_checks(PluginRole role) {
  std::vector<Check> checks = {
      {"takes its options", [role](const Subject& subject) { return takes_options(role, subject); }}};
  if (role == PluginRole::reward) {
    checks.push_back({"reads and writes within bounds", stays_in_bounds});
    checks.push_back({"leaves nothing in memory", reward_leaves_nothing});
  } else {
    checks.push_back({"leaves nothing in memory", [role](const Subject& subject) {
                        return leaves_nothing([&] { make(role, subject.use, subject.search); });
                      }});
  }
  return checks;
}

}  // namespace crescent
