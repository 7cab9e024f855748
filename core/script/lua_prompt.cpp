// A script's function as what a phase's prompts say.
#include "core/base/printable.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"
#include "core/script/tables.hpp"
#include "core/script/values.hpp"

namespace crescent {

namespace {

constexpr std::string_view kImageMark = "<image>";

size_t count_marks(std::string_view text) {
  size_t count = 0;
  for (size_t at = text.find(kImageMark); at != text.npos; at = text.find(kImageMark, at + kImageMark.size())) ++count;
  return count;
}

void push_record(lua_State* L, const Record& record, const ViewedRecord& viewed) {
  lua_createtable(L, 0, 8);
  const auto set = [L](const char* name, std::string_view text) {
    push_text(L, text);
    lua_setfield(L, -2, name);
  };
  set("id", record.id);
  set("problem", record.problem);
  set("answer", record.answer);
  set("caption", record.caption);
  set("text_problem", record.text_problem);
  set("shown", viewed.text);
  lua_pushinteger(L, static_cast<lua_Integer>(viewed.images.size()));
  lua_setfield(L, -2, "images");
  push_json(L, parse_json(record.columns_json, {fmt::format("columns of record \"{}\"", record.id), 0}));
  lua_setfield(L, -2, "columns");
  make_strict(L, "the record");
}

// What the function returned, on top of the stack, as the prompt.
ViewedRecord read_prompt(lua_State* L, const std::string& phase, ViewedRecord viewed) {
  if (lua_type(L, -1) != LUA_TSTRING)
    fail("prompt of phase \"{}\" must return the text of the prompt, and returned a {}", phase, luaL_typename(L, -1));
  viewed.text = text_at(L, -1);
  if (viewed.text.empty() || !is_utf8(viewed.text))
    fail("prompt of phase \"{}\" returned a text that is {} for record \"{}\"", phase,
         viewed.text.empty() ? "empty" : "not UTF-8", viewed.record_id);
  const size_t marks = count_marks(viewed.text);
  if (marks == 0) viewed.images.clear();
  if (marks != viewed.images.size())
    fail(
        "prompt of phase \"{}\" returned a text with {} {} marks for record \"{}\", which shows {} pictures; a prompt "
        "shows all of them or none",
        phase, marks, kImageMark, viewed.record_id, viewed.images.size());
  return viewed;
}

}  // namespace

PromptFunction make_lua_prompt(std::shared_ptr<ScriptHost> host, const std::string& phase,
                               const FunctionRef& function) {
  if (!function) fail_usage({}, "phase \"{}\" has no Lua function prompt", phase);
  return [host, phase, function](const Record& record, View view) {
    ScriptHost::Worker worker = host->borrow_worker();
    ScriptSession& session = worker.session();
    ViewedRecord prompt = view_of(record, view);
    const RandomKey random(host->seed(), "script prompt " + phase, {hash_bytes(record.id).low});
    try {
      session.call(random, [&](lua_State* L) {
        session.push_function(L, function);
        push_record(L, record, prompt);
        lua_call(L, 1, 1);
        prompt = read_prompt(L, phase, std::move(prompt));
        if (const std::string change = session.captured_change(L, false); !change.empty())
          fail("prompt of phase \"{}\" changed {}; it is a function of its record alone", phase, change);
      });
    } catch (const Error& error) {
      if (!error.place().file.empty()) throw;
      throw Error(error.message(), session.function_place(function), error.kind());
    }
    return prompt;
  };
}

}  // namespace crescent
