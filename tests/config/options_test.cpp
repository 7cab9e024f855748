#include "core/config/options.hpp"

#include <doctest/doctest.h>

using namespace crescent;

namespace {

struct Options {
  bool on = false;
  int64_t group = 8;
  double rate = 0.5;
  std::string loss = "token";
  std::vector<double> betas = {0.9, 0.99};
  double weight = 0;
  double inner_rate = 1;
  std::string anything = "unset";

  OptionTable table() {
    OptionTable inner("never seen: nest() names it after its owner");
    inner.add("rate", inner_rate, {.min = 0, .help = "rate of the inner table"});
    OptionTable t("grpo");
    t.add("on", on, {.help = "a switch"});
    t.add("group", group, {.min = 2, .max = 1024, .help = "responses per prompt"});
    t.add("rate", rate, {.min = 0, .help = "a rate"});
    t.add("loss", loss, {.choices = {"token", "sequence", "dr_grpo"}, .help = "aggregation"});
    t.add("betas", betas, {.min = 0, .max = 1, .count = 2, .help = "two shares"});
    t.add("weight", weight, {.max = 9, .required = true, .help = "must be given"});
    t.nest("adamw", std::move(inner), "optimizer");
    t.custom(
        "anything", "a value of any type", [this](const Value& v, Problems&) { anything = v.show(); },
        [this] { return Value(anything); });
    return t;
  }
};

template <class T>
Table one(const std::string& name, T value, int line = 4) {
  Table table;
  table.set("weight", Value(1.0));
  table.set(name, Value(std::move(value), {"e.lua", line}));
  return table;
}

Table list_of(std::initializer_list<double> numbers) {
  Table table;
  for (const double d : numbers) table.list.emplace_back(d);
  return table;
}

// What reading the table complains of; "" for nothing.
std::string complaint(const Table& given) {
  Options options;
  Problems problems;
  options.table().read(given, {"e.lua", 2}, problems);
  try {
    problems.throw_if_any();
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("options are assigned by name; what is not given keeps its default") {
  Options options;
  Problems problems;
  Table given = one("group", int64_t{16});
  given.set("on", Value(true));
  given.set("rate", Value(int64_t{2}));  // an integer is a fine number
  given.set("betas", Value(list_of({0.5, 1})));
  given.set("adamw", Value(one("rate", 3.0)));
  given.set("anything", Value(Table{}));
  options.table().read(given, {}, problems);
  CHECK(problems.size() == 1);  // the inner table has no option "weight"
  CHECK((options.on && options.group == 16 && options.rate == 2 && options.weight == 1 && options.inner_rate == 3));
  CHECK(options.betas == std::vector<double>{0.5, 1});
  CHECK(options.loss == "token");
  CHECK(options.anything == "{}");
}

TEST_CASE("an unknown option is met with the nearest name or with all of them") {
  CHECK(complaint(one("gruop", 1.0)) == "e.lua:4: grpo has no option \"gruop\"; did you mean \"group\"?");
  CHECK(complaint(one("temperature", 1.0)) ==
        "e.lua:4: grpo has no option \"temperature\"; known: on, group, rate, loss, betas, weight, adamw, anything");
  Table inner;
  inner.set("rat", Value(1.0, {"e.lua", 5}));
  CHECK(complaint(one("adamw", inner)) == "e.lua:5: grpo.adamw has no option \"rat\"; did you mean \"rate\"?");
}

TEST_CASE("a value of the wrong type is named with what was expected") {
  CHECK(complaint(one("on", 1.0)) == "e.lua:4: grpo: option \"on\" must be true or false, found a number 1");
  CHECK(complaint(one("group", 2.5)) == "e.lua:4: grpo: option \"group\" must be an integer, found a number 2.5");
  CHECK(complaint(one("group", 1e300)) == "e.lua:4: grpo: option \"group\" must be an integer, found a number 1e+300");
  CHECK(complaint(one("rate", std::string("x"))) ==
        "e.lua:4: grpo: option \"rate\" must be a number, found a string \"x\"");
  CHECK(complaint(one("loss", true)) == "e.lua:4: grpo: option \"loss\" must be a string, found a boolean true");
  CHECK(complaint(one("loss", FunctionRef{1, "e.lua:4"})) ==
        "e.lua:4: grpo: option \"loss\" must be a string, found a function function at e.lua:4");
  CHECK(complaint(one("betas", 0.5)) ==
        "e.lua:4: grpo: option \"betas\" must be a list of numbers, found a number 0.5");
  CHECK(complaint(one("adamw", 0.5)) == "e.lua:4: grpo: option \"adamw\" must be a table, found a number 0.5");
}

TEST_CASE("a value out of range is named with the range") {
  CHECK(complaint(one("group", int64_t{1})) == "e.lua:4: grpo: option \"group\" is 1, but must be from 2 to 1024");
  CHECK(complaint(one("group", int64_t{1025})) ==
        "e.lua:4: grpo: option \"group\" is 1025, but must be from 2 to 1024");
  CHECK(complaint(one("rate", -0.5)) == "e.lua:4: grpo: option \"rate\" is -0.5, but must be at least 0");
  CHECK(complaint(one("rate", std::nan(""))) == "e.lua:4: grpo: option \"rate\" is nan, but must be finite");
  CHECK(complaint(one("weight", 10.0)) == "e.lua:4: grpo: option \"weight\" is 10, but must be at most 9");
  CHECK(complaint(one("betas", list_of({0.5, 2}))) ==
        "e.lua:4: grpo: option \"betas\" is { 0.5, 2 }, but must be from 0 to 1");
  CHECK(complaint(one("betas", list_of({0.5}))) == "e.lua:4: grpo: option \"betas\" must have 2 numbers, found 1");
  CHECK(complaint(one("group", int64_t{2})) == "");
  CHECK(complaint(one("group", int64_t{1024})) == "");
}

TEST_CASE("a choice is met with the choices and the nearest") {
  CHECK(complaint(one("loss", std::string("sequense"))) ==
        "e.lua:4: grpo: option \"loss\" is \"sequense\", but must be one of token, sequence, dr_grpo; did you mean "
        "\"sequence\"?");
  CHECK(complaint(one("loss", std::string("mean"))) ==
        "e.lua:4: grpo: option \"loss\" is \"mean\", but must be one of token, sequence, dr_grpo");
}

TEST_CASE("what is missing, and what has no name, is said at the table's place") {
  CHECK(complaint(Table{}) == "e.lua:2: grpo: option \"weight\" is missing");
  Table table = one("group", int64_t{4});
  table.list.emplace_back(0.5);
  CHECK(complaint(table) == "e.lua:2: grpo: the entry 0.5 has no name; options are written name = value");
  Options options;
  Problems problems;
  options.table().read(table, {}, problems, 1);  // the caller took the first entry itself
  CHECK(problems.empty());
}

TEST_CASE("a mistake leaves its variable as it was") {
  Options options;
  Problems problems;
  options.table().read(one("group", int64_t{1}), {}, problems);
  options.table().read(one("betas", list_of({0.1})), {}, problems);
  CHECK(problems.size() == 2);
  CHECK(options.group == 8);
  CHECK(options.betas.size() == 2);
}

TEST_CASE("what a table writes reads back as the same options") {
  Options a;
  a.group = 3, a.rate = 0.1, a.loss = "dr_grpo", a.weight = 2, a.inner_rate = 7, a.on = true;
  Options b;
  Problems problems;
  b.table().read(a.table().write(), {}, problems);
  CHECK(problems.empty());
  CHECK((b.group == 3 && b.rate == 0.1 && b.loss == "dr_grpo" && b.weight == 2 && b.inner_rate == 7 && b.on));
}

TEST_CASE("the help has a line for each option with default, range and choices") {
  Options options;
  const std::string help = options.table().help();
  CHECK(help.find("  group                  responses per prompt (from 2 to 1024) [default 8]\n") != help.npos);
  CHECK(help.find("  loss                   aggregation (token | sequence | dr_grpo) [default \"token\"]\n") !=
        help.npos);
  CHECK(help.find("  weight                 must be given (at most 9) [required]\n") != help.npos);
  CHECK(help.find("  adamw = {              optimizer\n    rate                   rate of the inner table (at least 0) "
                  "[default 1]\n") != help.npos);
  CHECK(help.find("  anything               a value of any type\n") != help.npos);
}
