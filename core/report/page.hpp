// The page's own files (page/*), which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace crescent {

struct PageFile {
  std::string_view name, text;
};

// report.html; then every .css and .js in the order they stand in the page, dygraphs' own first.
std::span<const PageFile> page_files();

}  // namespace crescent
