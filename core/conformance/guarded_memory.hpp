// Memory between two pages that nobody may touch: a plugin that reads or writes one byte too far is caught at once.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/conformance/child.hpp"

namespace crescent {

enum class Side { end, begin };  // which end of the bytes touches a page that cannot be touched

class GuardedBytes {
 public:
  // `before` and `after` are what to say of a touch there; borrowed.
  GuardedBytes(size_t size, Side side, const char* before, const char* after) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    body_ = (size + page - 1) / page * page + (size == 0 ? page : 0);
    whole_ = body_ + 2 * page;
    void* memory = mmap(nullptr, whole_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("no memory for {} bytes", whole_);
    base_ = static_cast<char*>(memory);
    mprotect(base_ + page, body_, PROT_READ | PROT_WRITE);
    guard_range(base_, base_ + page, before);
    guard_range(base_ + page + body_, base_ + whole_, after);
    data_ = base_ + page + (side == Side::end ? body_ - size : 0);
    first_page_ = base_ + page;
  }
  ~GuardedBytes() { munmap(base_, whole_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  char* data() const { return data_; }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }
  void fill(std::string_view bytes) { std::memcpy(data_, bytes.data(), bytes.size()); }
  // From now on nobody may write; a write says `text`.
  void make_read_only(const char* text) {
    mprotect(first_page_, body_, PROT_READ);
    guard_range(first_page_, first_page_ + body_, text);
  }

 private:
  size_t body_ = 0, whole_ = 0;
  char *base_ = nullptr, *first_page_ = nullptr, *data_ = nullptr;
};

}  // namespace crescent
