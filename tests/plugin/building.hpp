// Test plugins are built by the tests themselves, as a user would: a compiler, one file, a folder with the header.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace crescent::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "crescent-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(const std::string& name) const { return (std::filesystem::path(path_) / name).string(); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string source(const std::string& relative) { return std::string(CRESCENT_SOURCE_DIR) + "/" + relative; }
inline std::string bundled(const std::string& name) {
  return std::string(CRESCENT_BINARY_DIR) + "/plugins/" + name + ".so";
}
inline std::string bundled_folder() { return std::string(CRESCENT_BINARY_DIR) + "/plugins"; }

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Runs a command; its output on failure is part of the test's message.
inline void shell(const std::string& command) {
  TempFolder folder;
  const int status = std::system((command + " >" + folder / "out" + " 2>&1").c_str());
  INFO(command << "\n" << read_bytes(folder / "out"));
  REQUIRE(status == 0);
}

// Compiles tests/<file> into `out`; C for .c, else C++17, with no include folder but core/abi.
inline void build_plugin(const std::string& file, const std::string& out, const std::string& flags = "") {
  const bool c = file.ends_with(".c");
  shell(std::string(c ? "cc -std=c11" : "c++ -std=c++17 -fno-gnu-unique") + " -Wall -Wextra -O0 -shared -fPIC " +
        flags + " -I " + source("core/abi") + " " + source("tests/" + file) + " -o " + out);
}

}  // namespace crescent::testing
