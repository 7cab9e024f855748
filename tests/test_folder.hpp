// A folder for one test, removed at its end. In memory where the system offers it: flushing to a disk takes
// milliseconds, and the tests of what survives a kill do it thousands of times.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace crescent {

struct TestFolder {
  std::string path;  // not created yet
  explicit TestFolder(const std::string& name) {
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    path = fmt::format("{}/crescent_{}_{}", memory ? "/dev/shm" : std::filesystem::temp_directory_path().string(), name,
                       ::getpid());
    std::filesystem::remove_all(path);
  }
  ~TestFolder() { std::filesystem::remove_all(path); }
  TestFolder(const TestFolder&) = delete;
};

}  // namespace crescent
