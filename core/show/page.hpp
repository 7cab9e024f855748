// Text laid out for a terminal: wrapped to its width, with nothing in it that could steer the terminal.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct Screen {
  size_t columns = 80;
  bool color = false;
};

// Lines of at most `columns`, broken at spaces where there are any; line breaks and indentation of the text stay.
// Characters of East Asian scripts and pictographs count two columns. Control characters, which a model may well
// sample, are shown as \x1b or \u202e. Malformed UTF-8 becomes U+FFFD. Always at least one line.
std::vector<std::string> wrap(std::string_view text, size_t columns);
std::string visible(std::string_view text);  // line breaks are kept

class Page {
 public:
  using Print = std::function<void(std::string_view text)>;
  Page(const Screen& screen, Print print) : screen_(screen), print_(std::move(print)) {}

  enum class Ink { plain, strong, faint, good, bad };
  std::string paint(std::string_view text, Ink ink) const;  // as it is without colour

  void line(std::string_view text = "") { print_(std::string(text) + "\n"); }  // as it is
  void block(std::string_view text, size_t indent, Ink ink = Ink::plain);      // wrapped, every line indented
  // A label and, beside it, the wrapped text.
  void field(std::string_view label, std::string_view text);
  void path(std::string_view label, std::string_view path);  // in one line, so that it can be copied

 private:
  std::string label_column(std::string_view label) const;
  Screen screen_;
  Print print_;
};

}  // namespace crescent
