// run.state as bytes: a tag and a value each, tables with their keys in sorted order.
#include <bit>
#include <cstring>
#include <map>

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

class Writer {
 public:
  explicit Writer(lua_State* L) : L_(L) {}

  void value(const std::string& path, int depth) {  // from the top of the stack, which keeps it
    switch (lua_type(L_, -1)) {
      case LUA_TBOOLEAN:
        out += lua_toboolean(L_, -1) != 0 ? kTrue : kFalse;
        return;
      case LUA_TNUMBER:
        if (lua_isinteger(L_, -1) != 0)
          out += kInteger, put_u64(out, static_cast<uint64_t>(lua_tointeger(L_, -1)));
        else
          out += kNumber, put_u64(out, std::bit_cast<uint64_t>(static_cast<double>(lua_tonumber(L_, -1))));
        return;
      case LUA_TSTRING: {
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
        fail("{} is a {}, which cannot be saved; run.state holds numbers, strings, booleans and tables of them", path,
             luaL_typename(L_, -1));
    }
  }

  std::string out;

 private:
  void table(const std::string& path, int depth) {
    if (depth > kMaxDepth) fail("{} is nested more than {} deep", path, kMaxDepth);
    const auto [seen, fresh] = seen_.emplace(lua_topointer(L_, -1), path);
    if (!fresh)
      fail("{} and {} are the same table, which would be two after a resume; keep it in one place", seen->second, path);
    if (lua_getmetatable(L_, -1) != 0) fail("{} has a metatable, which cannot be saved", path);
    luaL_checkstack(L_, 8, nullptr);
    const lua_Integer n = push_sorted_keys(L_, -1);
    out += kTable;
    put_u64(out, static_cast<uint64_t>(n));
    for (lua_Integer i = 1; i <= n; ++i) {
      lua_rawgeti(L_, -1, i);
      const std::string key = lua_type(L_, -1) == LUA_TSTRING ? fmt::format("{}.{}", path, text_at(L_, -1))
                                                              : fmt::format("{}[{}]", path, key_text());
      value(key, depth);
      lua_rawget(L_, -3);
      value(key, depth + 1);
      lua_pop(L_, 1);
    }
    lua_pop(L_, 1);
  }

  std::string key_text() {
    if (lua_isboolean(L_, -1)) return lua_toboolean(L_, -1) != 0 ? "true" : "false";
    lua_pushvalue(L_, -1);
    std::string text(text_at(L_, -1));
    lua_pop(L_, 1);
    return text;
  }

  lua_State* L_;
  std::map<const void*, std::string> seen_;
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
  Writer writer(L);
  writer.out = kHeader;
  lua_pushvalue(L, index);
  writer.value("run.state", 0);
  lua_pop(L, 1);
  return std::move(writer.out);
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
