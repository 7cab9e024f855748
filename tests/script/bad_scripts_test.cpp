// Every script of tests/bad_scripts fails to load with exactly the text in its leading "--!" lines.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/base/files.hpp"
#include "core/experiment/run_check.hpp"
#include "core/script/experiment.hpp"

using namespace crescent;

TEST_CASE("each bad script is refused with the words it states") {
  const std::string folder = CRESCENT_SOURCE_DIR "/tests/bad_scripts/";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (entry.path().extension() != ".lua") continue;
    ++count;
    CAPTURE(path);
    std::string expected, line;
    std::istringstream lines(read_file(path));
    while (std::getline(lines, line) && line.starts_with("--! "))
      expected += (expected.empty() ? "" : "\n") + line.substr(4);
    LoadOptions options;
    options.limits.load_instructions = 5'000'000;
    options.limits.memory_bytes = size_t{32} << 20;
    options.check = check_schedule;  // as when the plugins were asked
    std::string found = "it loaded";
    try {
      load_experiment(path, {}, options);
    } catch (const Error& error) {
      found = error.what();
    }
    for (size_t at; (at = found.find(folder)) != found.npos;) found.erase(at, folder.size());
    CHECK(found == expected);
  }
  CHECK(count >= 40);
}
