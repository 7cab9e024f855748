// Crossing the C interface: buffers that show what was not written and what was written too far, and calls that no
// exception leaves. For core/plugin and worker processes.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/abi/crescent_plugin.h"
#include "core/base/error.hpp"
#include "core/base/printable.hpp"

namespace crescent {

inline crescent_span to_span(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view from_span(crescent_span span) {
  return span.size == 0 ? std::string_view() : std::string_view(span.data, span.size);
}

class ErrorBuffer {
 public:
  crescent_error* get() { return &error_; }
  int64_t item() const { return error_.item; }
  std::string text() const {
    const std::string said = printable({bytes_.data(), std::min<uint64_t>(error_.size, bytes_.size())});
    return said.empty() ? "it gave no reason" : said;
  }

 private:
  std::array<char, 2048> bytes_{};
  crescent_error error_{bytes_.data(), bytes_.size(), 0, -1};
};

// An output buffer with a margin behind it that a correct plugin never touches.
template <class T>
class GuardedBuffer {
 public:
  GuardedBuffer(size_t size, T fill) : size_(size), data_(size + kMargin, fill) {
    std::memset(static_cast<void*>(data_.data() + size_), kGuard, kMargin * sizeof(T));
  }
  T* data() { return data_.data(); }
  const T& operator[](size_t i) const { return data_[i]; }
  size_t size() const { return size_; }
  bool overrun() const {
    const auto* bytes = reinterpret_cast<const unsigned char*>(data_.data() + size_);
    return std::any_of(bytes, bytes + kMargin * sizeof(T), [](unsigned char b) { return b != kGuard; });
  }

 private:
  static constexpr size_t kMargin = 16;
  static constexpr unsigned char kGuard = 0xA5;
  size_t size_;
  std::vector<T> data_;
};

// Calls into the plugin. An exception that a plugin lets through the C interface is an Error that says so.
template <class F>
crescent_status call_plugin(const std::string& who, const char* function, F&& call) {
  crescent_status status;
  try {
    status = call();
  } catch (const std::exception& e) {
    fail("{}: {} let an exception through the C interface: {}", who, function, printable(e.what()));
  } catch (...) {
    fail("{}: {} let an exception through the C interface", who, function);
  }
  if (status != CRESCENT_OK && status != CRESCENT_NOT_APPLICABLE && status != CRESCENT_FAILED)
    fail("{}: {} returned {}, which is no crescent_status", who, function, status);
  return status;
}

}  // namespace crescent
