// The escape suite: what a script must not reach, and loops that must end.
#include <doctest/doctest.h>

#include <ctime>

#include "core/script/lua_state.hpp"
#include "core/script/sandbox.hpp"

using namespace crescent;

namespace {

ScriptLimits small_limits() {
  ScriptLimits limits;
  limits.memory_bytes = size_t{16} << 20;
  limits.call_instructions = 3'000'000;
  limits.call_seconds = 60;  // instructions are to end what is tested, on a busy machine too
  return limits;
}

// The script's result as tostring shows it, or "error: ..." when it fails.
std::string run(const std::string& text, ScriptLimits limits = small_limits(), const std::string& chunk = "x.lua") {
  LuaState state(limits);
  std::string result;
  try {
    state.protect({limits.call_instructions, limits.call_seconds}, ErrorKind::run, [&](lua_State* L) {
      open_sandbox(L);
      state.push_chunk(text, chunk);
      push_environment(L);
      lua_setupvalue(L, -2, 1);
      lua_call(L, 0, 1);
      result = display(L, -1);
    });
  } catch (const Error& error) {
    return std::string("error: ") + error.what();
  }
  return result;
}

const std::string kSpent =
    "error: x.lua:1: the script used up its budget of 3000000 instructions in one call; is there a loop that never "
    "ends?";

}  // namespace

TEST_CASE("a mistake names its place once, however long the script's path is") {
  const std::string path = std::string(100, 'p') + "/x.lua";
  const std::string lua_says = run("return 1 + nil", small_limits(), path);
  CHECK(lua_says == "error: " + path + ":1: attempt to perform arithmetic on a nil value");
  const std::string we_say = run("return ('x'):rep(1e9)", small_limits(), path);
  CHECK(we_say ==
        "error: " + path + ":1: string.rep: 1000000000 times 1 bytes is over the script's memory limit of 16 MB");
}

TEST_CASE("a script sees an allow-list and nothing else") {
  for (const char* name : {"io", "os", "debug", "package", "coroutine", "load", "loadfile", "loadstring", "dofile",
                           "require", "collectgarbage", "rawset", "_G", "_VERSION", "newproxy"}) {
    CAPTURE(name);
    CHECK(run(std::string("return ") + name)
              .find("error: x.lua:1: the global \"" + std::string(name) + "\" is not defined") == 0);
  }
  for (const char* name : {"string.dump", "string.pack", "math.randomseed(1)", "table.foo", "utf8.x"})
    CHECK(run(std::string("return ") + name).find("error: x.lua:1: ") == 0);
  CHECK(run("return string.dump") ==
        "error: x.lua:1: string has no \"dump\"; known: byte, char, find, format, gmatch, gsub, len, lower, match, "
        "rep, reverse, sub, upper");
  CHECK(run("return string.formt") == "error: x.lua:1: string has no \"formt\"; did you mean \"format\"?");
  CHECK(run("\x1bLua") == "error: attempt to load a binary chunk (mode is 't')");
}

TEST_CASE("libraries, globals and the string metatable cannot be changed") {
  CHECK(run("string.rep = 1") == "error: x.lua:1: string cannot be changed (\"rep\")");
  CHECK(run("table.insert(string, 1)") == "error: x.lua:1: table.insert: argument 1 is a read-only table");
  CHECK(run("table.move({1}, 1, 1, 1, math)") == "error: x.lua:1: table.move: argument 5 is a read-only table");
  CHECK(run("table.sort(string)") == "error: x.lua:1: table.sort: argument 1 is a read-only table");
  CHECK(run("setmetatable(string, {})") == "error: x.lua:1: setmetatable: the metatable is protected");
  CHECK(run("return getmetatable(string)") == "false");
  CHECK(run("return getmetatable('')") == "false");
  CHECK(run("getmetatable('').__index = {}") == "error: x.lua:1: attempt to index a boolean value");
  CHECK(run("return next(string)") == "error: x.lua:1: next: argument 1 is a read-only table; use pairs");
  CHECK(run("local n = 0 for k, v in pairs(string) do n = n + 1 end return n") == "13");
  CHECK(run("x = 1") == "error: x.lua:1: the global \"x\" cannot be assigned; write local x = ...");
  CHECK(run("_ENV.x = 1") == "error: x.lua:1: the global \"x\" cannot be assigned; write local x = ...");
  CHECK(run("return getmetatable(_ENV)") == "false");
  CHECK(run("setmetatable({}, { __gc = function() while true do end end })") ==
        "error: x.lua:1: setmetatable: __gc is not allowed, because it acts when memory is freed");
  CHECK(run("setmetatable({}, { __mode = 'k' })") ==
        "error: x.lua:1: setmetatable: __mode is not allowed, because it acts when memory is freed");
  CHECK(run("local m = {} local t = setmetatable({}, m) m.__gc = function() while true do end end t = nil return 'late "
            "gc is ignored'") == "late gc is ignored");
}

TEST_CASE("no loop outlives its budget, whatever catches errors") {
  for (const char* loop : {
           "while true do end",
           "while true do pcall(function() while true do end end) end",
           "while true do xpcall(function() while true do end end, function() while true do end end) end",
           "local function f() pcall(f) f() end while true do pcall(f) end",
           "local t <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
           "local s = ('x'):rep(200000) while true do s:find('y', 1, true) end",
           "return (('a'):rep(3000)):find(('.-'):rep(30) .. 'b')",
           "return (('a'):rep(30000)):find('.-.-.-b')",
           "return (('a'):rep(30000)):match('.*.*.*b')",
           "return (('a'):rep(30000)):gsub('.-.-b', '')",
           "for w in (('a'):rep(30000)):gmatch('.-.-.-b') do end",
           "return (('('):rep(100000)):find('%b()')",
           "local t = {} for i = 1, 5000 do t[i] = i end while true do table.sort(t) end",
           "table.sort({3, 2, 1}, function() while true do end end)",
           "local t = {} while true do table.insert(t, 1, 1) end",
           "local s = ('x'):rep(1000000) while true do local a = s .. 'y' end",
           "local t = {} for i = 1, 100000 do t[i] = i end while true do local x = table.concat(t) end",
           "local t = {} for i = 1, 50000 do t[i] = i end while true do for k in pairs(t) do break end end",
           "local t = setmetatable({}, {}) getmetatable(t).__index = function(s, k) return s[k + 1] end return "
           "pcall(function() while true do pcall(function() return t[1] end) end end)",
       }) {
    const std::string text = loop;
    CAPTURE(text);
    CHECK(run(loop) == kSpent);
  }
}

TEST_CASE("long strings do not stretch the clock, though comparing or reading one is a single instruction") {
  ScriptLimits limits = small_limits();
  limits.memory_bytes = size_t{256} << 20;
  limits.call_instructions = int64_t{1} << 60;
  limits.call_seconds = 0.1;
  for (const char* loop : {"local a, b = ('x'):rep(3e7), ('x'):rep(3e7) while true do local c = a == b end",
                           "local a, b = ('x'):rep(3e7), ('x'):rep(3e7) while true do local c = a < b end",
                           "local a = ('1'):rep(3e7) while true do local c = a + 0 end",
                           "local a = ('1'):rep(3e7) while true do pcall(function() return a | 0 end) end"}) {
    const std::string text = loop;
    CAPTURE(text);
    const std::clock_t start = std::clock();  // of the CPU: the machine may be busy
    CHECK(run(loop, limits) == "error: x.lua:1: the script ran for more than 0.1 seconds in one call");
    CHECK(std::clock() - start < 8 * CLOCKS_PER_SEC);  // a thousand of these instructions, unwatched, take over 15 s
  }
}

TEST_CASE("the clock is looked at after each instruction while a huge string lives") {
  ScriptLimits limits = small_limits();
  limits.memory_bytes = size_t{256} << 20;
  limits.call_instructions = int64_t{1} << 60;
  limits.call_seconds = 0.05;
  LuaState state(limits);
  static int sums_done = 0;  // a sum takes over 0.05 s itself, so at most one can end before the clock is looked at
  const auto sum_of_digits = [&](lua_State* L) {
    open_sandbox(L);
    state.push_chunk("local a = ('1'):rep(9e7) for i = 1, 10 do local b = a + 0 done() end", "x.lua");
    push_environment(L);
    lua_pushliteral(L, "done");
    lua_pushcfunction(L, [](lua_State*) {
      ++sums_done;
      return 0;
    });
    lua_rawset(L, -3);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 0);
  };
  CHECK_THROWS_WITH(state.protect({limits.call_instructions, limits.call_seconds}, ErrorKind::run, sum_of_digits),
                    "x.lua:1: the script ran for more than 0.05 seconds in one call");
  CHECK(sums_done < 3);
}

TEST_CASE("what a script says in an error is kept short and printable") {
  CHECK(run("error(('x'):rep(100000))") == "error: x.lua:1: " + std::string(1991, 'x') + " ... (and 98009 bytes more)");
  CHECK(run("error('\\xff\\27[31mred\\nnext')") == "error: x.lua:1: ??[31mred next");
  CHECK(run("error(nil)") == "error: x.lua:1: error() was called with nil, not a message");
}

TEST_CASE("table functions treat strings with zeros and overlapping moves as Lua's own do") {
  CHECK(run("return #table.concat({ 1, 2, 3 }, '\\0')") == "5");
  CHECK(run("local t = { 1, 2, 3 } table.move(t, 1, 3, 2, t) return table.concat(t)") == "1123");
  CHECK(run("return table.concat(table.move({ 1, 2 }, 1, 2, 3, { 8, 9 }))") == "8912");
}

TEST_CASE("the loops inside C that escape a plain hook are refused or bounded") {
  CHECK(run("return #string.rep('', math.maxinteger)") == "0");
  CHECK(run("return ('x'):rep(math.maxinteger)") ==
        "error: x.lua:1: string.rep: 9223372036854775807 times 1 bytes is over the script's memory limit of 16 MB");
  CHECK(
      run("return ('x'):rep(1 << 40, 'abc')").find("error: x.lua:1: string.rep: 1099511627776 times 4 bytes is over") ==
      0);
  CHECK(run("table.move({}, 1, math.maxinteger - 1, 2)") ==
        "error: x.lua:1: table.move: 9223372036854775806 elements are too many");
  CHECK(run("table.move({}, 1, math.maxinteger - 1, 9)") == "error: x.lua:1: table.move: the destination wraps around");
  CHECK(run("table.move({}, 1, math.maxinteger - 1, 1)") ==
        "error: x.lua:1: table.move: 9223372036854775806 elements are too many");
  CHECK(run("table.move({}, math.mininteger, math.maxinteger, 1)") == "error: x.lua:1: table.move: too many elements");
  CHECK(run("table.insert(setmetatable({}, { __len = function() return math.maxinteger end }), 1, 5) return 'done'") ==
        "done");
  CHECK(run("table.sort(setmetatable({}, { __len = function() return 1 << 30 end })) return 'done'") == "done");
  CHECK(run("return table.concat({}, 'x', 1, math.maxinteger)") ==
        "error: x.lua:1: table.concat: element 1 is nil, not a string or number");
  CHECK(run("return table.unpack({}, 1, 1e8)") == "error: x.lua:1: table.unpack: too many results");
  CHECK(run("return #table.remove(setmetatable({ 'abc' }, { __len = function() return math.maxinteger end }))") == "3");
}

TEST_CASE("memory is capped and the cap is survivable") {
  CHECK(run("local t = {} for i = 1, 1e9 do t[i] = i end") ==
        "error: x.lua:1: the script needs more than its limit of 16 MB of memory");
  CHECK(run("local s = 'x' while true do s = s .. s end") ==
        "error: x.lua:1: the script needs more than its limit of 16 MB of memory");
  CHECK(run("local ok, message = pcall(function() local s = 'x' while true do s = s .. s end end) return message") ==
        "not enough memory");
  ScriptLimits roomy = small_limits();
  roomy.memory_bytes = size_t{128} << 20;
  CHECK(run("local function f(n) return f(n) + 1 end return f(1)", roomy).find("stack overflow") != std::string::npos);
  CHECK(run("local s = 'return ' .. ('('):rep(10) return pcall(string.format, '%99999d', 1)") == "false");
}

TEST_CASE("the clock stops what the budget does not") {
  ScriptLimits limits = small_limits();
  limits.call_instructions = int64_t{1} << 60;
  limits.call_seconds = 0.05;
  CHECK(run("while true do pcall(function() while true do end end) end", limits) ==
        "error: x.lua:1: the script ran for more than 0.05 seconds in one call");
}

TEST_CASE("pairs walks keys in sorted order, so that results do not depend on hashes") {
  CHECK(run("local out = {} for k in pairs { z = 1, a = 2, [10] = 3, [2.5] = 4, [-1] = 5, [true] = 6, [false] = 7, 'x' "
            "} do out[#out + 1] = tostring(k) end "
            "return table.concat(out, ' ')") == "-1 1 2.5 10 a z false true");
  CHECK(run("for k in pairs { [{}] = 1 } do end") ==
        "error: x.lua:1: a table with a table as a key cannot be walked: the order would differ from run to run");
  CHECK(run("for k in pairs { [print] = 1 } do end") ==
        "error: x.lua:1: a table with a function as a key cannot be walked: the order would differ from run to run");
  CHECK(run("local t = { a = 1, b = 2, c = 3 } local s = '' for k in pairs(t) do s = s .. k t.b = nil end return s") ==
        "ac");
  CHECK(run("return next({})") == "nil");
  CHECK(run("return next({ b = 1, a = 1 })") == "a");
  CHECK(run("return next({ a = 1 }, 'a')") ==
        "error: x.lua:1: next takes no key here; use pairs, which walks keys in sorted order");
}

TEST_CASE("addresses are hidden") {
  CHECK(run("return tostring({}) .. tostring(print) .. string.format('%s', {})") == "tablefunctiontable");
  CHECK(run("return string.format('%p', {})") ==
        "error: x.lua:1: string.format: %p would show an address, which differs from run to run");
  CHECK(run("return string.format('%5.1f|%s|%q|%%|%d', 2.25, true, 'a', 3)") == "  2.2|true|\"a\"|%|3");
  CHECK(run("return tostring(setmetatable({}, { __tostring = function() return 'me' end }))") == "me");
  CHECK(run("error(setmetatable({}, {}))") == "error: x.lua:1: error() was called with table, not a message");
}

TEST_CASE("patterns match as Lua's own do") {
  CHECK(run("return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')") == "key");
  CHECK(run("return select(2, ('key = value'):match('^(%w+)%s*=%s*(%w+)$'))") == "value");
  CHECK(run("return (('hello world'):gsub('o', '0'))") == "hell0 w0rld");
  CHECK(run("return (('abc'):gsub('%w', '%0%0'))") == "aabbcc");
  CHECK(run("return (('abc'):gsub('', '-'))") == "-a-b-c-");
  CHECK(run("return (('hello'):gsub('l', { l = 'L' }))") == "heLLo");
  CHECK(run("return (('hello world'):gsub('%w+', function(w) return w:upper() end, 1))") == "HELLO world");
  CHECK(run("return ('THE (quick) fox'):find('%((%a+)%)')") == "5");
  CHECK(run("return ('f(a(b)c)d'):match('%b()')") == "(a(b)c)");
  CHECK(run("return ('THE (quick) fox'):gsub('%f[%a]%a+', 'x')") == "x (x) x");
  CHECK(run("return ('[[x]]'):match('[]]+')") == "]]");
  CHECK(run("return ('x-y'):match('[a-c%-]')") == "-");
  CHECK(run("return ('abcabc'):match('(abc)%1')") == "abc");
  CHECK(run("return ('hello'):match('()ll()')") == "3");
  CHECK(run("local s = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do s = s .. k .. v end return s") == "a1b2");
  CHECK(run("local n = 0 for w in ('one two  three'):gmatch('%a*') do n = n + 1 end return n") == "4");
  CHECK(run("return ('a.b'):find('.', 1, true)") == "2");
  CHECK(run("return ('aXb'):find('%u')") == "2");
  CHECK(run("return ('x'):find('', 3)") == "nil");
  CHECK(run("return ('abc'):find('b', -1)") == "nil");
  CHECK(run("return ('x'):match('[a')") == "error: x.lua:1: malformed pattern \"[a\": a ] is missing");
  CHECK(run("return ('x'):match('x%')") == "error: x.lua:1: malformed pattern \"x%\": it ends with %");
  CHECK(run("return ('x'):match('(x')") == "error: x.lua:1: malformed pattern \"(x\": a ) is missing");
}

TEST_CASE("table.sort is stable and survives any comparison") {
  CHECK(run("local t = { 'bb', 'a', 'cc', 'd' } table.sort(t, function(x, y) return #x < #y end) return "
            "table.concat(t, ' ')") == "a d bb cc");
  CHECK(run("local t = {} for i = 1, 500 do t[i] = i * 7919 % 503 end table.sort(t) for i = 2, 500 do assert(t[i - 1] "
            "< t[i]) end return 'sorted'") == "sorted");
  CHECK(run("local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return true end) return #t") ==
        "100");
  CHECK(run("table.sort { 1, 'x' }") == "error: x.lua:1: attempt to compare string with number");
}

TEST_CASE("math.random is a keyed stream within its bounds") {
  CHECK(run("return math.random(1, 6) .. ' ' .. math.random(10) .. ' ' .. math.random()") ==
        run("return math.random(1, 6) .. ' ' .. math.random(10) .. ' ' .. math.random()"));
  CHECK(run("for i = 1, 1000 do local x = math.random(3, 5) assert(x >= 3 and x <= 5) end return "
            "math.random(math.mininteger, math.maxinteger) and 'ok'") == "ok");
  CHECK(run("math.random(2, 1)") == "error: x.lua:1: math.random: nothing lies between 2 and 1");
}
