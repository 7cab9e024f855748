// A control, not a reward: exact_math's verdicts, dealt out at random among the responses of their group. Means and
// variances stay as they are, and nothing is left to learn from. It relies on the host judging a group in one call,
// which rewards must not do.
#include <utility>
#include <vector>

#include "core/abi/crescent_plugin.h"
#include "core/answers/answers.hpp"

namespace {

std::string_view view(crescent_span span) { return {span.data, span.size}; }

const crescent_random* random_of(const crescent_host* host) {
  return static_cast<const crescent_random*>(host->query(host, CRESCENT_RANDOM_ID));
}

crescent_status create(const crescent_host* host, const crescent_value*, uint64_t, void** self, crescent_error*) {
  *self = const_cast<crescent_host*>(host);  // it outlives the plugin's objects
  return CRESCENT_OK;
}

void destroy(void*) {}

const char* part_name(void*, uint64_t) { return nullptr; }

double verdict(const crescent_sample& sample) {
  const auto answer = crescent::extract_answer(view(sample.response));
  return answer && crescent::same_answer(*answer, view(sample.gold)) ? 1 : 0;
}

crescent_status score(void* self, const crescent_sample* samples, uint64_t n, double* score, double*, crescent_status*,
                      crescent_error*) {
  for (uint64_t i = 0; i < n; ++i) score[i] = verdict(samples[i]);
  if (n == 0) return CRESCENT_OK;
  const crescent_random* random = random_of(static_cast<const crescent_host*>(self));
  const uint64_t ids[] = {static_cast<uint64_t>(samples[0].step), samples[0].group_id};
  const uint64_t key = random->key(random->host_data, CRESCENT_SPAN("deal"), ids, 2);
  for (uint64_t i = n; i > 1; --i) std::swap(score[i - 1], score[random->bits(key, i) % i]);  // Fisher-Yates
  return CRESCENT_OK;
}

const crescent_reward_factory factory = {{nullptr, 0, nullptr, 0}, create, destroy, part_name, score};

const void* query(const char* id) { return std::string_view(id) == CRESCENT_REWARD_ID ? &factory : nullptr; }

}  // namespace

extern "C" const crescent_plugin_entry crescent_entry = {
    CRESCENT_ABI_MAJOR, CRESCENT_ABI_MINOR, sizeof(crescent_plugin_entry), 0, "shuffled_math", "1.0.0",
    "The Crescent authors", "Apache-2.0", "exact_math's verdicts, shuffled within their group: a control",
    nullptr, nullptr, query};
