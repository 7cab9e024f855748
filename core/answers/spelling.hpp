// One spelling for what answers write in several, before they are read.
#pragma once

#include <string>
#include <string_view>

namespace crescent {

std::string_view trimmed(std::string_view text);

// Unicode's mathematical signs as ASCII or LaTeX: "√" is "\sqrt ", "½" is "\frac{1}{2}", "¹⁰" is "^{10}", full-width
// letters are plain ones. Text without them comes back as it is.
std::string plain_spelling(std::string_view text);

// Takes off what only decorates the whole: $...$, \(...\), \boxed{...}, \text{...}, **...**, braces, a final full stop.
std::string_view undecorated(std::string_view text);

// Words as they are compared: lower case, single spaces, without \text{}, outer punctuation and a leading article.
std::string plain_words(std::string_view text);

}  // namespace crescent
