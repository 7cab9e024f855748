#include "core/http/http_reward.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>

#include "core/base/printable.hpp"
#include "core/http/chat.hpp"
#include "core/http/poster.hpp"
#include "core/remote/sample_lines.hpp"
#include "core/remote/supervisor.hpp"

namespace crescent {

namespace {

constexpr size_t kShortestKey = 8;  // what is shorter may stand in an answer by chance, and would be masked there

class HttpReward final : public Reward {
 public:
  HttpReward(const std::string& name, const HttpConfig& http, std::vector<std::string> parts, std::string key, Log* log)
      : who_(fmt::format("reward \"{}\"", name)),
        http_(http),
        parts_(std::move(parts)),
        key_(std::move(key)),
        log_(log),
        poster_({http.url, key_, http.concurrency, http.timeout_ms, http.retries, http.backoff_ms},
                [this](std::string_view why) { log_retry(why); }) {}

  const std::vector<std::string>& part_names() const override { return parts_; }

  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    std::vector<std::string> bodies;
    for (const Sample& sample : samples)
      bodies.push_back(http_.model.empty() ? sample_json(sample, 0, 1) : chat_request(http_, sample));
    const std::vector<PosterAnswer> answers = poster_.post(std::move(bodies));
    for (size_t i = 0; i < samples.size(); ++i) {
      scores[i] = read(answers[i]);
      if (scores[i].status == ScoreStatus::failed)
        scores[i].error = failed_sample(who_, samples[i], printable(masked(scores[i].error, key_)));
    }
  }

 private:
  Score read(const PosterAnswer& answer) const {
    Score score;
    score.error = answer.fault;
    if (!answer.fault.empty()) return score;
    try {
      if (http_.model.empty()) return read_verdict(answer.text, parts_, false).score;
      score.value = read_mark(chat_answer(answer.text), http_.out_of);
      score.status = ScoreStatus::ok;
      score.parts.assign(parts_.size(), std::nan(""));
    } catch (const Error& e) {
      score.error = e.message();
    }
    return score;
  }

  // The first one is worth a person's attention; responses that fail in the end are counted.
  void log_retry(std::string_view why) {
    if (log_ == nullptr) return;
    log_->write(retried_.exchange(true) ? LogLevel::info : LogLevel::warning,
                fmt::format("{}: {}; the request is sent again", who_, printable(why)));
  }

  std::string who_;
  HttpConfig http_;
  std::vector<std::string> parts_;
  std::string key_;
  Log* log_;
  std::atomic<bool> retried_{false};
  Poster poster_;
};

std::string read_key(const std::string& name, const std::string& variable, const Place& place) {
  if (variable.empty()) return "";
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0')
    fail_usage(place, "reward \"{}\": the environment variable {}, which key_env names, is not set", name, variable);
  const std::string key = value;
  if (std::any_of(key.begin(), key.end(), [](unsigned char c) { return c <= ' ' || c >= 127; }))
    fail_usage(place, "reward \"{}\": the environment variable {} holds a space or a line's end, which no key has",
               name, variable);
  if (key.size() < kShortestKey)
    fail_usage(place,
               "reward \"{}\": the environment variable {} holds {} characters; a key, which is masked in what is "
               "shown, has at least {}",
               name, variable, key.size(), kShortestKey);
  return key;
}

}  // namespace

std::unique_ptr<Reward> make_http_reward(const std::string& name, const HttpConfig& http,
                                         std::vector<std::string> parts, const Place& place, Log* log) {
  return std::make_unique<HttpReward>(name, http, std::move(parts), read_key(name, http.key_env, place), log);
}

}  // namespace crescent
