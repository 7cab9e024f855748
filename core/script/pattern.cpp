#include "core/script/pattern.hpp"

#include <cctype>
#include <cstring>

namespace crescent {

namespace {

int byte_of(char c) { return static_cast<unsigned char>(c); }

bool in_class(int c, int name) {
  bool result;
  switch (name | 32) {  // in lower case; what is no letter does not become one
    case 'a':
      result = std::isalpha(c);
      break;
    case 'c':
      result = std::iscntrl(c);
      break;
    case 'd':
      result = std::isdigit(c);
      break;
    case 'g':
      result = std::isgraph(c);
      break;
    case 'l':
      result = std::islower(c);
      break;
    case 'p':
      result = std::ispunct(c);
      break;
    case 's':
      result = std::isspace(c);
      break;
    case 'u':
      result = std::isupper(c);
      break;
    case 'w':
      result = std::isalnum(c);
      break;
    case 'x':
      result = std::isxdigit(c);
      break;
    default:
      return name == c;
  }
  return (name & 32) == 0 ? !result : result;
}

}  // namespace

void PatternMatcher::count() {
  if (++steps_ < 1024) return;
  steps_ = 0;
  LuaState::of(L_).charge(1024);
}

// The byte that the rest of the pattern needs first; -1 where it is not as simple. Most places of a subject are left by
// a look at it.
int PatternMatcher::needed_at(const char* p) const {
  if (p == pattern_end()) return -1;
  switch (*p) {
    case '^':
    case '$':
    case '.':
    case '(':
    case ')':
    case '[':
    case '%':
    case '*':
    case '+':
    case '?':
    case '-':
      return -1;
    default:
      break;
  }
  const char suffix = p + 1 == pattern_end() ? '\0' : p[1];
  return suffix == '*' || suffix == '?' || suffix == '-' ? -1 : byte_of(*p);
}

bool PatternMatcher::is_closed_by_next() const { return level_ > 0 && captures_[level_ - 1].size == kUnfinished; }

const char* PatternMatcher::match_at(const char* at) {
  level_ = depth_ = 0;
  if (!is_there(at, first_)) return count(), nullptr;
  return match(at, pattern_.data());
}

const char* PatternMatcher::item_end(const char* p) {
  if (*p++ == '%') {
    if (p == pattern_end()) raise(L_, "malformed pattern \"{}\": it ends with %", pattern_);
    return p + 1;
  }
  if (p[-1] != '[') return p;
  if (p != pattern_end() && *p == '^') ++p;
  do {  // a ] right at the start is an ordinary character
    if (p == pattern_end()) raise(L_, "malformed pattern \"{}\": a ] is missing", pattern_);
    if (*p++ == '%') {
      if (p == pattern_end()) raise(L_, "malformed pattern \"{}\": it ends with %", pattern_);
      ++p;
    }
  } while (p == pattern_end() || *p != ']');
  return p + 1;
}

bool PatternMatcher::match_set(int c, const char* p, const char* set_end) {  // p at [, set_end at ]
  bool positive = true;
  if (p[1] == '^') {
    positive = false;
    ++p;
  }
  while (++p < set_end) {
    if (*p == '%') {
      ++p;
      if (in_class(c, byte_of(*p))) return positive;
    } else if (p[1] == '-' && p + 2 < set_end) {
      p += 2;
      if (byte_of(p[-2]) <= c && c <= byte_of(*p)) return positive;
    } else if (byte_of(*p) == c) {
      return positive;
    }
  }
  return !positive;
}

bool PatternMatcher::single_match(const char* s, const char* p, const char* after) {
  count();
  if (s >= end()) return false;
  const int c = byte_of(*s);
  switch (*p) {
    case '.':
      return true;
    case '%':
      return in_class(c, byte_of(p[1]));
    case '[':
      return match_set(c, p, after - 1);
    default:
      return byte_of(*p) == c;
  }
}

const char* PatternMatcher::match_balance(const char* s, const char* p) {
  if (p + 1 >= pattern_end()) raise(L_, "malformed pattern \"{}\": %b needs two characters", pattern_);
  if (s >= end() || *s != *p) return nullptr;
  const char open = p[0], close = p[1];
  int depth = 1;
  while (++s < end()) {
    count();
    if (*s == close) {
      if (--depth == 0) return s + 1;
    } else if (*s == open) {
      ++depth;
    }
  }
  return nullptr;
}

const char* PatternMatcher::max_expand(const char* s, const char* p, const char* after) {
  ptrdiff_t n = 0;
  while (single_match(s + n, p, after)) ++n;
  for (; n >= 0; --n)
    if (const char* result = match(s + n, after + 1)) return result;
  return nullptr;
}

const char* PatternMatcher::min_expand(const char* s, const char* p, const char* after) {
  const char* rest = after + 1;  // begins with the end of the capture that this is in: what follows decides
  const int needed = needed_at(rest != pattern_end() && *rest == ')' && is_closed_by_next() ? rest + 1 : rest);
  for (;;) {
    if (is_there(s, needed))
      if (const char* result = match(s, rest)) return result;
    if (!single_match(s, p, after)) return nullptr;
    ++s;
  }
}

const char* PatternMatcher::start_capture(const char* s, const char* p, ptrdiff_t what) {
  if (level_ >= kMaxCaptures) raise(L_, "pattern \"{}\" has more than {} captures", pattern_, kMaxCaptures);
  captures_[level_++] = {s, what};
  const char* result = match(s, p);
  if (result == nullptr) --level_;
  return result;
}

int PatternMatcher::capture_to_close() {
  for (int level = level_ - 1; level >= 0; --level)
    if (captures_[level].size == kUnfinished) return level;
  raise(L_, "malformed pattern \"{}\": a ) closes nothing", pattern_);
}

const char* PatternMatcher::end_capture(const char* s, const char* p) {
  const int level = capture_to_close();
  captures_[level].size = s - captures_[level].begin;
  const char* result = match(s, p);
  if (result == nullptr) captures_[level].size = kUnfinished;
  return result;
}

const char* PatternMatcher::match_back_reference(const char* s, int c) {
  const int level = c - '1';
  if (level < 0 || level >= level_ || captures_[level].size == kUnfinished)
    raise(L_, "pattern \"{}\": there is no capture %{}", pattern_, level + 1);
  const auto size = static_cast<size_t>(std::max<ptrdiff_t>(captures_[level].size, 0));
  LuaState::of(L_).charge(static_cast<int64_t>(size / 16));
  if (static_cast<size_t>(end() - s) >= size && std::memcmp(captures_[level].begin, s, size) == 0) return s + size;
  return nullptr;
}

// One item without a suffix that calls match() again. Sets `again` when matching goes on with next_p at the result.
const char* PatternMatcher::match_default(const char* s, const char* p, bool& again, const char*& next_p) {
  const char* after = item_end(p);
  const char suffix = after == pattern_end() ? '\0' : *after;
  if (suffix == '+') return single_match(s, p, after) ? max_expand(s + 1, p, after) : nullptr;
  if (suffix == '*') return max_expand(s, p, after);
  if (suffix == '-') return min_expand(s, p, after);
  const bool here = single_match(s, p, after);
  if (suffix == '?') {
    if (here)
      if (const char* result = match(s + 1, after + 1)) return result;
    again = true;
    next_p = after + 1;
    return s;
  }
  if (!here) return nullptr;
  again = true;
  next_p = after;
  return s + 1;
}

const char* PatternMatcher::match(const char* s, const char* p) {
  if (++depth_ > kMaxDepth) raise(L_, "pattern \"{}\" is too complex", pattern_);
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } leave{depth_};
  while (p != pattern_end()) {
    count();
    bool again = false;
    const char* next_p = p;
    if (*p == '(') {
      const bool position = p + 1 != pattern_end() && p[1] == ')';
      return position ? start_capture(s, p + 2, kPosition) : start_capture(s, p + 1, kUnfinished);
    }
    if (*p == ')') return end_capture(s, p + 1);
    if (*p == '$' && p + 1 == pattern_end()) return s == end() ? s : nullptr;
    const char escaped = *p == '%' && p + 1 != pattern_end() ? p[1] : '\0';
    if (escaped == 'b') {
      s = match_balance(s, p + 2);
      if (s == nullptr) return nullptr;
      p += 4;
      continue;
    }
    if (escaped == 'f') {
      p += 2;
      if (p == pattern_end() || *p != '[') raise(L_, "malformed pattern \"{}\": %f needs a [set]", pattern_);
      const char* after = item_end(p);
      const int previous = s == begin() ? 0 : byte_of(s[-1]), current = s == end() ? 0 : byte_of(*s);
      if (match_set(previous, p, after - 1) || !match_set(current, p, after - 1)) return nullptr;
      p = after;
      continue;
    }
    if (std::isdigit(byte_of(escaped)) != 0) {
      s = match_back_reference(s, byte_of(escaped));
      if (s == nullptr) return nullptr;
      p += 2;
      continue;
    }
    s = match_default(s, p, again, next_p);
    if (!again) return s;
    p = next_p;
  }
  return s;
}

void PatternMatcher::push_capture(int i, const char* match_begin, const char* match_end) {
  if (i >= level_) {
    if (i != 0) raise(L_, "pattern \"{}\" has no capture %{}", pattern_, i + 1);
    push_text(L_, {match_begin, static_cast<size_t>(match_end - match_begin)});
    return;
  }
  const Capture& capture = captures_[i];
  if (capture.size == kUnfinished) raise(L_, "malformed pattern \"{}\": a ) is missing", pattern_);
  if (capture.size == kPosition)
    lua_pushinteger(L_, capture.begin - begin() + 1);
  else
    push_text(L_, {capture.begin, static_cast<size_t>(capture.size)});
}

int PatternMatcher::push_captures(const char* match_begin, const char* match_end, bool whole_when_none) {
  const int n = level_ == 0 && whole_when_none ? 1 : level_;
  luaL_checkstack(L_, n, "too many captures");
  for (int i = 0; i < n; ++i) push_capture(i, match_begin, match_end);
  return n;
}

}  // namespace crescent
