// Rewards behind an address, against a local server that delays, drops, garbles and refuses (http_server.py).
#include "core/http/http_reward.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <thread>

#include "core/base/json.hpp"
#include "core/http/poster.hpp"
#include "core/process/child.hpp"
#include "tests/remote/rewarding.hpp"

using namespace crescent;
using namespace crescent::testing;
using namespace std::chrono_literals;

namespace {

class Server {
 public:
  Server() : child_({{"python3", source("tests/http/http_server.py")}, "", some_limits().launcher, 0}, {}) {
    setenv("no_proxy", "127.0.0.1", 1);  // whatever this machine has set
    std::string port;
    REQUIRE(child_.exchange(60s, [&](std::string_view& received) {
      port = received;
      return port.ends_with('\n');
    }) == Child::Ending::answered);
    url_ = "http://127.0.0.1:" + port.substr(0, port.size() - 1);
  }
  ~Server() { child_.kill(); }
  const std::string& url() const { return url_; }
  Json log() const {
    const TempFolder folder;
    shell(
        "python3 -c 'import sys, urllib.request as u; open(sys.argv[2], "
        "\"wb\").write(u.urlopen(sys.argv[1]).read())' " +
        url_ + "/log " + (folder / "log"));
    return read_json_file(folder / "log");
  }

 private:
  Child child_;
  std::string url_;
};

HttpConfig quick(const Server& server) {
  HttpConfig http;
  http.url = server.url() + "/score";
  http.timeout_ms = 20000;
  http.retries = 2;
  http.backoff_ms = 10;
  return http;
}

HttpConfig chat(const Server& server, const std::string& ask) {
  HttpConfig http = quick(server);
  http.model = "judge-1";
  http.ask = ask;
  return http;
}

std::unique_ptr<Reward> reward(const HttpConfig& http, Log* log = nullptr) {
  std::vector<std::string> parts;
  if (http.model.empty()) parts.push_back("half");
  return make_http_reward("judge", http, std::move(parts), {"e.lua", 3}, log);
}

double seconds_of(const std::function<void()>& act) {
  const auto start = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Why each response failed; "" where it did not.
std::vector<std::string> errors_of(const std::vector<Score>& scores) {
  std::vector<std::string> errors;
  for (const Score& score : scores) {
    const size_t at = score.error.find("\": ", score.error.find("of record"));
    errors.push_back(at == std::string::npos ? score.error : score.error.substr(at + 3));
  }
  return errors;
}

}  // namespace

TEST_CASE("an address is sent a sample as programs are, and its score and parts are read") {
  const Server server;
  const auto scores = scores_of(*reward(quick(server)), {"four", "sixsix"});
  REQUIRE(errors_of(scores) == std::vector<std::string>{"", ""});
  CHECK(scores[1].value == 6);
  CHECK(scores[1].parts == std::vector<double>{3});
  const Json body = server.log().at("log").at(0).at("body");
  CHECK(body.at("prompt") == "How many?");
  CHECK(body.at("gold") == "8");
  CHECK(body.at("columns") == Json::parse(R"({"kind":"dice","level":3})"));
  CHECK(body.at("record") == "r-7");
}

TEST_CASE("whatever an address does wrong fails the response to blame alone, and says what it was") {
  const Server server;
  const std::string tried = " (tried 3 times)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"fine", ""},
      {"drop", "Server returned nothing (no headers, no data)" + tried},
      {"half", "Transferred a partial file" + tried},
      {"garbage", "it answered \"<html>\\ufffd\\u0000 a proxy's page</html>\" where JSON was expected" + tried},
      {"flood", "its answer has more than 1048576 bytes"},
      {"503", "status 503, \"no: None\"" + tried},
      {"404", "status 404, \"no: None\""},
      {"tomorrow", "status 429, \"slow down\"; it asks to wait 86400 s, longer than the 300 s that a request waits"},
      {R"(raw {"score": "one"})", "the score must be a finite number or null, and is \"one\""},
      {R"(raw {"scores": 1})", "its answer has neither \"score\" nor \"error\""},
      {"raw [1]", "it wrote \"[1]\" where a JSON object with a \"score\" was expected"}};
  std::vector<std::string> responses;
  for (const auto& [response, error] : cases) responses.push_back(response);
  const auto scores = scores_of(*reward(quick(server)), responses);
  const std::vector<std::string> errors = errors_of(scores);
  for (size_t i = 0; i < cases.size(); ++i) CHECK(errors[i] == cases[i].second);
  CHECK(scores[1].error.starts_with("reward \"judge\": sample 1 of record \"r-7\": "));
}

TEST_CASE("an address that is silent costs no more than its time") {
  const Server server;
  HttpConfig http = quick(server);
  http.timeout_ms = 300;
  std::vector<Score> scores;
  CHECK(seconds_of([&] { scores = scores_of(*reward(http), {"hang"}); }) < 20);
  CHECK(errors_of(scores)[0] == "no answer within timeout_ms = 300 (tried 3 times)");
}

TEST_CASE("what passes is tried again and leaves no trace in a score") {
  const Server server;
  KeptLog kept;
  const std::vector<std::string> responses = {"429 twice", "500 twice", "drop twice", "garbage twice", "half twice"};
  const auto scores = scores_of(*reward(quick(server), &kept.log), responses);
  for (size_t i = 0; i < scores.size(); ++i) {
    CHECK(scores[i].error == "");
    CHECK(scores[i].value == static_cast<double>(responses[i].size()));
  }
  CHECK(kept.lines.size() >= 8);  // libcurl repeats by itself what a kept connection lost
  CHECK(std::count_if(kept.lines.begin(), kept.lines.end(),
                      [](const auto& line) { return line.first == LogLevel::warning; }) == 1);
  CHECK(kept.has("; the request is sent again"));
}

TEST_CASE("an address that is not there fails its responses once the retries are over") {
  HttpConfig http;
  http.url = "http://127.0.0.1:1/score";
  http.retries = 1;
  http.backoff_ms = 200;
  setenv("no_proxy", "127.0.0.1", 1);
  std::vector<Score> scores;
  CHECK(seconds_of([&] { scores = scores_of(*reward(http), {"a"}); }) >= 0.2);
  CHECK(errors_of(scores)[0] == "Couldn't connect to server (tried 2 times)");
}

TEST_CASE("requests run side by side, as many as they may and no more, over connections that are kept") {
  const Server server;
  HttpConfig http = quick(server);
  http.concurrency = 4;
  const auto slow = reward(http);
  std::vector<std::vector<Score>> scores(2);
  {
    std::vector<std::jthread> calls;  // as the scorer's workers call
    for (size_t c = 0; c < 2; ++c)
      calls.emplace_back(
          [&, c] { scores[c] = scores_of(*slow, std::vector<std::string>(6, "slow " + std::to_string(c))); });
  }
  for (const auto& call : scores)
    for (const Score& score : call) CHECK(score.value == 6);
  const Json log = server.log();
  CHECK(log.at("most") == 4);
  std::set<int64_t> peers;
  for (const Json& request : log.at("log")) peers.insert(request.at("peer").get<int64_t>());
  CHECK(log.at("log").size() == 12);
  CHECK(peers.size() <= 5);  // a connection that both ends close at once is made again
}

TEST_CASE("nothing is sent while an address has asked for patience") {
  const Server server;
  HttpConfig http = quick(server);
  http.concurrency = 1;
  const auto scores = scores_of(*reward(http), {"wait twice", "good", "good 2"});
  for (const Score& score : scores) CHECK(score.status == ScoreStatus::ok);
  const Json log = server.log().at("log");
  REQUIRE(log.size() == 5);
  const auto at = [&](size_t i) { return log.at(i).at("at").get<double>(); };
  CHECK(at(1) - at(0) >= 0.99);  // whichever is sent next
}

TEST_CASE("a chat model is asked, and its mark is read") {
  const Server server;
  HttpConfig http = chat(server, "say {response} and {gold}? {prompt} {other");
  http.out_of = 10;
  http.request.set("max_tokens", Value(int64_t{16}));
  const auto scores = scores_of(*reward(http), {"{gold} 7"});
  CHECK(errors_of(scores)[0] == "");
  CHECK(scores[0].value == 0.8);  // the last number of "{gold} 7 and 8? How many? {other"
  const Json body = server.log().at("log").at(0).at("body");
  CHECK(body ==
        Json::parse(R"({"model":"judge-1","messages":[{"role":"user","content":"say {gold} 7 and 8? How many? {other"}],
                               "temperature":0,"max_tokens":16})"));
  CHECK(errors_of(scores_of(*reward(chat(server, "say {response}")), {"no idea", "3", "raw", "-1"})) ==
        std::vector<std::string>{
            "the judge named no number: \"no idea\"", "the judge's mark is 3, but must lie in 0 to out_of = 1: \"3\"",
            "the judge named no number: \"raw\"", "the judge's mark is -1, but must lie in 0 to out_of = 1: \"-1\""});
  CHECK(errors_of(scores_of(*reward(chat(server, "raw {response}")), {R"({"choices": []})"}))[0] ==
        "it answered \"{\\\"choices\\\": []}\", which has no text in choices[0].message.content");
}

TEST_CASE("a key is sent and never shown") {
  const Server server;
  HttpConfig http = quick(server);
  http.key_env = "CRESCENT_TEST_KEY";
  unsetenv("CRESCENT_TEST_KEY");
  CHECK(error_of([&] { reward(http); }) ==
        "e.lua:3: reward \"judge\": the environment variable CRESCENT_TEST_KEY, which key_env names, is not set");
  setenv("CRESCENT_TEST_KEY", "secret\nX-Other: 1", 1);
  CHECK(error_of([&] { reward(http); }) ==
        "e.lua:3: reward \"judge\": the environment variable CRESCENT_TEST_KEY holds a space or a line's end, which no "
        "key "
        "has");
  setenv("CRESCENT_TEST_KEY", "short", 1);
  CHECK(error_of([&] { reward(http); }) ==
        "e.lua:3: reward \"judge\": the environment variable CRESCENT_TEST_KEY holds 5 characters; a key, which is "
        "masked "
        "in what is shown, has at least 8");
  setenv("CRESCENT_TEST_KEY", "secret/5", 1);  // the server's JSON escapes the /
  KeptLog kept;
  const auto scores = scores_of(*reward(http, &kept.log), {"403", "500", "echo"});
  CHECK(errors_of(scores) == std::vector<std::string>{"status 403, \"no: Bearer ***\"",
                                                      "status 500, \"no: Bearer ***\" (tried 3 times)",
                                                      "denied to Bearer ***"});
  CHECK_FALSE(kept.has("secret"));
  CHECK(server.log().at("log").at(0).at("key") == "Bearer secret/5");
}
