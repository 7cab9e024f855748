// The options of a reward behind an address, and which rewards judge side by side.
#include "core/experiment/http_options.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/experiment/run_roles.hpp"

using namespace crescent;

namespace {

using Fields = std::vector<std::pair<std::string, Value>>;

Table table(Fields fields) {
  Table out;
  out.list.emplace_back(std::string("judge"));
  for (auto& [name, value] : fields) out.set(name, std::move(value));
  return out;
}

RewardConfig read(const Fields& fields) {
  Problems problems;
  RewardConfig reward;
  read_reward(Value(table(fields), Place{"e.lua", 7}), 1, reward, problems);
  problems.throw_if_any();
  return reward;
}

std::string told(const Fields& fields) {
  try {
    read(fields);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

Value text(const std::string& s) { return Value(s, Place{"e.lua", 8}); }

Fields chat(const std::string& ask) {
  return {{"url", text("https://x.org/v1/chat/completions")}, {"model", text("m")}, {"ask", text(ask)}};
}

}  // namespace

TEST_CASE("a reward with an url is an address, and is written as it was read") {
  Fields fields = chat("Is {response} right?");
  fields.emplace_back("weight", Value(0.5));
  fields.emplace_back("key_env", text("JUDGE_KEY"));
  Table request;
  request.set("max_tokens", Value(int64_t{8}));
  fields.emplace_back("request", Value(request));
  const RewardConfig reward = read(fields);
  CHECK(reward_kind(reward) == RewardKind::http);
  CHECK(reward.name == "judge");
  CHECK(reward.http.concurrency == 8);
  const Value written = write_reward(reward);
  Problems problems;
  RewardConfig again;
  read_reward(written, 1, again, problems);
  problems.throw_if_any();
  CHECK(again.name == "judge");
  CHECK(again.weight == 0.5);
  CHECK(again.http.ask == reward.http.ask);
  CHECK(again.http.request.find("max_tokens")->show() == "8");
  CHECK(again.http.url == reward.http.url);
  CHECK(again.http.model == "m");
  CHECK(again.http.key_env == "JUDGE_KEY");
}

TEST_CASE("an option called url of a function or a plugin is its own") {
  Table python = table({{"url", text("http://x.org")}});
  python.list[0] = text("judge.py:ask");
  Problems problems;
  RewardConfig reward;
  read_reward(Value(python), 1, reward, problems);
  CHECK(problems.empty());
  CHECK(reward_kind(reward) == RewardKind::python);
  CHECK(reward.role.options.find("url") != nullptr);
}

TEST_CASE("mistakes about an address are told at load") {
  const std::string start = "e.lua:7: reward \"judge\"";
  const auto url = [](const std::string& s) { return Fields{{"url", text(s)}}; };
  CHECK(told(url("localhost:8000")) == start + ": url is \"localhost:8000\", but must begin with http:// or https://");
  CHECK(
      told(url("http://me:secret@x.org/score")) ==
      start +
          ": url holds a name or a password, which would be kept with the run; name an environment variable that holds "
          "the key: key_env = \"...\"");
  CHECK(told(url("http://x.org/@me")) == "");
  Fields misspelt = url("http://x.org");
  misspelt.emplace_back("retrys", Value(int64_t{3}));
  CHECK(told(misspelt).find("has no option \"retrys\"; did you mean \"retries\"?") != std::string::npos);
  Fields without_model = url("http://x.org");
  without_model.emplace_back("ask", text("{response}"));
  CHECK(told(without_model) ==
        start + ": option \"ask\" acts on nothing without a model; name one for a chat endpoint: model = \"...\"");
  CHECK(told(chat("Is it right?")) ==
        start + ": a chat endpoint needs ask = \"...\" with {response} in it: what its model is asked");
  CHECK(told(chat("{respons} of {gold}"))
            .find(start + ": \"ask\" has {respons}, but only {prompt}, {response} and {gold} stand for something; did "
                          "you mean \"response\"?") != std::string::npos);
  CHECK(told(chat("{response}: answer {\"score\": n}, {}, { gold }")) == "");
  Fields taken = chat("{response}");
  Table request;
  request.set("stream", Value(true, Place{"e.lua", 9}));
  taken.emplace_back("request", Value(request));
  CHECK(told(taken) ==
        "e.lua:9: reward \"judge\": option \"request\" may not set \"stream\", which the program sets itself");
  Fields nested = chat("{response}");
  Table inner;
  inner.set("stop", Value(Table()));
  nested.emplace_back("request", Value(inner, Place{"e.lua", 9}));
  CHECK(told(nested).starts_with(
      "e.lua:9: reward \"judge\": option \"request\" must name numbers, texts or true and false"));
  Fields parts = chat("{response}");
  Table names;
  names.list.emplace_back(std::string("style"));
  parts.emplace_back("parts", Value(names));
  CHECK(told(parts) ==
        start + ": option \"parts\" acts on nothing with a model, whose answer is one mark; leave it out");
}

TEST_CASE("as many groups are judged at once as the most parallel reward can take") {
  RunConfig config;
  CHECK(groups_judged_at_once(config) == 1);
  config.rewards.resize(2);
  config.rewards[0].command = {"judge"};
  config.rewards[0].supervision.workers = 3;
  CHECK(groups_judged_at_once(config) == 3);
  config.rewards[1] = read({{"url", text("http://x.org")}, {"concurrency", Value(int64_t{16})}});
  CHECK(groups_judged_at_once(config) == 16);
}
