// A reward that misbehaves at the raw interface in the way its option `fault` names, for responses that hold "bad".
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "crescent_plugin.h"

namespace {

const crescent_option kOptions[] = {{"fault", CRESCENT_STRING, 1, {}, -HUGE_VAL, HUGE_VAL, nullptr, "what goes wrong"}};
char fault[32];  // one object at a time

bool is(const char* name) { return std::strcmp(fault, name) == 0; }

crescent_status create(const crescent_host*, const crescent_value* values, uint64_t, void** self,
                       crescent_error* error) {
  std::memset(fault, 0, sizeof fault);
  std::memcpy(fault, values[0].text.data, values[0].text.size);
  *self = fault;
  if (is("create throws")) throw std::runtime_error("no table");
  if (is("create fails")) {
    std::strcpy(error->text, "the table \"answers.bin\" is missing");
    error->size = std::strlen(error->text);
    return CRESCENT_FAILED;
  }
  return is("create silent") ? CRESCENT_FAILED : CRESCENT_OK;
}

void destroy(void*) {}

const char* part_name(void*, uint64_t i) {
  return is("endless parts") ? "x" : i < 2 ? (i == 0 ? "first" : "second") : nullptr;
}

bool is_bad(const crescent_sample& s) {
  return std::string_view(s.response.data, s.response.size).find("bad") != std::string_view::npos;
}

crescent_status score(void*, const crescent_sample* samples, uint64_t n, double* score, double* parts,
                      crescent_status* status, crescent_error* error) {
  for (uint64_t i = 0; i < n; ++i) {
    score[i] = static_cast<double>(samples[i].token_count);
    parts[2 * i] = 1;
    if (!is_bad(samples[i])) continue;
    if (is("throws")) throw std::out_of_range("index 9 of 3");
    if (is("throws 7")) throw 7;
    if (is("NaN")) score[i] = std::nan("");
    if (is("infinite")) score[i] = -HUGE_VAL;
    if (is("infinite part")) parts[2 * i + 1] = HUGE_VAL;
    if (is("too few")) return score[i] = std::nan(""), CRESCENT_OK;
    if (is("too many")) score[n] = 1;
    if (is("fails")) {
      std::strcpy(error->text, "cannot read it");
      error->size = 14;
      error->item = static_cast<int64_t>(i);
      return CRESCENT_FAILED;
    }
    if (is("item fails")) status[i] = CRESCENT_FAILED;
    if (is("odd status")) status[i] = 99;
    if (is("odd result")) return -3;
    if (is("not applicable")) status[i] = CRESCENT_NOT_APPLICABLE;
    if (is("long error")) {
      error->size = ~uint64_t{0};
      return CRESCENT_FAILED;
    }
  }
  return CRESCENT_OK;
}

const crescent_reward_factory kReward = {{kOptions, 1, nullptr, 0}, create, destroy, part_name, score};
const void* query(const char* id) { return std::strcmp(id, CRESCENT_REWARD_ID) == 0 ? &kReward : nullptr; }

}  // namespace

const crescent_plugin_entry crescent_entry = {CRESCENT_ABI_MAJOR,
                                              CRESCENT_ABI_MINOR,
                                              sizeof(crescent_plugin_entry),
                                              0,
                                              "bad_reward",
                                              "1",
                                              "",
                                              "",
                                              "",
                                              nullptr,
                                              nullptr,
                                              query};
