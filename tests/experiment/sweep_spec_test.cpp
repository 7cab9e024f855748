// The cells of a sweep, and what is wrong with one.
#include "core/experiment/sweep_spec.hpp"

#include <doctest/doctest.h>

using namespace crescent;

namespace {

Value list(std::vector<Value> items) {
  Table table;
  table.list = std::move(items);
  return Value(std::move(table));
}
Value fields(std::vector<std::pair<std::string, Value>> items) {
  Table table;
  table.fields = std::move(items);
  return Value(std::move(table));
}

Table params() {
  return *fields({{"lambda", Value(0.5)},
                  {"lr", Value(1e-3)},
                  {"seed", Value(int64_t{4})},
                  {"warm", Value(int64_t{20})},
                  {"kind", Value("a")}})
              .get<Table>();
}

SweepSpec read(std::vector<std::pair<std::string, Value>> given, std::string* wrong = nullptr) {
  given.emplace_back("build", Value(FunctionRef{1, "x.lua:3"}));
  SweepSpec spec;
  Problems problems;
  read_sweep(*fields(given).get<Table>(), {"x.lua", 9}, params(), "usual", spec, problems);
  try {
    problems.throw_if_any();
  } catch (const Error& error) {
    if (wrong == nullptr) FAIL(error.what());
    *wrong = error.what();
  }
  return spec;
}

std::string mistake(std::vector<std::pair<std::string, Value>> given) {
  std::string wrong = "no mistake";
  read(std::move(given), &wrong);
  return wrong;
}

}  // namespace

TEST_CASE("a grid is every combination for every seed, each with a folder's name of its own") {
  const SweepSpec spec = read({{"grid", fields({{"lambda", list({Value(0.0), Value(0.5)})},
                                                {"warm", list({Value(int64_t{20}), Value(int64_t{40})})}})},
                               {"seeds", Value(int64_t{2})},
                               {"baseline", fields({{"lambda", Value(0.0)}})}});
  CHECK(spec.name == "usual");
  CHECK(spec.seeds == std::vector<int64_t>{1, 2});
  REQUIRE(spec.cells.size() == 8);
  CHECK(spec.cells[0].key == "lambda=0,warm=20,seed=1");
  CHECK(spec.cells[3].key == "lambda=0.5,warm=40,seed=1");
  CHECK(spec.cells[4].seed == 2);
  CHECK(*params_of(spec.cells[7], params()).find("warm")->get<int64_t>() == 40);
  CHECK(*params_of(spec.cells[7], params()).find("seed")->get<int64_t>() == 2);
  CHECK(params_of(spec.cells[7], params()).find("lr") != nullptr);
}

TEST_CASE("a list has its own cells, and parameters that one of them leaves out keep their defaults") {
  const SweepSpec spec =
      read({{"list", list({fields({{"lambda", Value(0.0)}}), fields({{"warm", Value(int64_t{40})}})})},
            {"seeds", list({Value(int64_t{7}), Value(int64_t{3})})}});
  REQUIRE(spec.cells.size() == 4);
  CHECK(spec.cells[0].key == "lambda=0,warm=20,seed=7");
  CHECK(spec.cells[1].key == "lambda=0.5,warm=40,seed=7");
}

TEST_CASE("random search draws as many different cells as it is asked for, the same each time") {
  const auto random = [](int64_t seed) {
    return read(
        {{"random",
          fields({{"cells", Value(int64_t{30})},
                  {"seed", Value(seed)},
                  {"over", fields({{"lr", fields({{"from", Value(1e-5)}, {"to", Value(1e-2)}, {"log", Value(true)}})},
                                   {"warm", fields({{"from", Value(int64_t{1})}, {"to", Value(int64_t{3})}})}})}})}});
  };
  const SweepSpec one = random(1), again = random(1), other = random(2);
  REQUIRE(one.cells.size() == 30);
  size_t low = 0;
  for (size_t i = 0; i < 30; ++i) {
    CHECK(one.cells[i].key == again.cells[i].key);
    const double lr = *one.cells[i].params.find("lr")->get<double>();
    CHECK(lr >= 1e-5);
    CHECK(lr <= 1e-2);
    low += lr < 3.2e-4;  // half of the orders of magnitude
    const int64_t warm = *one.cells[i].params.find("warm")->get<int64_t>();
    CHECK(warm >= 1);
    CHECK(warm <= 3);
  }
  CHECK(low > 7);
  CHECK(low < 23);
  CHECK(one.cells[0].key != other.cells[0].key);
  CHECK(one.cells[0].seed == 4);  // no seeds given: the parameter's
}

TEST_CASE("each mistake of a sweep has its own words") {
  const auto grid = [](Value value) { return fields({{"lambda", std::move(value)}}); };
  CHECK(mistake({}) == "x.lua:9: crescent.sweep takes one of grid, list and random, and none is given");
  CHECK(mistake({{"gird", fields({})}}).find("did you mean \"grid\"?") != std::string::npos);
  CHECK(mistake({{"grid", fields({})}}).find("grid is empty; give it at least one factor") != std::string::npos);
  CHECK(mistake({{"grid", grid(list({}))}}).find("\"lambda\" must be a list of values, { 0, 0.5, 1 }") !=
        std::string::npos);
  CHECK(mistake({{"grid", grid(list({Value(0.5), Value(0.5)}))}}).find("\"lambda\" has the value 0.5 twice") !=
        std::string::npos);
  CHECK(mistake({{"grid", grid(list({Value("x")}))}})
            .find("the parameter \"lambda\" must be a number, like its default 0.5, found \"x\"") != std::string::npos);
  CHECK(mistake({{"grid", fields({{"lamda", list({Value(0.5)})}})}})
            .find("declares no \"lamda\"; did you mean \"lambda\"?") != std::string::npos);
  CHECK(mistake({{"grid", fields({{"seed", list({Value(int64_t{1})})}})}})
            .find("seeds are no factor; give them as seeds = 5, or a list") != std::string::npos);
  CHECK(mistake({{"grid", grid(list({Value(0.5)}))}, {"list", list({fields({})})}}).find("and several are given") !=
        std::string::npos);
  CHECK(mistake({{"grid", grid(list({Value(0.5)}))}, {"seeds", Value(int64_t{0})}})
            .find("seeds must be how many, from 1 to 100000") != std::string::npos);
  CHECK(mistake({{"grid", grid(list({Value(0.5)}))}, {"baseline", fields({{"warm", Value(int64_t{20})}})}})
            .find("baseline names \"warm\", which does not vary in this sweep") != std::string::npos);
  CHECK(mistake({{"grid", grid(list({Value(0.5), Value(1.0)}))}, {"baseline", fields({{"lambda", Value(0.0)}})}})
            .find("baseline has lambda = 0, which is none of its values 0.5, 1") != std::string::npos);
  CHECK(mistake({{"random", fields({{"cells", Value(int64_t{5})},
                                    {"over", fields({{"warm", list({Value(int64_t{1}), Value(int64_t{2})})}})}})}})
            .find("random asks for 5 cells, but over has 2 different ones") != std::string::npos);
}
