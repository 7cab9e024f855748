// run.state as bytes: a tag and a value each, tables with their keys in sorted order.
#include <bit>
#include <cstring>
#include <unordered_map>

#include "core/script/sandbox.hpp"
#include "core/script/tables.hpp"
#include "core/script/values.hpp"

namespace crescent {

namespace {

enum Tag : char { kFalse = 'f', kTrue = 't', kInteger = 'i', kNumber = 'n', kString = 's', kTable = '{' };
constexpr std::string_view kHeader = "crescent run.state 1\n";
constexpr int kMaxDepth = 64;

void put_u64(std::string& out, uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  out.append(bytes, 8);
}

// The way from run.state to a value, put into words only for an error.
struct Path {
  const Path* parent;
  lua_State* L;
  int key;  // stack index of the key; not for the root

  std::string text() const {
    if (parent == nullptr) return "run.state";
    if (lua_type(L, key) == LUA_TSTRING) return fmt::format("{}.{}", parent->text(), text_at(L, key));
    return fmt::format("{}[{}]", parent->text(), display(L, key));
  }
};

class Writer {
 public:
  // Without bytes it only checks, in any order.
  Writer(lua_State* L, bool bytes) : L_(L), bytes_(bytes) {}

  void value(const Path& path, int depth) {  // from the top of the stack, which keeps it
    switch (lua_type(L_, -1)) {
      case LUA_TBOOLEAN:
        if (bytes_) out += lua_toboolean(L_, -1) != 0 ? kTrue : kFalse;
        return;
      case LUA_TNUMBER:
        if (!bytes_) return;
        if (lua_isinteger(L_, -1) != 0)
          out += kInteger, put_u64(out, static_cast<uint64_t>(lua_tointeger(L_, -1)));
        else
          out += kNumber, put_u64(out, std::bit_cast<uint64_t>(static_cast<double>(lua_tonumber(L_, -1))));
        return;
      case LUA_TSTRING: {
        if (!bytes_) return;
        const std::string_view text = text_at(L_, -1);
        out += kString;
        put_u64(out, text.size());
        out += text;
        return;
      }
      case LUA_TTABLE:
        table(path, depth);
        return;
      default:
        fail("{} is a {}, which cannot be saved; run.state holds numbers, strings, booleans and tables of them",
             path.text(), luaL_typename(L_, -1));
    }
  }

  std::string out;

 private:
  void table(const Path& path, int depth) {
    if (depth > kMaxDepth) fail("{} is nested more than {} deep", path.text(), kMaxDepth);
    const auto [seen, fresh] = seen_.emplace(lua_topointer(L_, -1), bytes_ ? path.text() : "");
    if (!fresh)
      fail("{} and {} are the same table, which would be two after a resume; keep it in one place", seen->second,
           path.text());
    if (lua_getmetatable(L_, -1) != 0) fail("{} has a metatable, which cannot be saved", path.text());
    luaL_checkstack(L_, 8, nullptr);
    if (bytes_)
      write_sorted(path, depth);
    else
      check_entries(path, depth);
  }

  void write_sorted(const Path& path, int depth) {
    const lua_Integer n = push_sorted_keys(L_, -1);
    out += kTable;
    put_u64(out, static_cast<uint64_t>(n));
    for (lua_Integer i = 1; i <= n; ++i) {
      lua_rawgeti(L_, -1, i);
      value(path, depth);
      lua_pushvalue(L_, -1);
      lua_rawget(L_, -4);
      value({&path, L_, lua_gettop(L_) - 1}, depth + 1);
      lua_pop(L_, 2);
    }
    lua_pop(L_, 1);
  }

  void check_entries(const Path& path, int depth) {
    lua_pushnil(L_);
    while (lua_next(L_, -2) != 0) {
      const int type = lua_type(L_, -2);
      if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
        fail("{} has a {} as a key", path.text(), lua_typename(L_, type));
      value({&path, L_, lua_gettop(L_) - 1}, depth + 1);
      lua_pop(L_, 1);
    }
  }

  lua_State* L_;
  bool bytes_;
  std::unordered_map<const void*, std::string> seen_;
};

class Reader {
 public:
  Reader(lua_State* L, std::string_view bytes) : L_(L), bytes_(bytes) {}

  // Pushes the next value. A table goes into the one on top of the stack, where there is one to reuse.
  void value(bool reuse) {
    luaL_checkstack(L_, 8, nullptr);
    const char tag = take(1)[0];
    if (tag == kTable) return table(reuse);
    if (reuse) lua_pop(L_, 1);
    if (tag == kTrue || tag == kFalse)
      lua_pushboolean(L_, tag == kTrue);
    else if (tag == kInteger)
      lua_pushinteger(L_, static_cast<lua_Integer>(u64()));
    else if (tag == kNumber)
      lua_pushnumber(L_, std::bit_cast<double>(u64()));
    else if (tag == kString)
      push_text(L_, take(u64()));
    else
      damaged();
  }

  void finish() {
    if (!bytes_.empty()) damaged();
  }

 private:
  void table(bool reuse) {
    if (!reuse) lua_newtable(L_);
    const int index = lua_gettop(L_);
    lua_newtable(L_);  // what was there, emptied out
    const lua_Integer old = push_sorted_keys(L_, index);
    for (lua_Integer i = 1; i <= old; ++i) {
      lua_rawgeti(L_, -1, i);
      lua_pushvalue(L_, -1);
      lua_pushvalue(L_, -1);
      lua_rawget(L_, index);
      lua_rawset(L_, index + 1);
      lua_pushnil(L_);
      lua_rawset(L_, index);
    }
    lua_pop(L_, 1);
    const uint64_t n = u64();
    for (uint64_t i = 0; i < n; ++i) {
      value(false);
      lua_pushvalue(L_, -1);
      lua_rawget(L_, index + 1);
      const bool keep = lua_istable(L_, -1);
      if (!keep) lua_pop(L_, 1);
      value(keep);
      lua_rawset(L_, index);
    }
    lua_pop(L_, 1);
  }

  std::string_view take(uint64_t n) {
    if (n > bytes_.size()) damaged();
    const std::string_view out = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return out;
  }
  uint64_t u64() {
    const std::string_view bytes = take(8);
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[static_cast<size_t>(i)])} << (8 * i);
    return value;
  }
  [[noreturn]] void damaged() { fail("the saved run.state is damaged: {} bytes before its end", bytes_.size()); }

  lua_State* L_;
  std::string_view bytes_;
};

}  // namespace

std::string state_bytes(lua_State* L, int index) {
  Writer writer(L, true);
  writer.out = kHeader;
  lua_pushvalue(L, index);
  writer.value({nullptr, L, 0}, 0);
  lua_pop(L, 1);
  return std::move(writer.out);
}

void check_state(lua_State* L, int index) {
  index = lua_absindex(L, index);
  const int top = lua_gettop(L);
  try {
    lua_pushvalue(L, index);
    Writer(L, false).value({nullptr, L, 0}, 0);
    lua_pop(L, 1);
  } catch (const Error&) {
    lua_settop(L, top);
    state_bytes(L, index);  // finds it as well, and always the same where there are several
    throw;
  }
}

void load_state_bytes(lua_State* L, int index, std::string_view bytes) {
  if (!bytes.starts_with(kHeader)) fail("these bytes are no saved run.state");
  Reader reader(L, bytes.substr(kHeader.size()));
  lua_pushvalue(L, index);
  reader.value(true);
  lua_pop(L, 1);
  reader.finish();
}

}  // namespace crescent
