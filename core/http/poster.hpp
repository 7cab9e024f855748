// Posts JSON to one address: several requests at a time over connections that are kept, each with a deadline, tried
// again where its failure may pass. By libcurl's multi interface, on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct PosterOptions {
  std::string url;
  std::string key;          // "": none; else sent as "Authorization: Bearer ..." and masked in every text that shows it
  int64_t concurrency = 8;  // requests at a time
  int64_t timeout_ms = 60000;  // of a request, from its start to its last byte
  int64_t retries = 4;
  int64_t backoff_ms = 500;  // before the first retry, doubled each time; a longer Retry-After is obeyed
};

struct PosterAnswer {
  std::string text;   // a JSON document, where there is no fault
  std::string fault;  // why there is none
};

// `text` with *** for every occurrence of the key.
std::string masked(std::string text, const std::string& key);

class Poster {  // any thread
 public:
  static constexpr size_t kMaxAnswerBytes = size_t{1} << 20;
  static constexpr int64_t kMaxPauseMs = 300000;
  using OnRetry = std::function<void(std::string_view why)>;  // called by the poster's thread

  // Throws Error when libcurl cannot be started.
  Poster(PosterOptions options, OnRetry on_retry);
  ~Poster();  // no post() may be under way

  // Waits until each body has its answer or its fault. No connection, a connection that breaks, no answer within
  // timeout_ms, status 408, 429 or 5xx and what is no JSON are tried again; any other status and an answer of more than
  // kMaxAnswerBytes are not. While an address that named a time in Retry-After has it, nothing is sent to it.
  std::vector<PosterAnswer> post(std::vector<std::string> bodies);

 private:
  class Pump;
  std::unique_ptr<Pump> pump_;
};

}  // namespace crescent
