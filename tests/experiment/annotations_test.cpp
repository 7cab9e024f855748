// scripts/crescent.d.lua is what the program would write today.
#include "core/experiment/annotations.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "core/base/files.hpp"
#include "core/experiment/run_options.hpp"

using namespace crescent;

TEST_CASE("the annotations that editors read are up to date; crescent run --annotations writes them") {
  CHECK(read_file(CRESCENT_SOURCE_DIR "/scripts/crescent.d.lua") == lua_annotations());
}

TEST_CASE("annotations state type, range and default as the option tables declare them") {
  const std::string text = lua_annotations();
  for (const char* line :
       {"---@field group? integer responses per prompt (from 2 to 1024) [default 8]\n",
        "---@field steps integer optimizer steps of the cold start (from 1 to 1000000000) [required]\n",
        "---@field loss? \"token\"|\"sequence\"|\"dr_grpo\" how tokens are averaged (token | sequence | dr_grpo) "
        "[default \"token\"]\n",
        "---@field kl? crescent.Grpo.kl divergence from the model before GRPO\n", "---@class crescent.Grpo.kl\n",
        "---@field clip? number[] ratio stays in"}) {
    CAPTURE(std::string(line));
    CHECK(text.find(line) != text.npos);
  }
}

TEST_CASE("every option that the help tells of is annotated") {
  const std::string text = lua_annotations();
  std::istringstream lines(run_help());
  std::string line;
  int options = 0;
  while (std::getline(lines, line)) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin == 0 || begin == line.npos) continue;  // "run:grpo {" and "}"
    const std::string name = line.substr(begin, line.find(' ', begin) - begin);
    CAPTURE(name);
    CHECK((text.find("---@field " + name + "? ") != text.npos || text.find("---@field " + name + " ") != text.npos));
    ++options;
  }
  CHECK(options > 60);
}
