// The pages' own files (page/*), which the build puts into the program, and the pages made of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace crescent {

struct PageFile {
  std::string_view name, text;
};

std::span<const PageFile> page_files();  // page/* and dygraphs' own

// A script element whose text is deflated JSON in base64 and so never ends it early. Bytes that are not UTF-8 become
// U+FFFD.
std::string data_element(const std::string& id, const Json& json);

enum class PageKind { runs, sweep };
// One HTML file: the page's skeleton with its styles, scripts and `data`, the data elements.
std::string make_page(PageKind kind, const std::string& data);

}  // namespace crescent
