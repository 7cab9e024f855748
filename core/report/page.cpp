#include "core/report/page.hpp"

#include <algorithm>
#include <vector>

#include "core/base/error.hpp"
#include "core/report/pack.hpp"

namespace crescent {

namespace {

struct PageParts {
  std::string_view skeleton;
  std::vector<std::string_view> styles, scripts;  // in their order
};

const PageParts& parts_of(PageKind kind) {
  static const PageParts runs{
      "report.html",
      {"dygraph.min.css", "report.css", "charts.css"},
      {"dygraph.min.js", "dom.js", "unpack.js", "data.js", "header.js", "charts.js", "curves.js", "sampler.js",
       "rollouts.js", "prompts.js", "settings.js", "frame.js", "main.js"}};
  static const PageParts sweep{
      "sweep.html",
      {"dygraph.min.css", "report.css", "charts.css", "sweep.css"},
      {"dygraph.min.js", "dom.js", "unpack.js", "sweep_data.js", "charts.js", "sweep_result.js", "sweep_curves.js",
       "sweep_effects.js", "sweep_cost.js", "frame.js", "sweep_main.js"}};
  return kind == PageKind::runs ? runs : sweep;
}

std::string_view text_of(std::string_view name) {
  const auto files = page_files();
  const auto found = std::find_if(files.begin(), files.end(), [&](const PageFile& file) { return file.name == name; });
  if (found == files.end()) fail("the program was built without the page's file {}", name);
  return found->text;
}

std::string elements(const char* tag, const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += fmt::format("<{0}>\n{1}</{0}>\n", tag, text_of(name));
  return text;
}

void put(std::string& page, std::string_view mark, const std::string& text) {
  const size_t at = page.find(mark);
  if (at == page.npos) fail("the page's skeleton has no {}", mark);
  page.replace(at, mark.size(), text);
}

}  // namespace

std::string data_element(const std::string& id, const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("<script type=\"application/octet-stream\" id=\"{}\">{}</script>\n", id, base64(deflate(text)));
}

std::string make_page(PageKind kind, const std::string& data) {
  const PageParts& parts = parts_of(kind);
  std::string page(text_of(parts.skeleton));
  put(page, "<!-- data -->", data);
  put(page, "<!-- scripts -->", elements("script", parts.scripts));
  put(page, "<!-- styles -->", elements("style", parts.styles));
  return page;
}

}  // namespace crescent
