#include <doctest/doctest.h>

#include "tests/plugin/building.hpp"

using namespace crescent::testing;

namespace {

void compiles(const std::string& compiler, const std::string& include, const std::string& extension) {
  const TempFolder folder;
  std::ofstream(folder / ("main" + extension)) << "#include \"" << include << "\"\nint main(void) { return 0; }\n";
  shell(compiler + " -Wall -Wextra -pedantic -Werror -fsyntax-only -I " + source("core/abi") + " " +
        folder / ("main" + extension));
}

}  // namespace

TEST_CASE("the C interface compiles without a warning as C11, C++17 and C++20") {
  compiles("cc -std=c11", "crescent_plugin.h", ".c");
  compiles("c++ -std=c++17", "crescent_plugin.h", ".cpp");
  compiles("c++ -std=c++20", "crescent_plugin.h", ".cpp");
}

TEST_CASE("the C++ layer compiles without a warning as C++17 and C++20") {
  compiles("c++ -std=c++17", "crescent_plugin.hpp", ".cpp");
  compiles("c++ -std=c++20", "crescent_plugin.hpp", ".cpp");
}

TEST_CASE("the C++ layer puts no state into a plugin that another version of it could share") {
  const TempFolder folder;
  build_plugin("bad_plugins/throwing.cpp", folder / "a.so");
  // 'u': GNU_UNIQUE symbols, one for the whole process even under RTLD_LOCAL; 'B', 'D': exported variables.
  shell("test \"$(nm -DC --defined-only " + folder / "a.so" + " | grep ' [uBD] ' | cut -d' ' -f3-)\" = crescent_entry");
}
