#include "core/http/chat.hpp"

#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/json.hpp"

namespace crescent {

namespace {

constexpr size_t kShown = 200;  // bytes of an answer that an error shows

std::string shown(std::string_view text) { return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace); }

// What a text of the sample holds is not looked at again: a response cannot ask for another field.
std::string fill_in(std::string_view question, const Sample& sample) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"{prompt}", sample.prompt}, {"{response}", sample.response}, {"{gold}", sample.gold}};
  std::string out;
  while (!question.empty()) {
    const auto* field = std::begin(fields);
    while (field != std::end(fields) && !question.starts_with(field->first)) ++field;
    out += field != std::end(fields) ? field->second : question.substr(0, 1);
    question.remove_prefix(field != std::end(fields) ? field->first.size() : 1);
  }
  return out;
}

Json scalar(const Value& value) {
  if (const auto* b = value.get<bool>()) return *b;
  if (const auto* i = value.get<int64_t>()) return *i;
  if (const auto* d = value.get<double>()) return *d;
  return *value.get<std::string>();
}

struct Number {
  double value;
  size_t begin, end;  // in the text
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits inside a word (`GPT4`) are none of its numbers.
std::optional<Number> next_number(std::string_view text, size_t from) {
  for (size_t i = from; i < text.size(); ++i) {
    const bool after_letter = i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1]));
    const bool begins =
        is_digit(text[i]) || (text[i] == '.' && !after_letter && i + 1 < text.size() && is_digit(text[i + 1]));
    if (!begins) continue;
    size_t end = i;
    if (after_letter) {
      while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end]))) ++end;
      i = end - 1;
      continue;
    }
    const size_t begin = i > 0 && text[i - 1] == '-' ? i - 1 : i;
    double value = 0;
    const auto read = std::from_chars(text.data() + begin, text.data() + text.size(), value);
    if (read.ec != std::errc())
      value = std::numeric_limits<double>::infinity();  // too large, or too small, to be a mark
    return Number{value, begin, static_cast<size_t>(read.ptr - text.data())};
  }
  return std::nullopt;
}

// What stands between two numbers, but for spaces and emphasis.
std::string_view joint(std::string_view between) {
  const size_t begin = between.find_first_not_of(" *");
  const size_t end = between.find_last_not_of(" *");
  return begin == std::string_view::npos ? "" : between.substr(begin, end - begin + 1);
}

}  // namespace

std::string chat_request(const HttpConfig& http, const Sample& sample) {
  const Json message = {{"role", "user"}, {"content", fill_in(http.ask, sample)}};
  Json body = {{"model", http.model}, {"messages", Json::array({message})}, {"temperature", 0}};
  for (const auto& [name, value] : http.request.fields) body[name] = scalar(value);
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string chat_answer(std::string_view text) {
  static const Json::json_pointer content("/choices/0/message/content");
  const Json json = json_depth(text) > kMaxJsonDepth ? Json() : Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains(content) || !json[content].is_string())
    fail("it answered {}, which has no text in choices[0].message.content", shown(text.substr(0, kShown)));
  return json[content].get<std::string>();
}

double read_mark(std::string_view text, double out_of) {
  std::optional<Number> before, last;
  for (std::optional<Number> number = next_number(text, 0); number; number = next_number(text, number->end))
    before = std::exchange(last, number);
  const auto end = [&] { return shown(text.substr(text.size() - std::min(text.size(), kShown))); };
  if (!last) fail("the judge named no number: {}", end());
  const std::string_view between = before ? joint(text.substr(before->end, last->begin - before->end)) : "";
  if (between == "to") fail("the judge named a range and no mark: {}", end());
  if (between == "/" || between == "out of" || between == "of") {
    if (last->value != out_of) fail("the judge's mark is out of {}, but out_of = {}: {}", last->value, out_of, end());
    last = before;
  }
  if (!(last->value >= 0 && last->value <= out_of))
    fail("the judge's mark is {}, but must lie in 0 to out_of = {}: {}", last->value, out_of, end());
  return last->value / out_of;
}

}  // namespace crescent
