// A scorer or a judge behind an address: each response is a request, several at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

// Without http.model the address is given a sample as programs are (docs/outside_rewards.md) and answers with its score.
// With it, the address is an OpenAI-style chat endpoint that is asked http.ask; the last number of what it says, divided
// by http.out_of, is the score.
//
// What may pass (no connection, no answer within timeout_ms, status 429 or 5xx) is tried again http.retries times after
// http.backoff_ms, doubled each time; then the sample fails, as it does at once on any other status or on an answer that
// is none. Throws Error at `place` when the key's environment variable is not set. `log` may be null.
std::unique_ptr<Reward> make_http_reward(const std::string& name, const HttpConfig& http, std::vector<std::string> parts,
                                         const Place& place, Log* log);

// The score in a judge's answer; throws Error when it has no number, or one outside 0 to out_of.
double read_mark(std::string_view answer, double out_of);

}  // namespace crescent
