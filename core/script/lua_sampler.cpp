// A script's functions as a PromptSampler. What they remember is in run.state, which the host saves.
#include <algorithm>
#include <cmath>

#include "core/script/roles.hpp"
#include "core/script/sandbox.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"
#include "core/script/tables.hpp"
#include "core/script/values.hpp"

namespace crescent {

namespace {

constexpr const char* kListType = "crescent.prompts";

// ctx.eligible without a copy: indices from 1 and #, hence ipairs. Borrowed for the call of this number.
struct PromptList {
  std::span<const uint64_t> prompts;
  int64_t call;
};

std::span<const uint64_t> prompts_of(lua_State* L) {
  const auto* list = static_cast<PromptList*>(luaL_checkudata(L, 1, kListType));
  if (list->call != ScriptSession::of(L).call_number())
    raise(L, "ctx.eligible can be read only during the call it was given to; copy what is needed later");
  return list->prompts;
}

int list_index(lua_State* L) {
  const std::span<const uint64_t> prompts = prompts_of(L);
  int is_integer = 0;
  const lua_Integer i = lua_tointegerx(L, 2, &is_integer);
  if (is_integer == 0 || i < 1 || static_cast<size_t>(i) > prompts.size()) return 0;
  lua_pushinteger(L, static_cast<lua_Integer>(prompts[static_cast<size_t>(i) - 1]));
  return 1;
}

int list_length(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(prompts_of(L).size()));
  return 1;
}

int list_newindex(lua_State* L) { raise(L, "ctx.eligible cannot be changed"); }

void push_list(lua_State* L, std::span<const uint64_t> prompts) {
  new (lua_newuserdatauv(L, sizeof(PromptList), 0)) PromptList{prompts, ScriptSession::of(L).call_number()};
  if (luaL_newmetatable(L, kListType) != 0) {
    bind<list_index>(L, "__index");
    bind<list_newindex>(L, "__newindex");
    bind<list_length>(L, "__len");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
}

void push_context(lua_State* L, const SamplerContext& ctx) {
  lua_createtable(L, 0, 4);
  push_text(L, ctx.phase);
  lua_setfield(L, -2, "phase");
  lua_pushstring(L, view_name(ctx.view));
  lua_setfield(L, -2, "view");
  lua_pushinteger(L, ctx.step);
  lua_setfield(L, -2, "step");
  push_list(L, ctx.eligible);
  lua_setfield(L, -2, "eligible");
  make_strict(L, "ctx");
}

void push_group(lua_State* L, const ScoredGroup& group) {
  const auto n = static_cast<int>(group.reward.size());
  lua_createtable(L, 0, 10);
  const auto set = [L](const char* name, lua_Integer value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
  };
  lua_Integer judged = 0, passes = 0;
  for (size_t i = 0; i < group.reward.size(); ++i) {
    if (!group.judged(i)) continue;
    ++judged;
    passes += group.passed[i] != 0 ? 1 : 0;
  }
  set("prompt", static_cast<lua_Integer>(group.group.draw.prompt_index));
  set("visit", static_cast<lua_Integer>(group.group.draw.visit));
  set("n", n);
  set("passes", passes);
  set("judged", judged);
  lua_pushnumber(L, judged == 0 ? std::nan("") : static_cast<double>(passes) / static_cast<double>(judged));
  lua_setfield(L, -2, "pass_rate");
  lua_pushstring(L, view_name(group.group.draw.view));
  lua_setfield(L, -2, "view");
  const auto list = [L, n](const char* name, auto push) {
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; ++i) {
      push(static_cast<size_t>(i));
      lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, name);
  };
  list("rewards", [&](size_t i) { lua_pushnumber(L, group.reward[i]); });
  list("passed", [&](size_t i) { lua_pushboolean(L, group.passed[i]); });
  list("tokens",
       [&](size_t i) { lua_pushinteger(L, static_cast<lua_Integer>(group.group.rollouts[i].tokens.size())); });
  make_strict(L, "the group");
}

class LuaSampler : public PromptSampler {
 public:
  LuaSampler(std::shared_ptr<ScriptHost> host, FunctionRef draw, FunctionRef observe)
      : host_(std::move(host)), draw_(std::move(draw)), observe_(std::move(observe)) {}

  void draw(const SamplerContext& ctx, std::span<uint64_t> prompt_index, std::span<double> weight) override {
    host_->call_main(draw_, random_for("script draw", ctx), [&](lua_State* L) {
      push_context(L, ctx);
      lua_pushinteger(L, static_cast<lua_Integer>(prompt_index.size()));
      lua_call(L, 2, 2);
      read_prompts(L, ctx, prompt_index);
      if (!lua_isnil(L, -1)) read_weights(L, weight);
      lua_pop(L, 2);
    });
  }

  std::vector<ProbeRequest> plan_probe(const SamplerContext&, uint64_t) override { return {}; }

  void observe(const SamplerContext& ctx, std::span<const ScoredGroup> groups) override {
    if (!observe_) return;
    host_->call_main(observe_, random_for("script observe", ctx), [&](lua_State* L) {
      lua_createtable(L, static_cast<int>(groups.size()), 0);
      for (size_t i = 0; i < groups.size(); ++i) {
        push_group(L, groups[i]);
        lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
      }
      push_context(L, ctx);
      lua_call(L, 2, 0);
    });
  }

  std::vector<double> weights(const SamplerContext&) override { return {}; }
  std::string save_state() const override { return ""; }
  void load_state(std::string_view bytes) override {
    if (!bytes.empty())
      fail("a sampler written in Lua keeps its state in run.state, but the checkpoint has {} bytes for it",
           bytes.size());
  }

 private:
  // A step's calls get streams of their own: the first, the second, ... of the step for this phase.
  RandomKey random_for(std::string_view purpose, const SamplerContext& ctx) {
    if (ctx.step != step_) calls_ = 0;
    step_ = ctx.step;
    return RandomKey(host_->seed(), purpose, {static_cast<uint64_t>(ctx.step), calls_++, hash_bytes(ctx.phase).low});
  }

  static void check_list(lua_State* L, int index, size_t n, const char* what) {
    if (!lua_istable(L, index))
      fail("draw must return a list of {} {}, and returned a {}", n, what, luaL_typename(L, index));
    if (lua_rawlen(L, index) != n) fail("draw must return {} {}, and returned {}", n, what, lua_rawlen(L, index));
  }

  static void read_prompts(lua_State* L, const SamplerContext& ctx, std::span<uint64_t> out) {
    check_list(L, -2, out.size(), "prompt numbers");
    for (size_t i = 0; i < out.size(); ++i) {
      lua_rawgeti(L, -2, static_cast<lua_Integer>(i) + 1);
      int is_integer = 0;
      const lua_Integer prompt = lua_tointegerx(L, -1, &is_integer);
      if (is_integer == 0 || lua_type(L, -1) != LUA_TNUMBER)
        fail("draw: entry {} is a {}, not a prompt number", i + 1, luaL_typename(L, -1));
      if (prompt < 0 || !std::binary_search(ctx.eligible.begin(), ctx.eligible.end(), static_cast<uint64_t>(prompt)))
        fail("draw: entry {} is {}, which is not in ctx.eligible of phase \"{}\"", i + 1, prompt, ctx.phase);
      out[i] = static_cast<uint64_t>(prompt);
      lua_pop(L, 1);
    }
  }

  static void read_weights(lua_State* L, std::span<double> out) {
    check_list(L, -1, out.size(), "importance weights");
    for (size_t i = 0; i < out.size(); ++i) {
      lua_rawgeti(L, -1, static_cast<lua_Integer>(i) + 1);
      const double weight = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : std::nan("");
      if (!std::isfinite(weight) || weight <= 0)
        fail("draw: importance weight {} is {}, but must be a finite number above 0", i + 1, display(L, -1));
      out[i] = weight;
      lua_pop(L, 1);
    }
  }

  std::shared_ptr<ScriptHost> host_;
  FunctionRef draw_, observe_;
  int64_t step_ = -1;
  uint64_t calls_ = 0;
};

}  // namespace

std::unique_ptr<PromptSampler> make_lua_sampler(std::shared_ptr<ScriptHost> host, const RoleConfig& config) {
  FunctionRef draw = find_function(config, "draw");
  if (!draw) fail_usage(config.place, "the sampler has no Lua function draw");
  return std::make_unique<LuaSampler>(std::move(host), std::move(draw), find_function(config, "observe"));
}

}  // namespace crescent
