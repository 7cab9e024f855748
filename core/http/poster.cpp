#include "core/http/poster.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <list>
#include <mutex>
#include <thread>

#include "core/base/json.hpp"
#include "core/base/printable.hpp"

namespace crescent {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr size_t kShown = 200;  // bytes of an answer that a fault shows

struct Call {  // of post()
  size_t open;
  std::condition_variable done;
};

struct Request {
  std::string body, received;
  PosterAnswer* answer;
  Call* call;
  int64_t tries = 0;
  Clock::time_point due;
  bool too_long = false;
  CURL* easy = nullptr;
};

size_t keep(char* bytes, size_t, size_t size, void* into) {
  auto& request = *static_cast<Request*>(into);
  request.too_long = request.received.size() + size > Poster::kMaxAnswerBytes;
  if (request.too_long) return 0;  // libcurl ends the transfer
  request.received.append(bytes, size);
  return size;
}

bool may_pass(CURLcode result) {
  switch (result) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WRITE_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return false;
    default:
      return true;
  }
}

bool may_pass(long status) { return status == 408 || status == 429 || status >= 500; }

}  // namespace

class Poster::Pump {
 public:
  Pump(PosterOptions options, OnRetry on_retry) : options_(std::move(options)), on_retry_(std::move(on_retry)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi_ = curl_multi_init();
    if (multi_ == nullptr) fail("libcurl cannot be started");
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.concurrency));
    for (const std::string& header : headers()) headers_ = curl_slist_append(headers_, header.c_str());
    thread_ = std::thread([this] { run(); });
  }

  ~Pump() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }

  std::vector<PosterAnswer> post(std::vector<std::string> bodies) {
    std::vector<PosterAnswer> answers(bodies.size());
    Call call{bodies.size(), {}};
    std::unique_lock lock(mutex_);
    for (size_t i = 0; i < bodies.size(); ++i) incoming_.push_back({std::move(bodies[i]), "", &answers[i], &call});
    curl_multi_wakeup(multi_);
    call.done.wait(lock, [&] { return call.open == 0; });
    return answers;
  }

 private:
  std::vector<std::string> headers() const {
    std::vector<std::string> all = {"Content-Type: application/json", "Accept: application/json",
                                    "Expect:"};  // libcurl would ask whether a long body is welcome, and wait
    if (!options_.key.empty()) all.push_back("Authorization: Bearer " + options_.key);
    return all;
  }

  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // a connection that breaks raises SIGPIPE; Ctrl-C is the program's
    while (take_incoming()) {
      start_due();
      int active = 0;
      curl_multi_perform(multi_, &active);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
      curl_multi_poll(multi_, nullptr, 0, wait_ms(), nullptr);
    }
  }

  bool take_incoming() {
    const std::lock_guard lock(mutex_);
    std::move(incoming_.begin(), incoming_.end(), std::back_inserter(waiting_));
    incoming_.clear();
    return !stop_;
  }

  bool has_room() const { return running_.size() < static_cast<size_t>(options_.concurrency); }
  Clock::time_point due(const Request& request) const { return std::max(request.due, held_until_); }

  void start_due() {
    const Clock::time_point now = Clock::now();
    for (auto it = waiting_.begin(); it != waiting_.end() && has_room();) {
      if (due(*it) > now) {
        ++it;
        continue;
      }
      const auto begun = it++;
      running_.splice(running_.end(), waiting_, begun);
      if (!start(*begun)) settle(begun, "libcurl cannot send the request");
    }
  }

  bool start(Request& request) {
    request.received.clear();
    request.too_long = false;
    CURL* easy = request.easy = curl_easy_init();
    if (easy == nullptr) return false;
    curl_easy_setopt(easy, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &request);
    if (curl_multi_add_handle(multi_, easy) == CURLM_OK) return true;
    curl_easy_cleanup(easy);
    request.easy = nullptr;
    return false;
  }

  void finish(CURL* easy, CURLcode result) {
    const auto found = std::find_if(running_.begin(), running_.end(), [&](const Request& r) { return r.easy == easy; });
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
    found->easy = nullptr;
    found->received = masked(std::move(found->received), options_.key);
    const bool good_status = result == CURLE_OK && status >= 200 && status < 300;
    if (good_status && Json::accept(found->received)) return settle(found, "");
    const std::string why = why_not(*found, result, status);
    const bool passes = result != CURLE_OK ? may_pass(result) : good_status || may_pass(status);
    if (!passes || found->tries >= options_.retries) return settle(found, why);
    again(found, why, result == CURLE_OK ? 1000 * std::min<int64_t>(retry_after_s, kMaxPauseMs) : 0);
  }

  // Texts that are the same from run to run where the cause is: no times, no ports of ours.
  std::string why_not(const Request& request, CURLcode result, long status) const {
    if (request.too_long) return fmt::format("its answer has more than {} bytes", kMaxAnswerBytes);
    if (result == CURLE_OPERATION_TIMEDOUT) return fmt::format("no answer within timeout_ms = {}", options_.timeout_ms);
    if (result != CURLE_OK) return curl_easy_strerror(result);
    const std::string said =
        Json(request.received.substr(0, kShown)).dump(-1, ' ', true, Json::error_handler_t::replace);
    return status >= 200 && status < 300 ? fmt::format("it answered {} where JSON was expected", said)
                                         : fmt::format("status {}, {}", status, said);
  }

  using Place = std::list<Request>::iterator;

  void again(Place place, const std::string& why, int64_t asked_ms) {
    if (asked_ms > kMaxPauseMs)
      return settle(place, fmt::format("{}; it asks to wait {} s, longer than the {} s that a request waits", why,
                                       asked_ms / 1000, kMaxPauseMs / 1000));
    try {
      if (on_retry_) on_retry_(why);
    } catch (const std::exception& e) {  // no room for the log, say: no thread's end but this request's
      return settle(place, e.what());
    }
    const int64_t backoff_ms = options_.backoff_ms << std::min<int64_t>(place->tries, 20);
    ++place->tries;
    place->due = Clock::now() + Milliseconds(std::max(std::min(backoff_ms, kMaxPauseMs), asked_ms));
    if (asked_ms > 0) held_until_ = std::max(held_until_, place->due);
    waiting_.splice(waiting_.begin(), running_, place);  // the oldest first: groups finish one after the other
  }

  void settle(Place place, const std::string& fault) {
    Request request = std::move(*place);
    running_.erase(place);
    const std::lock_guard lock(mutex_);
    request.answer->text = std::move(request.received);
    if (!fault.empty())
      request.answer->fault = request.tries > 0 ? fmt::format("{} (tried {} times)", fault, request.tries + 1) : fault;
    if (--request.call->open == 0) request.call->done.notify_one();
  }

  int wait_ms() const {
    Milliseconds wait(60000);  // post() and libcurl's own sockets wake it
    if (has_room())
      for (const Request& request : waiting_)
        wait = std::min(wait, std::chrono::ceil<Milliseconds>(due(request) - Clock::now()));
    return static_cast<int>(std::max<int64_t>(wait.count(), 0));
  }

  PosterOptions options_;
  OnRetry on_retry_;
  CURLM* multi_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::list<Request> waiting_, running_;  // libcurl keeps the addresses of running ones
  Clock::time_point held_until_{};
  std::mutex mutex_;
  std::vector<Request> incoming_;
  bool stop_ = false;
  std::thread thread_;
};

Poster::Poster(PosterOptions options, OnRetry on_retry)
    : pump_(std::make_unique<Pump>(std::move(options), std::move(on_retry))) {}
Poster::~Poster() = default;

std::string masked(std::string text, const std::string& key) {
  if (key.empty()) return text;
  for (size_t at = 0; (at = text.find(key, at)) != std::string::npos;) text.replace(at, key.size(), "***");
  return text;
}

std::vector<PosterAnswer> Poster::post(std::vector<std::string> bodies) { return pump_->post(std::move(bodies)); }

}  // namespace crescent
