// Lua patterns with a budget: the matcher of Lua 5.4's lstrlib.c (Copyright (C) 1994-2022 Lua.org, PUC-Rio, MIT
// licence) rewritten so that each step is counted; backtracking patterns such as ".-b.-b" cannot run for ever.
#pragma once

#include <string_view>

#include "core/script/guard.hpp"

namespace crescent {

class PatternMatcher {
 public:
  PatternMatcher(lua_State* L, std::string_view subject, std::string_view pattern)
      : L_(L), subject_(subject), pattern_(pattern), first_(needed_at(pattern_.data())) {}

  // Matches at `at` exactly; returns the end of the match, or null.
  const char* match_at(const char* at);
  const char* begin() const { return subject_.data(); }
  const char* end() const { return subject_.data() + subject_.size(); }

  int capture_count() const { return level_; }
  // Pushes capture `i` (from 0); the whole match when there are no captures and i is 0.
  void push_capture(int i, const char* match_begin, const char* match_end);
  int push_captures(const char* match_begin, const char* match_end, bool whole_when_none);

 private:
  static constexpr int kMaxCaptures = 32;
  static constexpr int kMaxDepth = 200;
  static constexpr ptrdiff_t kUnfinished = -1, kPosition = -2;

  struct Capture {
    const char* begin;
    ptrdiff_t size;
  };

  const char* match(const char* s, const char* p);
  const char* match_default(const char* s, const char* p, bool& again, const char*& next_p);
  const char* max_expand(const char* s, const char* p, const char* item_end);
  const char* min_expand(const char* s, const char* p, const char* item_end);
  const char* start_capture(const char* s, const char* p, ptrdiff_t what);
  const char* end_capture(const char* s, const char* p);
  const char* match_balance(const char* s, const char* p);
  const char* match_back_reference(const char* s, int c);
  const char* item_end(const char* p);
  bool single_match(const char* s, const char* p, const char* item_end);
  bool match_set(int c, const char* p, const char* set_end);
  int needed_at(const char* p) const;
  bool is_there(const char* s, int needed) const {
    return needed < 0 || (s < end() && static_cast<unsigned char>(*s) == needed);
  }
  bool is_closed_by_next() const;
  int capture_to_close();
  void count();

  const char* pattern_end() const { return pattern_.data() + pattern_.size(); }

  lua_State* L_;
  std::string_view subject_, pattern_;
  int first_;  // what a match must begin with; -1: not known
  Capture captures_[kMaxCaptures];
  int level_ = 0, depth_ = 0, steps_ = 0;
};

}  // namespace crescent
