#include "core/score/sample_line.hpp"

#include <limits>
#include <map>
#include <set>
#include <vector>

#include "core/base/json.hpp"

namespace crescent {

namespace {

// What a parsed line no longer shows: keys that are there twice, and how its numbers were written.
class AsWritten final : public nlohmann::json_sax<Json> {
 public:
  explicit AsWritten(const Place& place) : place_(place) {}

  // The number of a member of the sample itself; empty where it is a whole number that parsing keeps.
  std::string number(const std::string& key) const {
    const auto it = numbers_.find(key);
    return it == numbers_.end() ? "" : it->second;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t& text) override {
    const bool own = keys_.size() == 1 && arrays_ == 0;
    if (own)
      numbers_[member_] = text;
    else if (text.find_first_of(".eE") == text.npos)
      fail_too_large(member_, text);
    return true;
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return keys_.emplace_back(), true; }
  bool end_object() override { return keys_.pop_back(), true; }
  bool start_array(size_t) override { return ++arrays_, true; }
  bool end_array() override { return --arrays_, true; }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) fail_usage(place_, "\"{}\" is there twice", name);
    if (keys_.size() == 1 && arrays_ == 0) member_ = name;
    return true;
  }
  bool parse_error(size_t, const std::string&, const Json::exception&) override { return false; }

  [[noreturn]] void fail_too_large(const std::string& key, const std::string& text) const {
    fail_usage(place_, "\"{}\": the number {} has more digits than can be kept; write it as a string", key, text);
  }

 private:
  Place place_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
  int arrays_ = 0;                           // that are open
  std::string member_;                       // of the sample, in which it is
  std::map<std::string, std::string> numbers_;
};

// A text, or a number as it is written; nothing else.
std::string text_of(const Json& value, const std::string& key, const AsWritten& written, const Place& place) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) return written.number(key);
  fail_usage(place, "\"{}\" must be a text or a number, found {}", key, value.dump());
}

int64_t count_of(const Json& value, const std::string& key, const Place& place) {
  constexpr int64_t limit = std::numeric_limits<int32_t>::max();
  if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() > limit)
    fail_usage(place, "\"{}\" must be a whole number from 0 to {}, found {}", key, limit, value.dump());
  return value.get<int64_t>();
}

FinishReason finish_of(const Json& value, const Place& place) {
  if (value == "stop") return FinishReason::stop;
  if (value == "length") return FinishReason::length;
  fail_usage(place, R"("finish" must be "stop" or "length", found {})", value.dump());
}

Json parse(std::string_view line, const Place& place) {
  try {
    Json object = parse_json(line, place);
    if (!object.is_object()) fail_usage(place, "a sample is a JSON object, found {}", object.type_name());
    return object;
  } catch (const Error& e) {
    throw Error(e.message(), e.place(), ErrorKind::usage);
  }
}

}  // namespace

Sample SavedSample::borrow() const {
  Sample s;
  s.prompt = prompt;
  s.response = response;
  s.gold = gold;
  s.columns_json = columns_json;
  s.record_id = id;
  s.group_id = group;
  s.index_in_group = index;
  s.token_count = tokens;
  s.finish = finish;
  s.phase = phase;
  s.step = step;
  return s;
}

SavedSample read_sample_line(std::string_view line, const Place& place) {
  const Json object = parse(line, place);
  AsWritten written(place);
  Json::sax_parse(line, &written);
  SavedSample sample;
  Json columns = Json::object();
  std::string gold_key, prompt_key;
  const auto once = [&](std::string& earlier, const std::string& key) {
    if (!earlier.empty())
      fail_usage(place, "it has both \"{}\" and \"{}\", which are two names of one thing", earlier, key);
    earlier = key;
  };
  for (const auto& [key, value] : object.items()) {
    if (key == "id") {
      sample.id = text_of(value, key, written, place);
    } else if (key == "response") {
      if (!value.is_string()) fail_usage(place, "\"response\" must be a text, found {}", value.dump());
      sample.response = value.get<std::string>();
    } else if (key == "gold" || key == "answer") {
      once(gold_key, key);
      sample.gold = text_of(value, key, written, place);
    } else if (key == "prompt" || key == "problem") {
      once(prompt_key, key);
      sample.prompt = text_of(value, key, written, place);
    } else if (key == "phase") {
      sample.phase = text_of(value, key, written, place);
    } else if (key == "tokens") {
      sample.tokens = static_cast<uint32_t>(value.is_array() ? value.size() : count_of(value, key, place));
    } else if (key == "finish") {
      sample.finish = finish_of(value, place);
    } else if (key == "group") {
      sample.group = static_cast<uint64_t>(count_of(value, key, place));
    } else if (key == "index") {
      sample.index = static_cast<uint32_t>(count_of(value, key, place));
    } else if (key == "step") {
      sample.step = count_of(value, key, place);
    } else {
      if (const std::string number = written.number(key); !number.empty() && number.find_first_of(".eE") == number.npos)
        written.fail_too_large(key, number);
      columns[key] = value;
    }
  }
  for (const char* needed : {"id", "response"})
    if (!object.contains(needed)) fail_usage(place, "the sample has no \"{}\"", needed);
  sample.columns_json = columns.dump();
  sample.label = place.line > 0 ? fmt::format("{}:{}", place.file, place.line) : place.file;
  return sample;
}

}  // namespace crescent
