// The one error type: what failed, the offending value, the limit, the remedy, and where.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

// Where a mistake stands: "experiment.lua:14", "data.jsonl:7", "record \"shapes-12\"". Empty when there is no place.
struct Place {
  std::string file;
  int line = 0;  // 1-based; 0: no line
  std::string str() const;
};

// usage: the caller's options, script or config are wrong (exit code 2). run: something failed while running (1).
enum class ErrorKind { usage, run };

class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, Place place = {}, ErrorKind kind = ErrorKind::run);
  ErrorKind kind() const { return kind_; }
  const Place& place() const { return place_; }
  const std::string& message() const { return message_; }  // without the place

 private:
  std::string message_;
  Place place_;
  ErrorKind kind_;
};

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

template <class... Args>
[[noreturn]] void fail_usage(Place place, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...), std::move(place), ErrorKind::usage);
}

// Collects every mistake of one script or file so that they are reported together.
class Problems {
 public:
  template <class... Args>
  void add(const Place& place, fmt::format_string<Args...> text, Args&&... args) {
    add_error(Error(fmt::format(text, std::forward<Args>(args)...), place, ErrorKind::usage));
  }
  void add_error(const Error& error) { errors_.push_back(error); }
  bool empty() const { return errors_.empty(); }
  size_t size() const { return errors_.size(); }
  // Throws one usage Error that lists all of them in the order of their lines; does nothing when there are none.
  void throw_if_any() const;

 private:
  std::vector<Error> errors_;
};

// The candidate nearest to `word` by edit distance, or "" when none is near enough to be a likely slip.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// `; did you mean "lambda"?` for a near candidate, else `; known: a, b, c`.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace crescent
