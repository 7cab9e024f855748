// A judge or a reward model behind an address: each response is a request, several at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

// Without http.model the address is sent a response as programs are (docs/outside_rewards.md) and answers with its
// score. With it, it is an OpenAI-style chat endpoint; see chat.hpp. What fails though it was tried again, and an
// answer that is none, fails that response alone. Throws Error at `place` when the environment variable for the key is
// not set or holds no key. `log` may be null. [main-thread]
std::unique_ptr<Reward> make_http_reward(const std::string& name, const HttpConfig& http,
                                         std::vector<std::string> parts, const Place& place, Log* log);

}  // namespace crescent
