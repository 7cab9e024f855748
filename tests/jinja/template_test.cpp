#include "core/jinja/template.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"

using namespace crescent;
using jinja::Template;
using jinja::Value;

static const std::string kGolden = CRESCENT_SOURCE_DIR "/tests/golden/";

static Value value_of(const Json& json) {
  if (json.is_null()) return Value::none();
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_number_integer()) return Value::integer(json.get<int64_t>());
  if (json.is_string()) return Value::text(json.get<std::string>());
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& item : json) items.push_back(value_of(item));
    return Value::list(std::move(items));
  }
  jinja::Dict items;
  for (const auto& [key, item] : json.items()) items.emplace_back(key, value_of(item));
  return Value::dict(std::move(items));
}

static jinja::Dict variables_of(const Json& json) { return *value_of(json).as_dict(); }

static std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

static std::string rendered(const std::string& source, const jinja::Dict& variables = {},
                            const jinja::Limits& limits = {}) {
  return Template(source, "t").render(variables, limits);
}

// The error of reading or rendering.
static std::string error_in(const std::string& source, const jinja::Dict& variables = {},
                            const jinja::Limits& limits = {}) {
  return error_of([&] { rendered(source, variables, limits); });
}

TEST_CASE("each construct renders as Jinja renders it, or is an error where Jinja raises") {
  const Json golden = read_json_file(kGolden + "chat_templates.json");
  const jinja::Dict variables = variables_of(golden["values"]);
  size_t raised = 0;
  for (const Json& c : golden["constructs"]) {
    const auto source = c["source"].get<std::string>();
    CAPTURE(source);
    if (c["text"].is_null()) {
      ++raised;
      CHECK(error_in(source, variables).starts_with("t:1: "));
    } else {
      std::string text;
      CHECK(error_of([&] { text = rendered(source, variables); }) == "no error");
      CHECK(text == c["text"].get<std::string>());
    }
  }
  CHECK(raised >= 40);
  CHECK(golden["constructs"].size() - raised >= 40);
}

TEST_CASE("conversations render with the templates of Qwen2, Qwen2.5, Qwen2.5-VL and SmolLM2 as transformers does") {
  const Json golden = read_json_file(kGolden + "chat_templates.json");
  size_t texts = 0;
  for (const Json& c : golden["conversations"]) {
    for (const auto& [name, expected] : c["texts"].items()) {
      const std::string path = kGolden + "chat_templates/" + name + ".jinja";
      const Template chat(read_file(path), path);
      CAPTURE(name);
      CAPTURE(c["messages"].dump());
      for (const bool prompt : {true, false}) {
        ++texts;
        CHECK(chat.render({{"messages", value_of(c["messages"])},
                           {"tools", value_of(c["tools"])},
                           {"add_generation_prompt", Value::boolean(prompt)}}) ==
              expected[prompt ? 0 : 1].get<std::string>());
      }
    }
  }
  CHECK(texts == 56);
}

TEST_CASE("what is not implemented is named with its line") {
  const auto error = [](const std::string& construct) { return error_in("one\ntwo " + construct); };
  CHECK(error("{% macro f() %}{% endmacro %}") == "t:2: the tag \"macro\" is not implemented; if, for and set are");
  CHECK(error("{% raw %}{% endraw %}") == "t:2: the tag \"raw\" is not implemented; if, for and set are");
  CHECK(error("{{ x.strip() }}") == "t:2: the call of .strip() is not implemented");
  CHECK(error("{{ strftime_now('%Y') }}") ==
        "t:2: the function strftime_now() is not implemented; namespace() and raise_exception() are");
  CHECK(error("{{ x | map('y') }}") ==
        "t:2: the filter \"map\" is not implemented; trim, tojson, length, count, default, d, upper, lower, string, "
        "first, last are");
  CHECK(error("{{ x | tojson(indent=4) }}") == "t:2: tojson with keyword arguments is not implemented");
  CHECK(error("{{ x | trim('a') }}") == "t:2: the filter trim is implemented with up to 0 arguments");
  CHECK(error("{{ x is divisibleby 3 }}") ==
        "t:2: the test \"divisibleby\" is not implemented; defined, undefined, none, string, mapping, sequence, "
        "iterable, boolean, true, false, integer, number are");
  CHECK(error("{% for a, b in x %}{% endfor %}") == "t:2: a for with two variables is not implemented");
  CHECK(error("{% for a in x if a %}{% endfor %}") == "t:2: a for with an if is not implemented");
  CHECK(error("{% for a in x %}{% else %}{% endfor %}") == "t:2: the else of a for is not implemented");
  CHECK(error("{% for a in 'xy' %}{% endfor %}") ==
        "t:2: a for over a value of type str is not implemented; over a list or a dict's keys it is");
  CHECK(error("{% for a in [1] %}{{ loop.cycle }}{% endfor %}") ==
        "t:2: loop.cycle is not implemented; loop.index, index0, revindex, revindex0, first, last and length are");
  CHECK(error("{% set x %}a{% endset %}") == "t:2: a set block (set without =) is not implemented");
  CHECK(error("{{ {'a': 1} }}") == "t:2: a dict in braces is not implemented");
  CHECK(error("{{ (1, 2) }}") == "t:2: a tuple is not implemented");
  CHECK(error("{{ 1 / 2 }}") == "t:2: the operator / is not implemented");
  CHECK(error("{{ 1.5 }}") == "t:2: the number that starts with 1 is not implemented; decimal integers are");
  CHECK(error("{{ '\\u00e9' }}") ==
        "t:2: the escape \\u in a string is not implemented; \\n \\r \\t \\\\ \\' \\\" are");
  CHECK(error("{{ 1 < 2 < 3 }}") == "t:2: a chain of comparisons is not implemented");
  CHECK(error("{{ [1] }}") == "t:2: printing a list is not implemented");
  CHECK(error("{{ '\u00e4' | upper }}") == "t:2: the filter upper is implemented for ASCII alone: \"\u00e4\"");
  CHECK(error_in("{{ d.items }}", {{"d", Value::dict({})}}) == "t:1: the method .items of a dict is not implemented");
}

TEST_CASE("a mistake in a template says what was expected, and the line where a tag was opened") {
  CHECK(error_in("a\n{% if x %}\nb") == "t:2: a tag is not closed: no {% endif %} follows");
  CHECK(error_in("a\n{{ x \n") == "t:2: a {{ is not closed");
  CHECK(error_in("a\n{# x \n") == "t:2: a {# comment is not closed");
  CHECK(error_in("{{ x y }}") == "t:1: expected }}, found \"y\"");
  CHECK(error_in("{% endif %}") == "t:1: unexpected {% endif %}: nothing that it could belong to is open");
  CHECK(error_in("\n{{ messages[0].role }}") == "t:2: 'messages' is undefined, so it has no items");
  CHECK(error_in("{{ 'a' + x }}") == "t:1: a str and 'x', which is undefined, cannot be added");
  CHECK(error_in("{{ raise_exception('no system ' ~ 'role') }}") ==
        "t:1: the chat template refuses this: no system role");
}

TEST_CASE("a template of a stranger cannot run, nest or write without end") {
  const jinja::Limits small{.steps = 1000, .bytes = 1000};
  const auto repeat = [](const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  const jinja::Dict list = {{"l", Value::list(std::vector<Value>(20, Value::integer(1)))}};
  CHECK(error_in("{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}", list, small) ==
        "t:1: rendering takes more than 1000 steps");
  CHECK(error_in("{% set n = namespace(x='aaaaaaaaaa') %}{% for i in l %}{% set n.x = n.x + n.x %}{% endfor %}", list,
                 small) == "t:1: rendering makes or reads more than 1000 bytes of text");
  CHECK(error_in("{% set n = namespace(x='aaaaaaaaaa') %}{% for i in l %}{% set n.x = n.x + n.x + n.x %}{{ n.x }}"
                 "{% endfor %}",
                 list) == "t:1: rendering makes or reads more than 67108864 bytes of text");
  CHECK(error_in("{% set n = namespace(x=[1]) %}{% for i in l %}{% for j in l %}{% set n.x = [n.x, n.x] %}{% endfor %}"
                 "{% endfor %}",
                 list) == "t:1: lists are nested more than 32 deep");
  CHECK(error_in("{% set n = namespace(x=[1]) %}{% for i in l %}{% set n.x = [n.x, n.x] %}{% endfor %}"
                 "{{ n.x == n.x }}{{ n.x | tojson }}",
                 list, small) == "t:1: rendering takes more than 1000 steps");
  CHECK(error_in("{% set n = namespace(x=1) %}{% set n.x = n %}") ==
        "t:1: a namespace inside of a list, a dict or a namespace is not implemented");
  CHECK(error_in("{{ " + repeat("(", 1000) + "1" + repeat(")", 1000) + " }}") == "t:1: nested more than 100 deep");
  CHECK(error_in("{{ " + repeat("not ", 1000) + "1 }}") == "t:1: nested more than 100 deep");
  CHECK(error_in("{{ 1" + repeat(" + 1", 1000) + " }}") == "t:1: an expression is nested more than 100 deep");
  CHECK(error_in("{{ x" + repeat(".x", 1000) + " }}") == "t:1: an expression is nested more than 100 deep");
  CHECK(error_in(repeat("{% if x %}", 1000)) == "t:1: nested more than 100 deep");
  CHECK(error_in(repeat("a", (1 << 20) + 1)) == "t: the chat template has 1048577 bytes; at most 1048576 are read");
  std::string variables;
  for (int i = 0; i < 1001; ++i) variables += fmt::format("{{% set v{} = 1 %}}", i);
  CHECK(error_in(variables) == "t:1: more than 1000 variables are set");
}

TEST_CASE("numbers past 64 bits are errors") {
  CHECK(rendered("{{ 9223372036854775807 }} {{ -9223372036854775807 - 1 }}") ==
        "9223372036854775807 -9223372036854775808");
  CHECK(error_in("{{ 9223372036854775808 }}") == "t:1: the number 9223372036854775808 is too large");
  CHECK(error_in("{{ 9223372036854775807 + 1 }}") == "t:1: 9223372036854775807 + 1 is too large");
  CHECK(error_in("{{ (-9223372036854775807 - 1) // -1 }}") == "t:1: a number is too large");
  CHECK(rendered("{{ (-9223372036854775807 - 1) % -1 }} {{ 9223372036854775807 // -9223372036854775807 }}") == "0 -1");
  CHECK(rendered("{{ [1, 2, 3][9223372036854775807:] | length }} {{ [1, 2, 3][::9223372036854775807] | tojson }}") ==
        "0 [1]");
}
