#include "core/show/page.hpp"

#include <doctest/doctest.h>

using namespace crescent;

using Lines = std::vector<std::string>;

TEST_CASE("text is broken at spaces, and a word that fits no line where the line ends") {
  CHECK(wrap("one two three four five six seven", 20) == Lines{"one two three four", "five six seven"});
  CHECK(wrap("exactly twenty chars then more", 20) == Lines{"exactly twenty chars", "then more"});
  CHECK(wrap(std::string(45, 'x'), 20) == Lines{std::string(20, 'x'), std::string(20, 'x'), "xxxxx"});
  CHECK(wrap("a " + std::string(25, 'x'), 20) == Lines{"a", std::string(20, 'x'), "xxxxx"});
  CHECK(wrap("", 20) == Lines{""});
}

TEST_CASE("line breaks and indentation of the text stay") {
  CHECK(wrap("if x:\n    return one and two\n\nend", 20) == Lines{"if x:", "    return one and", "two", "", "end"});
  CHECK(wrap("                    deep", 20) == Lines{"                    ", "deep"});
}

TEST_CASE("characters of East Asian scripts take two columns, combining bytes none of their own") {
  CHECK(wrap("一二三四五六七八九十十一", 20) == Lines{"一二三四五六七八九十", "十一"});
  CHECK(wrap("ééééééééééééééééééééé", 20) == Lines{"éééééééééééééééééééé", "é"});
}

TEST_CASE("a response cannot steer the terminal") {
  CHECK(visible("a\x1b[31mred\x07\r\n\tb\x7f") == "a\\x1b[31mred\\x07\\x0d\n    b\\x7f");
  CHECK(visible("x\u202ey\u009bz") == "x\\u202ey\\x9bz");
  CHECK(visible("bad \xff byte") == "bad \xef\xbf\xbd byte");
}

TEST_CASE("colour is used where it is wanted and nowhere else") {
  std::string out;
  const auto print = [&](std::string_view text) { out += text; };
  Page(Screen{80, true}, print).block("x", 2, Page::Ink::good);
  CHECK(out == "  \x1b[32mx\x1b[0m\n");
  out.clear();
  Page(Screen{80, false}, print).block("x", 2, Page::Ink::good);
  CHECK(out == "  x\n");
}

TEST_CASE("a field's text stands beside its label, every line of it") {
  std::string out;
  Page page(Screen{32, false}, [&](std::string_view text) { out += text; });
  page.field("problem", "what is the sum of the dice?");
  CHECK(out == "problem   what is the sum of the\n          dice?\n");
  out.clear();
  page.path("picture", "/somewhere/else entirely/1.png");
  CHECK(out == "picture   /somewhere/else entirely/1.png\n");
}
