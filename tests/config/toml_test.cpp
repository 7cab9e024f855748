#include "core/config/toml.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace crescent;

namespace {
Table round_trip(const Table& table) { return *read_toml(write_toml(table), "config.toml").get<Table>(); }
}  // namespace

TEST_CASE("every kind of value comes back from TOML as it was") {
  Table table;
  table.set("yes", Value(true));
  table.set("big", Value(std::numeric_limits<int64_t>::min()));
  table.set("tenth", Value(0.1));
  table.set("whole", Value(3.0));
  table.set("huge", Value(1e300));
  table.set("infinite", Value(-std::numeric_limits<double>::infinity()));
  table.set("text", Value(std::string("a \"quote\", a \\ , a\ttab,\na line, \x01 and an é")));
  table.set("odd key.", Value(std::string("")));
  table.set("f", Value(FunctionRef{7, "experiment.lua:14"}));
  Table list;
  list.list = {Value(int64_t{1}), Value(0.5), Value(std::string("x"))};
  table.set("list", Value(list));
  table.set("empty", Value(Table{}));
  const Table back = round_trip(table);
  REQUIRE(back.fields.size() == table.fields.size());
  for (size_t i = 0; i < table.fields.size(); ++i) {
    CHECK(back.fields[i].first == table.fields[i].first);
    CHECK(back.fields[i].second.data.index() == table.fields[i].second.data.index());
    CHECK(back.fields[i].second.show() == table.fields[i].second.show());
  }
}

TEST_CASE("a double is written with the digits that read back exactly") {
  Table table;
  const double values[] = {1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789012345680.0};
  for (size_t i = 0; i < std::size(values); ++i) table.set(fmt::format("v{}", i), Value(values[i]));
  const Table back = round_trip(table);
  for (size_t i = 0; i < std::size(values); ++i) {
    CHECK(*back.fields[i].second.get<double>() == values[i]);
    CHECK(std::signbit(*back.fields[i].second.get<double>()) == std::signbit(values[i]));
  }
}

TEST_CASE("sections, lists of sections and tables within them keep their order") {
  Table replay;
  replay.set("text", Value(0.2));
  replay.set("image", Value(0.1));  // not in the order of the alphabet
  Table phase;
  phase.set("name", Value(std::string("caption")));
  phase.set("replay", Value(replay));
  Table phases;
  phases.list = {Value(phase), Value(phase)};
  Table grpo;
  grpo.set("z", Value(int64_t{1}));
  grpo.set("adamw", Value(replay));
  Table table;
  table.set("phases", Value(phases));
  table.set("grpo", Value(grpo));
  table.set("name", Value(std::string("run")));
  const std::string text = write_toml(table);
  CHECK(text ==
        "name = \"run\"\n\n[[phases]]\nname = \"caption\"\nreplay = { text = 0.2, image = 0.1 }\n\n[[phases]]\nname = "
        "\"caption\"\n"
        "replay = { text = 0.2, image = 0.1 }\n\n[grpo]\nz = 1\nadamw = { text = 0.2, image = 0.1 }\n");
  const Table back = *read_toml(text, "c").get<Table>();
  CHECK(back.find("phases")->show() == table.find("phases")->show());
  CHECK(back.find("grpo")->show() == table.find("grpo")->show());
  CHECK(write_toml(back) == text);
}

TEST_CASE("each key knows its file and line") {
  const Value value = read_toml("a = 1\n\n[b]\nc = \"x\"\n", "dir/config.toml");
  CHECK(value.get<Table>()->find("a")->place.str() == "dir/config.toml:1");
  CHECK(value.get<Table>()->find("b")->get<Table>()->find("c")->place.str() == "dir/config.toml:4");
}

TEST_CASE("TOML that cannot be read is a usage error with file and line") {
  const auto text_of = [](const char* toml) {
    try {
      read_toml(toml, "c.toml");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(text_of("a = 1\nb = \n").rfind("c.toml:2: ", 0) == 0);
  CHECK(text_of("a = 1\na = 2\n").rfind("c.toml:2: ", 0) == 0);
  CHECK(text_of("a = 1\nb = 1979-05-27\n") == "c.toml:2: dates and times are not options of anything here");
}

TEST_CASE("what TOML has no word for is refused when writing") {
  Table mixed;
  mixed.list.emplace_back(1.0);
  mixed.set("a", Value(1.0));
  Table table;
  table.set("x", Value(mixed));
  CHECK_THROWS_WITH_AS(write_toml(table), "a table with both positions and names cannot be written as TOML", Error);
  Table nothing;
  nothing.set("x", Value());
  CHECK_THROWS_WITH_AS(write_toml(nothing), "nothing (nil) cannot be written as TOML", Error);
}
