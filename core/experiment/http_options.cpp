#include "core/experiment/http_options.hpp"

#include <algorithm>
#include <array>

namespace crescent {

namespace {

constexpr std::array<const char*, 3> kPlaces = {"prompt", "response", "gold"};  // {name} in the question

bool is_scalar(const Value& value) {
  return value.get<bool>() || value.get<int64_t>() || value.get<double>() || value.get<std::string>();
}

void read_request(const std::string& owner, const Value& value, Table& request, Problems& problems) {
  const auto* table = value.get<Table>();
  if (table == nullptr || !table->list.empty() ||
      !std::all_of(table->fields.begin(), table->fields.end(), [](const auto& f) { return is_scalar(f.second); })) {
    problems.add(value.place,
                 "{}: option \"request\" must name numbers, texts or true and false, {{ temperature = 0 }}, found {}",
                 owner, value.show());
    return;
  }
  for (const char* taken : {"model", "messages", "stream"})
    if (const Value* field = table->find(taken))
      problems.add(field->place, "{}: option \"request\" may not set \"{}\", which the program sets itself", owner,
                   taken);
  request = *table;
}

// `{answer}` is no place in a question, and would be asked as it stands.
void check_ask(const std::string& owner, const Place& place, const std::string& ask, Problems& problems) {
  bool shows_response = false;
  for (size_t open = ask.find('{'); open != std::string::npos; open = ask.find('{', open + 1)) {
    const size_t close = ask.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (close == std::string::npos || ask[close] != '}' || close == open + 1) continue;
    const std::string name = ask.substr(open + 1, close - open - 1);
    shows_response |= name == "response";
    if (std::find(kPlaces.begin(), kPlaces.end(), name) == kPlaces.end())
      problems.add(place,
                   "{}: \"ask\" has {{{}}}, but only {{prompt}}, {{response}} and {{gold}} stand for something{}",
                   owner, name, suggestion(name, {kPlaces.begin(), kPlaces.end()}));
  }
  if (!shows_response)
    problems.add(place, "{}: a chat endpoint needs ask = \"...\" with {{response}} in it: what its model is asked",
                 owner);
}

}  // namespace

void add_http(OptionTable& table, const std::string& owner, HttpConfig& http) {
  table.add("url", http.url, {.help = "http:// or https://: it is sent a response as JSON and answers with its score"})
      .add("model", http.model, {.help = "of an OpenAI-style chat endpoint, which is asked `ask`"})
      .add("ask", http.ask, {.help = "the question to that model, with {prompt}, {response} and {gold}"})
      .add("out_of", http.out_of,
           {.min = 1e-9, .max = 1e9, .help = "its best mark: the last number that it says is divided by it"})
      .custom(
          "request", "{ max_tokens = 16 }: further fields of the chat request [default { temperature = 0 }]",
          [owner, &http](const Value& value, Problems& problems) {
            read_request(owner, value, http.request, problems);
          },
          [&http] { return http.request.fields.empty() ? Value() : Value(http.request); }, "table<string, any>")
      .add("key_env", http.key_env, {.help = "environment variable that holds the key"})
      .add("concurrency", http.concurrency, {.min = 1, .max = 256, .help = "requests at a time"})
      .add("retries", http.retries, {.min = 0, .max = 100, .help = "of a request whose failure may pass"})
      .add("backoff_ms", http.backoff_ms,
           {.min = 0, .max = 300000, .help = "before the first retry, doubled each time"});
}

void check_http(const std::string& owner, const Place& place, const RewardConfig& reward, Problems& problems) {
  const HttpConfig& http = reward.http;
  if (!http.url.starts_with("http://") && !http.url.starts_with("https://"))
    problems.add(place, "{}: url is \"{}\", but must begin with http:// or https://", owner, http.url);
  const size_t host = http.url.find("://") + 3;
  if (http.url.substr(0, http.url.find('/', host)).find('@') != std::string::npos)
    problems.add(place,
                 "{}: url holds a name or a password, which would be kept with the run; name an environment variable "
                 "that holds the key: key_env = \"...\"",
                 owner);
  if (!http.model.empty()) {
    if (!reward.parts.empty())
      problems.add(place, "{}: option \"parts\" acts on nothing with a model, whose answer is one mark; leave it out",
                   owner);
    return check_ask(owner, place, http.ask, problems);
  }
  const auto unused = [&](bool given, const char* option) {
    if (given)
      problems.add(place,
                   "{}: option \"{}\" acts on nothing without a model; name one for a chat endpoint: model = "
                   "\"...\"",
                   owner, option);
  };
  unused(!http.ask.empty(), "ask");
  unused(http.out_of != HttpConfig().out_of, "out_of");
  unused(!http.request.fields.empty(), "request");
}

}  // namespace crescent
