#include "core/config/value.hpp"

#include <doctest/doctest.h>

using namespace crescent;

TEST_CASE("a value shows itself as a person would write it, and says its kind") {
  Table table;
  table.list.emplace_back(int64_t{1});
  table.set("a", Value(0.5));
  CHECK(Value(table).show() == "{ 1, a = 0.5 }");
  CHECK(Value(std::string("x")).show() == "\"x\"");
  CHECK(Value(true).show() == "true");
  CHECK(Value().show() == "nil");
  CHECK(Value(FunctionRef{1, "e.lua:3"}).show() == "function at e.lua:3");
  const char* kinds[] = {"nothing", "a boolean", "an integer", "a number", "a string", "a function", "a table"};
  const Value values[] = {
      Value(), Value(true), Value(int64_t{1}), Value(1.0), Value(std::string()), Value(FunctionRef{}), Value(Table{})};
  for (size_t i = 0; i < std::size(values); ++i) CHECK(values[i].kind() == kinds[i]);
}

TEST_CASE("a name that is set twice keeps its place and its last value") {
  Table table;
  table.set("a", Value(1.0));
  table.set("b", Value(2.0));
  table.set("a", Value(3.0));
  CHECK(table.fields.size() == 2);
  CHECK(table.fields[0].first == "a");
  CHECK(*table.find("a")->get<double>() == 3);
  CHECK(table.find("c") == nullptr);
}
