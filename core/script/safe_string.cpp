// string.*: matching by the counted matcher of pattern.hpp; rep and format with their own limits.
#include <cstring>

#include "core/script/pattern.hpp"
#include "core/script/sandbox.hpp"
#include "core/script/tables.hpp"

namespace crescent {

namespace {

std::string_view check_text(lua_State* L, int index) {
  size_t size = 0;
  const char* data = luaL_checklstring(L, index, &size);
  return {data, size};
}

// A start position as Lua counts: from 1, negative from the end; as an offset, or size + 1 when it is past the end.
size_t start_offset(lua_Integer position, size_t size) {
  if (position > 0) return static_cast<size_t>(position) - 1 > size ? size + 1 : static_cast<size_t>(position) - 1;
  if (position == 0 || position < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<size_t>(-position);
}

bool is_plain(std::string_view pattern) { return pattern.find_first_of("^$*+?.([%-") == pattern.npos; }

int find_plain(lua_State* L, std::string_view subject, std::string_view text, size_t start) {
  LuaState::of(L).charge(static_cast<int64_t>((subject.size() - start) / 16 * (text.size() > 1 ? 4 : 1)));
  const void* found = memmem(subject.data() + start, subject.size() - start, text.data(), text.size());
  if (found == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  const auto at = static_cast<const char*>(found) - subject.data();
  lua_pushinteger(L, at + 1);
  lua_pushinteger(L, at + static_cast<lua_Integer>(text.size()));
  return 2;
}

int find_or_match(lua_State* L, bool find) {
  const std::string_view subject = check_text(L, 1);
  std::string_view pattern = check_text(L, 2);
  const size_t start = start_offset(luaL_optinteger(L, 3, 1), subject.size());
  if (start > subject.size()) {
    lua_pushnil(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) != 0 || is_plain(pattern))) return find_plain(L, subject, pattern, start);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  PatternMatcher matcher(L, subject, pattern);
  for (const char* s = subject.data() + start; s <= matcher.end(); ++s) {
    if (const char* end = matcher.match_at(s)) {
      if (!find) return matcher.push_captures(s, end, true);
      lua_pushinteger(L, s - matcher.begin() + 1);
      lua_pushinteger(L, end - matcher.begin());
      return 2 + matcher.push_captures(s, end, false);
    }
    if (anchored) break;
  }
  lua_pushnil(L);
  return 1;
}

int string_find(lua_State* L) { return find_or_match(L, true); }
int string_match(lua_State* L) { return find_or_match(L, false); }

int gmatch_step(lua_State* L) {  // upvalues: subject, pattern, next start, end of the last match (offsets)
  const std::string_view subject = text_at(L, lua_upvalueindex(1)), pattern = text_at(L, lua_upvalueindex(2));
  PatternMatcher matcher(L, subject, pattern);
  const char* last = matcher.begin() + lua_tointeger(L, lua_upvalueindex(4));
  const bool first = lua_tointeger(L, lua_upvalueindex(4)) < 0;
  for (const char* s = matcher.begin() + lua_tointeger(L, lua_upvalueindex(3)); s <= matcher.end(); ++s) {
    const char* end = matcher.match_at(s);
    if (end == nullptr || (!first && end == last)) continue;
    lua_pushinteger(L, end - matcher.begin());
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return matcher.push_captures(s, end, true);
  }
  return 0;
}

int string_gmatch(lua_State* L) {
  const std::string_view subject = check_text(L, 1);
  check_text(L, 2);
  const size_t start = start_offset(luaL_optinteger(L, 3, 1), subject.size());
  lua_settop(L, 2);
  lua_pushinteger(L, static_cast<lua_Integer>(start));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, guarded<gmatch_step>, 4);
  return 1;
}

void append(lua_State* L, std::string_view text, std::string& out) {
  LuaState::of(L).charge(static_cast<int64_t>(text.size() / 16));
  if (out.size() + text.size() > LuaState::of(L).memory_limit())
    raise(L, "string.gsub: the result is over the script's memory limit");
  out += text;
}

// The replacement text with %0 to %9 and %% filled in.
void add_replacement_text(lua_State* L, PatternMatcher& matcher, const char* begin, const char* end, std::string& out) {
  const std::string_view match(begin, static_cast<size_t>(end - begin));
  const std::string_view text = text_at(L, 3);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    if (c == '%') {
      out += '%';
    } else if (c == '0') {
      append(L, match, out);
    } else if (c >= '1' && c <= '9') {
      matcher.push_capture(c - '1', begin, end);
      append(L, text_at(L, -1), out);  // a position becomes its digits
      lua_pop(L, 1);
    } else {
      raise(L, "string.gsub: invalid use of % in the replacement \"{}\"", text);
    }
  }
}

void add_replacement(lua_State* L, PatternMatcher& matcher, const char* begin, const char* end, std::string& out) {
  const int type = lua_type(L, 3);
  if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    add_replacement_text(L, matcher, begin, end, out);
    return;
  }
  if (type == LUA_TTABLE) {
    matcher.push_capture(0, begin, end);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    lua_call(L, matcher.push_captures(begin, end, true), 1);
  }
  if (lua_toboolean(L, -1) == 0)
    append(L, {begin, static_cast<size_t>(end - begin)}, out);
  else if (lua_isstring(L, -1))
    append(L, text_at(L, -1), out);
  else
    raise(L, "string.gsub: the replacement is {}, not a string", luaL_typename(L, -1));
  lua_pop(L, 1);
}

int string_gsub(lua_State* L) {
  const std::string_view subject = check_text(L, 1);
  std::string_view pattern = check_text(L, 2);
  const int type = lua_type(L, 3);
  if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TTABLE && type != LUA_TFUNCTION)
    raise(L, "string.gsub: argument 3 must be a string, table or function, found {}", luaL_typename(L, 3));
  if (type == LUA_TNUMBER) text_at(L, 3);  // converts it in place
  const lua_Integer most = luaL_optinteger(L, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  PatternMatcher matcher(L, subject, pattern);
  std::string out;
  const char *s = matcher.begin(), *last = nullptr;
  lua_Integer n = 0;
  while (n < most) {
    const char* end = matcher.match_at(s);
    if (end != nullptr && end != last) {
      ++n;
      LuaState::of(L).charge(2);
      add_replacement(L, matcher, s, end, out);
      s = last = end;
    } else if (s < matcher.end()) {
      out += *s++;
    } else {
      break;
    }
    if (anchored) break;
  }
  if (s < matcher.end()) out.append(s, matcher.end());
  push_text(L, out);
  lua_pushinteger(L, n);
  return 2;
}

int string_rep(lua_State* L) {
  const std::string_view text = check_text(L, 1),
                         separator = lua_isnoneornil(L, 3) ? std::string_view() : check_text(L, 3);
  const lua_Integer n = luaL_checkinteger(L, 2);
  if (n <= 0 || text.size() + separator.size() == 0) {
    push_text(L, "");
    return 1;
  }
  const size_t limit = LuaState::of(L).memory_limit();
  if (static_cast<uint64_t>(n) > limit / (text.size() + separator.size()))
    raise(L, "string.rep: {} times {} bytes is over the script's memory limit of {} MB", n,
          text.size() + separator.size(), limit >> 20);
  check_count(L, "string.rep", n);
  const size_t total = static_cast<size_t>(n) * (text.size() + separator.size());
  std::string out;
  out.reserve(total);
  out.append(text).append(separator);
  while (out.size() <= total / 2) out.append(out);
  out.append(out, 0, total - out.size());
  push_text(L, std::string_view(out).substr(0, total - separator.size()));
  return 1;
}

int string_format(lua_State* L) {  // upvalue: Lua's own
  const std::string format(check_text(L, 1));
  LuaState::of(L).charge(static_cast<int64_t>(format.size() / 4));
  int argument = 1;
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (format[++i] == '%') continue;
    i = format.find_first_not_of("-+ #0123456789.", i);
    if (i == format.npos) break;  // Lua's own reports it
    ++argument;
    if (format[i] == 'p') raise(L, "string.format: %p would show an address, which differs from run to run");
    if (format[i] == 's' && argument <= lua_gettop(L)) {
      push_text(L, display(L, argument));
      lua_replace(L, argument);
    }
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

}  // namespace

void push_string_library(lua_State* L) {
  push_allowed(L, luaopen_string, {"byte", "char", "format", "len", "lower", "reverse", "sub", "upper"});
  charge_by_length(L, {"lower", "reverse", "upper"});
  lua_getfield(L, -1, "format");
  lua_pushcclosure(L, guarded<string_format>, 1);
  lua_setfield(L, -2, "format");
  bind<string_find>(L, "find");
  bind<string_match>(L, "match");
  bind<string_gmatch>(L, "gmatch");
  bind<string_gsub>(L, "gsub");
  bind<string_rep>(L, "rep");
}

}  // namespace crescent
