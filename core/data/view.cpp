#include "core/data/view.hpp"

#include <string_view>

#include "core/base/error.hpp"
#include "core/text/chat.hpp"

namespace crescent {

namespace {

// What a record lacks for the view; nullptr when it has all.
const char* lack_of(const Record& record, View view) {
  switch (view) {
    case View::text:
      return record.text_problem.empty() && !record.images.empty() ? "\"text_problem\"" : nullptr;
    case View::caption:
      if (record.images.empty()) return "images";
      return record.caption.empty() ? "\"caption\"" : nullptr;
    case View::image:
      return record.images.empty() ? "images" : nullptr;
  }
  return "a known view";
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Length of the marks, and white space between them, that begin a problem.
size_t leading_marks(std::string_view problem) {
  size_t end = 0;
  for (size_t at = 0;;) {
    while (at < problem.size() && is_space(problem[at])) ++at;
    if (problem.substr(at, kImageMark.size()) != kImageMark) return end;
    end = at += kImageMark.size();
  }
}

std::string with_caption(const Record& record) {
  const size_t marks = leading_marks(record.problem);
  const char last = record.caption.back();
  const char* joint = is_space(last) ? "" : std::string_view(".!?:;").find(last) != std::string_view::npos ? " " : ". ";
  std::string_view question = std::string_view(record.problem).substr(marks);
  while (!question.empty() && is_space(question.front())) question.remove_prefix(1);
  return record.problem.substr(0, marks) + record.caption + joint + std::string(question);
}

}  // namespace

bool has_view(const Record& record, View view) { return lack_of(record, view) == nullptr; }

ViewedRecord view_of(const Record& record, View view) {
  if (const char* lack = lack_of(record, view)) {
    fail("record \"{}\" cannot be shown in the view {}: it has no {}", record.id, view_name(view), lack);
  }
  switch (view) {
    case View::text:
      return {record.text_problem.empty() ? record.problem : record.text_problem, {}, record.id};
    case View::caption:
      return {with_caption(record), record.images, record.id};
    case View::image:
      break;
  }
  return as_written(record);
}

ViewedRecord as_written(const Record& record) { return {record.problem, record.images, record.id}; }

std::vector<uint64_t> eligible(const Dataset& dataset, View view) {
  std::vector<uint64_t> indices;
  for (size_t i = 0; i < dataset.records.size(); ++i) {
    if (has_view(dataset.records[i], view)) indices.push_back(i);
  }
  return indices;
}

}  // namespace crescent
