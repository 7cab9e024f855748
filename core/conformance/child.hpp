// Runs code that may do anything in a process of its own, so that a crash, a hang or an exit is a result like another.
#pragma once

#include <functional>
#include <string>

namespace crescent {

struct ChildResult {
  bool ok = false;
  std::string text;     // what `body` returned; or why it failed
  std::string printed;  // to stdout, at most a few KB
};

// `body` returns what is worth saying, or throws an Error with what is wrong. Forks: call it from a process of one
// thread. The process ends with this one, however that ends. [main-thread]
ChildResult run_in_child(const std::function<std::string()>& body, double seconds);

// Within `body`: touching [begin, end) ends the process with `text`, in place of a segmentation fault without a reason.
// Both are borrowed until forget_guards().
void guard_range(const void* begin, const void* end, const char* text);
void forget_guards();

}  // namespace crescent
