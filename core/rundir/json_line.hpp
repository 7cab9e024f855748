// Builds one line of JSON with its numbers as short as they read back exactly. A few times faster than building a
// tree, which matters for rollouts: tens of thousands of numbers a step.
#pragma once

#include <cmath>
#include <iterator>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace crescent {

class JsonLine {
 public:
  JsonLine() : text_("{") {}
  JsonLine& key(std::string_view name) {
    if (text_.back() != '{') text_ += ',';
    quote(name);
    text_ += ':';
    return *this;
  }
  void text(std::string_view value) { quote(value); }
  void integer(int64_t value) { fmt::format_to(std::back_inserter(text_), "{}", value); }
  void boolean(bool value) { text_ += value ? "true" : "false"; }
  void null() { text_ += "null"; }
  template <class Float>
  void number(Float value) {
    if (std::isfinite(value))
      fmt::format_to(std::back_inserter(text_), "{}", value);
    else
      null();
  }
  template <class Numbers>
  void list(const Numbers& values) {
    text_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ',';
      number(values[i]);
    }
    text_ += ']';
  }
  void open() { text_ += '{'; }
  void close() { text_ += '}'; }
  std::string line() && { return std::move(text_) + "}\n"; }

 private:
  void quote(std::string_view value) { text_ += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace); }
  std::string text_;
};

}  // namespace crescent
