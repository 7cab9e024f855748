// One Lua state under limits: memory by its allocator, instructions by a count hook that pcall cannot swallow, wall
// clock. Nothing of Lua is called outside protect(), so that no Lua error can escape as anything but crescent::Error.
#pragma once

#include <lua.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/script/limits.hpp"

namespace crescent {

struct ScriptBudget {
  int64_t instructions = 0;
  double seconds = 0;
};

class LuaState {  // one thread at a time
 public:
  explicit LuaState(const ScriptLimits& limits);
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;
  static LuaState& of(lua_State* L);

  // Runs `body` with an empty stack frame under the budget. A Lua error becomes Error of `kind` with the script's file
  // and line; a C++ exception of `body` itself passes through.
  void protect(ScriptBudget budget, ErrorKind kind, const std::function<void(lua_State*)>& body);

  // Within protect(). Compiles `text` and pushes the function. `chunk` is the file's name in errors.
  void push_chunk(const std::string& text, const std::string& chunk);
  // Within protect(): takes `units` (about one per instruction's worth of work) off the budget of the running call.
  void charge(int64_t units);
  bool spent() const { return spent_; }

  // The file and line that the innermost Lua function on the stack is at.
  Place where() const;
  // An error message of Lua, "file:14: text", taken apart; shortened where a script made it huge.
  Error to_error(const std::string& message, ErrorKind kind) const;

  lua_State* raw() { return L_; }
  size_t memory_bytes() const { return memory_; }
  size_t memory_limit() const { return limits_.memory_bytes; }
  RandomStream& random() { return random_; }
  void set_random(RandomKey key) { random_ = RandomStream(key); }
  void print(const std::string& line) const;
  void set_print(std::function<void(const std::string&)> sink) { print_ = std::move(sink); }

 private:
  static void* allocate(void* self, void* block, size_t old_size, size_t new_size);
  static void on_count(lua_State* L, lua_Debug*);
  static int run_body(lua_State* L);
  static int note_place(lua_State* L);
  [[noreturn]] void stop_script();
  void note_long_string(void* block, size_t size);
  void forget_long_string(void* block, size_t size);
  int hook_every() const;  // instructions between two looks at the budget and the clock
  void arm(int count);

  ScriptLimits limits_;
  lua_State* L_ = nullptr;
  size_t memory_ = 0;
  std::unordered_set<const void*> long_strings_;  // live ones, by their blocks
  int huge_strings_ = 0;                          // of those
  ScriptBudget budget_;
  int64_t used_ = 0;
  int armed_ = 0;  // instructions to the hook's next call
  bool running_ = false, spent_ = false;
  std::chrono::steady_clock::time_point deadline_;
  std::string spent_message_;
  Place spent_place_, error_place_, memory_place_;
  const std::function<void(lua_State*)>* body_ = nullptr;
  std::exception_ptr thrown_;
  std::vector<std::pair<std::string, std::string>> chunks_;  // Lua's shortened name -> the whole
  RandomStream random_{RandomKey(0, "script")};
  std::function<void(const std::string&)> print_;
};

}  // namespace crescent
