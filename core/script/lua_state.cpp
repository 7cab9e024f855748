#include "core/script/lua_state.hpp"

#include <cstdlib>
#include <cstring>
#include <iostream>

#include "core/base/printable.hpp"
#include "core/script/guard.hpp"

namespace crescent {

namespace {

constexpr int kHookEvery = 1000;                 // instructions between two looks at the budget
constexpr int kHookEveryLong = 10;               // the same while a long string lives: to compare it is one instruction
constexpr size_t kLongString = size_t{1} << 18;  // bytes
constexpr size_t kHugeString = size_t{1} << 22;  // bytes: one instruction may take longer than the clock's own grain
constexpr size_t kLongestMessage = 2000;         // bytes of a script's error that are kept
constexpr int64_t kFailedAllocation = 1'000'000;  // units: each costs a full garbage collection

}  // namespace

LuaState::LuaState(const ScriptLimits& limits) : limits_(limits) {
  L_ = lua_newstate(allocate, this);  // calls allocate(), which needs the other members
  if (L_ == nullptr) fail("Lua: {} bytes of memory do not suffice to start", limits.memory_bytes);
  *static_cast<LuaState**>(lua_getextraspace(L_)) = this;
}

LuaState::~LuaState() {
  if (L_ != nullptr) lua_close(L_);
}

LuaState& LuaState::of(lua_State* L) { return **static_cast<LuaState**>(lua_getextraspace(L)); }

void* LuaState::allocate(void* self_pointer, void* block, size_t old_size, size_t new_size) {
  auto& self = *static_cast<LuaState*>(self_pointer);
  const bool new_string = block == nullptr && old_size == LUA_TSTRING && new_size >= kLongString;
  if (block == nullptr) old_size = 0;  // then it holds the kind of object
  if (old_size >= kLongString) self.forget_long_string(block, old_size);
  if (new_size == 0) {
    std::free(block);
    self.memory_ -= old_size;
    return nullptr;
  }
  const bool fits = new_size <= old_size || self.memory_ + (new_size - old_size) <= self.limits_.memory_bytes;
  void* result = fits ? std::realloc(block, new_size) : nullptr;
  if (result != nullptr) self.memory_ += new_size - old_size;
  if (result != nullptr && new_string) self.note_long_string(result, new_size);
  if (!fits && self.running_) self.memory_place_ = self.where();  // no message handler runs for it
  // Work on large blocks is work that the instruction count does not see.
  self.used_ += result == nullptr ? kFailedAllocation : static_cast<int64_t>(new_size / 64);
  if (self.running_ && !self.spent_ && self.used_ > self.budget_.instructions) self.arm(1);
  return result;
}

int LuaState::hook_every() const { return huge_strings_ > 0 ? 1 : long_strings_.empty() ? kHookEvery : kHookEveryLong; }

void LuaState::note_long_string(void* block, size_t size) {
  long_strings_.insert(block);
  if (size >= kHugeString) ++huge_strings_;
  if (running_ && !spent_ && armed_ > hook_every()) arm(hook_every());
}

void LuaState::forget_long_string(void* block, size_t size) {
  if (long_strings_.erase(block) > 0 && size >= kHugeString) --huge_strings_;
}

void LuaState::on_count(lua_State* L, lua_Debug*) {
  LuaState& self = of(L);
  self.charge(self.armed_);
  if (self.armed_ != self.hook_every()) self.arm(self.hook_every());
}

void LuaState::arm(int count) {
  armed_ = count;
  lua_sethook(L_, on_count, LUA_MASKCOUNT, count);
}

void LuaState::charge(int64_t units) {
  used_ += units;
  if (!spent_ && used_ <= budget_.instructions && std::chrono::steady_clock::now() < deadline_) return;
  stop_script();
}

// Once spent, every further instruction raises again, so that no pcall keeps the script alive.
void LuaState::stop_script() {
  if (!spent_) {
    spent_ = true;
    spent_place_ = where();
    spent_message_ =
        used_ > budget_.instructions
            ? fmt::format(
                  "the script used up its budget of {} instructions in one call; is there a loop that never ends?",
                  budget_.instructions)
            : fmt::format("the script ran for more than {} seconds in one call", budget_.seconds);
    arm(1);
  }
  lua_pushlstring(L_, spent_message_.data(), spent_message_.size());
  lua_error(L_);
  std::abort();  // lua_error does not return
}

Place LuaState::where() const {
  lua_Debug frame;
  for (int level = 0; lua_getstack(L_, level, &frame) == 1; ++level) {
    lua_getinfo(L_, "Sl", &frame);
    if (frame.currentline > 0) return {frame.source[0] == '@' ? frame.source + 1 : frame.source, frame.currentline};
  }
  return {};
}

Error LuaState::to_error(const std::string& raw, ErrorKind kind) const {
  const std::string message =
      printable(std::string_view(raw).substr(0, kLongestMessage)) +
      (raw.size() > kLongestMessage ? fmt::format(" ... (and {} bytes more)", raw.size() - kLongestMessage) : "");
  // Lua's own messages begin with the shortened name of their chunk, those of our functions with the whole one.
  for (const auto& [shown, whole] : chunks_)
    for (const std::string& name : {shown, whole}) {
      if (!message.starts_with(name + ":")) continue;
      char* end = nullptr;
      const long line = std::strtol(message.c_str() + name.size() + 1, &end, 10);
      if (line <= 0 || end[0] != ':' || end[1] != ' ') continue;
      return Error(end + 2, {whole, static_cast<int>(line)}, kind);
    }
  return Error(message, error_place_, kind);
}

int LuaState::note_place(lua_State* L) {
  of(L).error_place_ = of(L).where();
  return 1;
}

int LuaState::run_body(lua_State* L) {
  LuaState& self = of(L);
  try {
    (*self.body_)(L);
    return 0;
  } catch (const std::exception&) {
    self.thrown_ = std::current_exception();
  }
  lua_pushnil(L);
  return lua_error(L);
}

void LuaState::protect(ScriptBudget budget, ErrorKind kind, const std::function<void(lua_State*)>& body) {
  if (running_) throw std::logic_error("LuaState::protect is not reentrant");
  budget_ = budget;
  used_ = 0;
  deadline_ = std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<int64_t>(budget.seconds * 1e6));
  spent_ = false;
  error_place_ = memory_place_ = {};
  thrown_ = nullptr;
  body_ = &body;
  running_ = true;
  arm(hook_every());
  lua_settop(L_, 0);
  lua_pushcfunction(L_, note_place);
  lua_pushcfunction(L_, run_body);
  const int status = lua_pcall(L_, 0, 0, 1);
  running_ = false;
  if (status == LUA_OK) return;
  if (thrown_) {
    lua_settop(L_, 0);
    std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
  if (spent_) throw Error(spent_message_, spent_place_, kind);
  if (status == LUA_ERRMEM) {
    lua_settop(L_, 0);
    throw Error(fmt::format("the script needs more than its limit of {} MB of memory", limits_.memory_bytes >> 20),
                memory_place_, kind);
  }
  const bool text = lua_type(L_, -1) == LUA_TSTRING;
  const std::string message = text ? std::string(text_at(L_, -1))
                                   : fmt::format("error() was called with {}, not a message", luaL_typename(L_, -1));
  lua_settop(L_, 0);
  throw to_error(message, kind);
}

void LuaState::push_chunk(const std::string& text, const std::string& chunk) {
  const std::string name = "@" + chunk;
  // Lua's own shortening, so that its messages can be given the whole name back.
  lua_Debug info;
  if (luaL_loadbufferx(L_, "", 0, name.c_str(), "t") != LUA_OK) lua_error(L_);
  lua_getinfo(L_, ">S", &info);
  chunks_.emplace_back(info.short_src, chunk);
  charge(static_cast<int64_t>(text.size()));
  if (luaL_loadbufferx(L_, text.data(), text.size(), name.c_str(), "t") != LUA_OK) lua_error(L_);
}

void LuaState::print(const std::string& line) const {
  if (print_)
    print_(line);
  else
    std::cerr << line + '\n';  // in one piece: workers print too
}

}  // namespace crescent
