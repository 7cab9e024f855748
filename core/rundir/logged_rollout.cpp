#include "core/rundir/logged_rollout.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/json.hpp"
#include "core/rundir/json_line.hpp"

namespace crescent {

namespace {

constexpr std::string_view kFirstOfContent = "text";  // what RolloutDetail::scores leaves unread begins here
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Takes the events of one line's parser: no tree is built, for a line holds thousands of numbers.
class LineReader : public nlohmann::json_sax<Json> {
 public:
  LineReader(RolloutDetail detail, const Place& place) : detail_(detail), place_(place) {}

  LoggedRollout rollout;
  void check_whole() const {
    for (size_t i = 0; i < std::size(kFields); ++i)
      if (kFields[i].required && !seen_[i]) throw Error(fmt::format("\"{}\" is missing", kFields[i].name), place_);
    const size_t tokens = rollout.tokens.size();
    if (rollout.logprobs.size() != tokens || (tokens != 0 && static_cast<int64_t>(tokens) != rollout.response_tokens))
      throw Error(fmt::format("{} response tokens, but {} in \"tokens\" and {} in \"logprobs\"",
                              rollout.response_tokens, tokens, rollout.logprobs.size()),
                  place_);
  }

  bool null() override { return number(kNan, true); }
  bool boolean(bool value) override {
    if (in_container() || field_ != "passed") wrong("a boolean");
    rollout.passed = value;
    return true;
  }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override { return integer(static_cast<int64_t>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return number(value, false); }
  bool string(string_t& value) override;
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (++depth_ == 2 && field_ != "parts" && field_ != "errors") wrong("an object");
    if (depth_ > 2) wrong("an object");
    return true;
  }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override {
    if (++depth_ != 2 || (field_ != "tokens" && field_ != "logprobs")) wrong("a list");
    return true;
  }
  bool end_array() override { return --depth_, true; }
  bool key(string_t& name) override;
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    throw Error(fmt::format("not JSON at byte {}: {}", position, error.what()), place_);
  }

 private:
  struct Field {
    const char* name;
    bool required;
  };
  static constexpr Field kFields[] = {
      {"step", true},    {"phase", true},    {"source", true},          {"prompt", true},    {"view", true},
      {"visit", true},   {"sample", true},   {"response_tokens", true}, {"finish", true},    {"reward", true},
      {"passed", true},  {"parts", true},    {"errors", false},         {"advantage", true}, {"text", false},
      {"tokens", false}, {"logprobs", false}};

  bool in_container() const { return depth_ > 1; }
  [[noreturn]] void wrong(const char* found) const {
    throw Error(depth_ == 0 || field_.empty() ? fmt::format("a rollout is one JSON object, found {}", found)
                                              : fmt::format("\"{}\" cannot be {}", field_, found),
                place_);
  }
  bool integer(int64_t value);
  bool number(double value, bool null);

  RolloutDetail detail_;
  const Place& place_;
  int depth_ = 0;
  std::string field_, inner_;  // the key within the line; within parts or errors
  bool seen_[std::size(kFields)] = {};
};

bool LineReader::key(string_t& name) {
  if (in_container()) return inner_ = name, true;
  field_ = name;
  if (detail_ == RolloutDetail::scores && name == kFirstOfContent) return false;
  for (size_t i = 0; i < std::size(kFields); ++i)
    if (name == kFields[i].name) {
      if (seen_[i]) throw Error(fmt::format("\"{}\" is given twice", name), place_);
      return seen_[i] = true;
    }
  throw Error(fmt::format("a rollout has no field \"{}\"; it was written by another version", name), place_);
}

bool LineReader::string(string_t& value) {
  if (in_container()) {
    if (field_ != "errors") wrong("a text");
    rollout.errors.emplace_back(inner_, value);
  } else if (field_ == "phase") {
    rollout.phase = value;
  } else if (field_ == "source") {
    rollout.source = value;
  } else if (field_ == "prompt") {
    rollout.prompt = value;
  } else if (field_ == "view") {
    const auto* view =
        std::find_if(std::begin(kViews), std::end(kViews), [&](View v) { return value == view_name(v); });
    if (view == std::end(kViews)) throw Error(fmt::format("\"{}\" is not a view", value), place_);
    rollout.view = *view;
  } else if (field_ == "finish") {
    if (value != "stop" && value != "length")
      throw Error(fmt::format("finish is \"{}\", not stop or length", value), place_);
    rollout.finish = value == "stop" ? FinishReason::stop : FinishReason::length;
  } else if (field_ == "text") {
    rollout.text = std::move(value);
  } else {
    wrong("a text");
  }
  return true;
}

bool LineReader::integer(int64_t value) {
  if (in_container() && field_ == "tokens") return rollout.tokens.push_back(static_cast<int32_t>(value)), true;
  if (in_container()) return number(static_cast<double>(value), false);
  if (field_ == "step")
    rollout.step = value;
  else if (field_ == "visit")
    rollout.visit = value;
  else if (field_ == "sample")
    rollout.sample = value;
  else if (field_ == "response_tokens")
    rollout.response_tokens = value;
  else
    return number(static_cast<double>(value), false);
  return true;
}

bool LineReader::number(double value, bool null) {
  if (in_container() && field_ == "logprobs")
    rollout.logprobs.push_back(static_cast<float>(value));
  else if (in_container() && field_ == "parts")
    rollout.parts.emplace_back(inner_, value);
  else if (in_container())
    wrong(null ? "null" : "a number");
  else if (field_ == "reward")
    rollout.reward = value;
  else if (field_ == "advantage")
    rollout.advantage = value;
  else if (field_ != "passed" || !null)
    wrong(null ? "null" : "a number");
  return true;
}

}  // namespace

std::string write_rollout_line(const LoggedRollout& rollout) {
  JsonLine out;
  out.key("step").integer(rollout.step);
  out.key("phase").text(rollout.phase);
  out.key("source").text(rollout.source);
  out.key("prompt").text(rollout.prompt);
  out.key("view").text(view_name(rollout.view));
  out.key("visit").integer(rollout.visit);
  out.key("sample").integer(rollout.sample);
  out.key("response_tokens").integer(rollout.response_tokens);
  out.key("finish").text(rollout.finish == FinishReason::stop ? "stop" : "length");
  out.key("reward").number(rollout.reward);
  out.key("passed");
  if (rollout.passed)
    out.boolean(*rollout.passed);
  else
    out.null();
  out.key("parts").open();
  for (const auto& [name, value] : rollout.parts) out.key(name).number(value);
  out.close();
  if (!rollout.errors.empty()) {
    out.key("errors").open();
    for (const auto& [name, text] : rollout.errors) out.key(name).text(text);
    out.close();
  }
  out.key("advantage").number(rollout.advantage);
  if (rollout.text) out.key(kFirstOfContent).text(*rollout.text);
  if (!rollout.tokens.empty()) {
    out.key("tokens").list(rollout.tokens);
    out.key("logprobs").list(rollout.logprobs);
  }
  return std::move(out).line();
}

LoggedRollout read_rollout_line(std::string_view line, RolloutDetail detail, const Place& place) {
  LineReader reader(detail, place);
  Json::sax_parse(line, &reader);
  reader.check_whole();
  return std::move(reader.rollout);
}

}  // namespace crescent
