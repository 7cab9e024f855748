// std::filesystem calls whose failures a person can read.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.hpp"

namespace crescent {

// Returns act(); a filesystem_error that leaves it becomes an Error that names the path (`about` where the library
// gives none) and the reason.
template <class Act>
auto with_file_errors(const std::string& about, Act&& act) {
  try {
    return act();
  } catch (const std::filesystem::filesystem_error& e) {
    fail("{}: the file system refused: {}", e.path1().empty() ? about : e.path1().string(), e.code().message());
  }
}

}  // namespace crescent
