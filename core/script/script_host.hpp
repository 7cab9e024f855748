// The live script behind a configuration: keeps the main Lua state and one more for each worker thread, and turns the
// script's functions into the roles that the trainers see.
//
// What the functions are given and give back:
//   score(s)           s.prompt, response, gold, id, columns (table), tokens, finish ("stop" | "length"), phase, step,
//                      group, index (1-based); returns a number, a number and a table of declared parts, or nil (the
//                      reward has nothing to say). Any error, NaN or other type fails that sample only.
//   draw(ctx, n)       ctx.phase, view, step, eligible (read-only list of prompt numbers); returns n of them, and
//                      optionally a list of n importance weights above 0.
//   observe(groups, ctx)  groups[i].prompt, view, n, judged, passes, pass_rate, rewards, passed, tokens (lists of n;
//   the
//                      reward of a sample that could not be judged is NaN). pass_rate is passes / judged, NaN when
//                      nobody could be judged.
//   leave(m)           m.phase, view, phase_step, total_step, pass_rate, reward, m:metric(name) -> newest value or nil,
//                      m:plateau(name, patience [, min_gain]); returns false or nil (stay), true (the next phase), a
//                      phase's name (go there) or "stop" (end the run); a second result is the reason for the log.
//   schedule(step, total)  factor of the learning rate; total is nil when phases decide at run time.
//   on_step(step, metrics, phase)   after each step; metrics: name -> number.
//   on_phase(change)   after a phase was left: change.from, to (nil: the run ends), step, reason.
//   prompt(record)     record.id, problem, answer, caption, text_problem, columns, images (how many the view shows),
//                      shown (the text of the view itself); returns the text of the prompt, with all `<image>` marks or
//                      none.
// run.state is a table for what draw, observe, leave, on_step and on_phase must remember; rewards and prompts cannot
// see it. Whatever else one of these functions changes, of what it reaches, is an error: a resumed run would not know
// of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.hpp"
#include "core/data/view.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/metrics.hpp"
#include "core/flow/roles.hpp"
#include "core/flow/stateful.hpp"
#include "core/script/experiment.hpp"

struct lua_State;

namespace crescent {

class RandomKey;
class ScriptSession;

// A Lua error inside a callback surfaces as Error (ErrorKind::run) with the script's file:line.
class ScriptHost : public Stateful {
 public:
  ScriptHost(std::unique_ptr<ScriptSession> main, std::function<std::unique_ptr<ScriptSession>()> make_worker);
  ~ScriptHost() override;

  // run.state and what math.random needs, as bytes that are the same for the same content. [main-thread]
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

  void set_seed(uint64_t seed);  // keys math.random; load_experiment() has set config.seed

  // Calls each of config.on_step. [main-thread]
  void on_step(const std::vector<FunctionRef>& functions, const StepReport& report);

  // Calls each of config.on_phase; `to` is "" when the run ends. [main-thread]
  void on_phase(const std::vector<FunctionRef>& functions, const std::string& from, const std::string& to, int64_t step,
                const std::string& reason);

  Digest digest() const;  // over all script files; equal scripts, equal digest; zero without a script

  uint64_t seed() const;

  // Calls `function` in the main session: `body` finds it on the stack, pushes arguments, calls and reads results.
  // Errors without a place of their own get the function's. [main-thread]
  void call_main(const FunctionRef& function, RandomKey random, const std::function<void(lua_State*)>& body);

  class Worker {  // a session lent to one thread
   public:
    Worker(ScriptHost& host, std::unique_ptr<ScriptSession> session);
    Worker(Worker&&) noexcept = default;
    ~Worker();
    ScriptSession& session() { return *session_; }

   private:
    ScriptHost* host_;
    std::unique_ptr<ScriptSession> session_;
  };
  Worker borrow_worker();  // [any thread]

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The host of a session that has loaded; of none (a config.toml without a script) one that serves no function.
std::shared_ptr<ScriptHost> host_of(std::unique_ptr<ScriptSession> main);

// The host is kept alive by what it made. Each throws Error (usage) when the configuration holds no such function.
std::unique_ptr<Reward> make_lua_reward(std::shared_ptr<ScriptHost> host, const RewardConfig& config);        // "score"
std::unique_ptr<PromptSampler> make_lua_sampler(std::shared_ptr<ScriptHost> host, const RoleConfig& config);  // "draw"
std::unique_ptr<PhasePolicy> make_lua_policy(std::shared_ptr<ScriptHost> host, const PhaseConfig& config);  // "decide"
// [any thread]; an error of the function names its place, one of its result the record as well.
PromptFunction make_lua_prompt(std::shared_ptr<ScriptHost> host, const std::string& phase, const FunctionRef& function);
// function(step from 1, total or -1) -> factor of the learning rate, finite and not negative.
std::function<double(int64_t, int64_t)> make_lua_schedule(std::shared_ptr<ScriptHost> host,
                                                          const FunctionRef& function);

}  // namespace crescent
