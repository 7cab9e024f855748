#include "core/remote/http_reward.hpp"

#include <curl/curl.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <mutex>

#include "core/base/json.hpp"
#include "core/plugin/call.hpp"
#include "core/remote/sample_lines.hpp"
#include "core/remote/supervisor.hpp"

namespace crescent {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestAnswer = 16 << 20;  // bytes
constexpr size_t kShown = 200;               // bytes of an answer that an error shows

std::string shown(std::string_view text) {
  return Json(text.substr(0, kShown)).dump(-1, ' ', true, Json::error_handler_t::replace);
}

// A judge's question with its sample's texts in place; what a text holds is not looked at again.
std::string fill_in(std::string_view question, const Sample& sample) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"{prompt}", sample.prompt}, {"{response}", sample.response}, {"{gold}", sample.gold}};
  std::string out;
  while (!question.empty()) {
    bool taken = false;
    for (const auto& [name, text] : fields) {
      if (!question.starts_with(name)) continue;
      out += text;
      question.remove_prefix(name.size());
      taken = true;
      break;
    }
    if (taken) continue;
    out += question.front();
    question.remove_prefix(1);
  }
  return out;
}

struct Request {
  size_t sample;
  int64_t tries = 0;
  Clock::time_point due;
  std::string body, answer;
  char error[CURL_ERROR_SIZE] = {};
  CURL* easy = nullptr;
};

size_t keep_answer(char* bytes, size_t, size_t size, void* into) {
  auto& answer = *static_cast<std::string*>(into);
  if (answer.size() + size > kLongestAnswer) return 0;  // curl ends the transfer
  answer.append(bytes, size);
  return size;
}

class HttpReward final : public Reward {
 public:
  HttpReward(const std::string& name, const HttpConfig& http, std::vector<std::string> parts, std::string key, Log* log)
      : who_(fmt::format("reward \"{}\"", name)), http_(http), parts_(std::move(parts)), log_(log) {
    headers_ = curl_slist_append(headers_, "Content-Type: application/json");
    if (!key.empty()) headers_ = curl_slist_append(headers_, ("Authorization: Bearer " + key).c_str());
  }
  ~HttpReward() override { curl_slist_free_all(headers_); }

  const std::vector<std::string>& part_names() const override { return parts_; }

  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    Call call(*this, samples, scores);
    call.run();
  }

 private:
  // The requests of one call, on a curl handle of its own.
  class Call {
   public:
    Call(HttpReward& reward, std::span<const Sample> samples, std::span<Score> scores)
        : reward_(reward), samples_(samples), scores_(scores), multi_(curl_multi_init()) {
      for (size_t i = 0; i < samples.size(); ++i) {
        waiting_.push_back({i});
        waiting_.back().body = reward_.body_of(samples[i], i);
      }
    }
    ~Call() {
      for (Request& request : running_) end(request);
      curl_multi_cleanup(multi_);
    }

    void run() {
      while (!waiting_.empty() || !running_.empty()) {
        start_due();
        int active = 0;
        curl_multi_perform(multi_, &active);
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
          if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
        curl_multi_poll(multi_, nullptr, 0, wait_ms(), nullptr);
      }
    }

   private:
    void start_due() {
      for (size_t n = waiting_.size(); n > 0 && running_.size() < static_cast<size_t>(reward_.http_.concurrency); --n) {
        Request request = std::move(waiting_.front());
        waiting_.pop_front();
        if (request.due > Clock::now()) {
          waiting_.push_back(std::move(request));
          continue;
        }
        start(running_.emplace_back(std::move(request)));
      }
    }

    void start(Request& request) {
      const HttpConfig& http = reward_.http_;
      request.answer.clear();
      CURL* easy = request.easy = curl_easy_init();
      curl_easy_setopt(easy, CURLOPT_URL, http.url.c_str());
      curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
      curl_easy_setopt(easy, CURLOPT_HTTPHEADER, reward_.headers_);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(http.timeout_ms));
      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // other threads run
      curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_answer);
      curl_easy_setopt(easy, CURLOPT_WRITEDATA, &request.answer);
      curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request.error);
      curl_multi_add_handle(multi_, easy);
    }

    void end(Request& request) {
      curl_multi_remove_handle(multi_, request.easy);
      curl_easy_cleanup(request.easy);
      request.easy = nullptr;
    }

    void finish(CURL* easy, CURLcode result) {
      const auto found = std::find_if(running_.begin(), running_.end(), [&](const Request& r) { return r.easy == easy; });
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      end(*found);
      Request request = std::move(*found);
      running_.erase(found);
      const bool may_pass = result != CURLE_OK ? result != CURLE_WRITE_ERROR : status == 429 || status >= 500;
      if (result == CURLE_OK && status >= 200 && status < 300) return read(request);
      const std::string why =
          result != CURLE_OK ? fmt::format("{}", request.error[0] != 0 ? request.error : curl_easy_strerror(result))
                             : fmt::format("status {}: {}", status, shown(request.answer));
      if (may_pass && request.tries < reward_.http_.retries) return again(std::move(request));
      fail_sample(request, request.tries > 0 ? fmt::format("{} (tried {} times)", why, request.tries + 1) : why);
    }

    void again(Request request) {
      const int64_t pause_ms = reward_.http_.backoff_ms << std::min<int64_t>(request.tries, 20);
      ++request.tries;
      request.due = Clock::now() + std::chrono::milliseconds(pause_ms);
      waiting_.push_back(std::move(request));
    }

    void read(const Request& request) {
      try {
        Score score = reward_.read_answer(request.answer);
        if (score.status == ScoreStatus::failed) return fail_sample(request, score.error);
        scores_[request.sample] = std::move(score);
      } catch (const Error& e) {
        fail_sample(request, e.message());
      }
    }

    void fail_sample(const Request& request, const std::string& why) {
      scores_[request.sample] = Score{};
      scores_[request.sample].error = failed_sample(reward_.who_, samples_[request.sample], printable(why));
    }

    int wait_ms() const {
      auto wait = std::chrono::milliseconds(1000);
      if (running_.size() < static_cast<size_t>(reward_.http_.concurrency))
        for (const Request& request : waiting_)
          wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(request.due - Clock::now()));
      return static_cast<int>(std::max<int64_t>(wait.count(), 0));
    }

    HttpReward& reward_;
    std::span<const Sample> samples_;
    std::span<Score> scores_;
    CURLM* multi_;
    std::deque<Request> waiting_;
    std::list<Request> running_;  // curl keeps their addresses
  };

  std::string body_of(const Sample& sample, size_t i) const {
    if (http_.model.empty()) return sample_json(sample, i, 1);
    const Json message = {{"role", "user"}, {"content", fill_in(http_.ask, sample)}};
    const Json body = {{"model", http_.model}, {"messages", Json::array({message})}, {"temperature", 0}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  Score read_answer(const std::string& answer) const {
    if (http_.model.empty()) return read_verdict(answer, parts_, false).score;
    const Json json = Json::parse(answer, nullptr, false);
    const Json::json_pointer text("/choices/0/message/content");
    if (!json.is_object() || !json.contains(text) || !json[text].is_string())
      fail("it answered {}, which has no choices[0].message.content", shown(answer));
    Score score;
    score.value = read_mark(json[text].get<std::string>(), http_.out_of);
    score.parts.assign(parts_.size(), std::nan(""));
    score.status = ScoreStatus::ok;
    return score;
  }

  std::string who_;
  HttpConfig http_;
  std::vector<std::string> parts_;
  Log* log_;
  curl_slist* headers_ = nullptr;
};

}  // namespace

double read_mark(std::string_view answer, double out_of) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t end = answer.size();
  while (end > 0 && !is_digit(answer[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && (is_digit(answer[begin - 1]) ||
                       (answer[begin - 1] == '.' && begin >= 2 && is_digit(answer[begin - 2]))))
    --begin;
  double mark = 0;
  if (begin == end || std::from_chars(answer.data() + begin, answer.data() + end, mark).ptr != answer.data() + end)
    fail("the judge's answer ends in no number: {}", shown(answer.substr(answer.size() - std::min(answer.size(), kShown))));
  if (begin > 0 && answer[begin - 1] == '-') mark = -mark;
  if (!(mark >= 0 && mark <= out_of)) fail("the judge's mark is {}, but must lie in 0 to {}", mark, out_of);
  return mark / out_of;
}

std::unique_ptr<Reward> make_http_reward(const std::string& name, const HttpConfig& http, std::vector<std::string> parts,
                                         const Place& place, Log* log) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::string key;
  if (!http.key_env.empty()) {
    const char* value = std::getenv(http.key_env.c_str());
    if (value == nullptr)
      fail_usage(place, "reward \"{}\": the environment variable {}, which key_env names, is not set", name, http.key_env);
    key = value;
  }
  return std::make_unique<HttpReward>(name, http, std::move(parts), std::move(key), log);
}

}  // namespace crescent
