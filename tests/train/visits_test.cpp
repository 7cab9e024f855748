#include "core/train/visits.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"

using namespace crescent;

static std::string error_of(VisitCounter& visits, std::string_view bytes) {
  try {
    visits.load_state(bytes);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST_CASE("visits count each prompt in each view by itself, from 0") {
  VisitCounter visits;
  CHECK(visits.next(3, View::image) == 0);
  CHECK(visits.next(3, View::image) == 1);
  CHECK(visits.next(3, View::text) == 0);
  CHECK(visits.next(4, View::image) == 0);
  CHECK(visits.next(3, View::image) == 2);
}

TEST_CASE("saved visits go on where they stopped, and forget what was there") {
  VisitCounter visits, other;
  for (int i = 0; i < 300; ++i) visits.next(uint64_t{1} << 40, View::caption);
  visits.next(7, View::text);
  other.next(9, View::text);
  other.load_state(visits.save_state());
  CHECK(other.save_state() == visits.save_state());
  CHECK(other.next(uint64_t{1} << 40, View::caption) == 300);
  CHECK(other.next(7, View::text) == 1);
  CHECK(other.next(9, View::text) == 0);
  other.load_state("");
  CHECK(other.next(7, View::text) == 0);
}

TEST_CASE("what is saved does not depend on the order of the visits") {
  VisitCounter a, b;
  a.next(1, View::text), a.next(2, View::image);
  b.next(2, View::image), b.next(1, View::text);
  CHECK(a.save_state() == b.save_state());
}

TEST_CASE("damaged visit counts are refused, and the counter stays as it was") {
  VisitCounter visits;
  visits.next(1, View::text);
  std::string bytes = visits.save_state();
  CHECK(error_of(visits, bytes.substr(1)) ==
        "the saved visit counts have 16 bytes, not a multiple of 17: the checkpoint is damaged");
  bytes[8] = 9;
  CHECK(error_of(visits, bytes) == "the saved visit counts name view 9, which there is not: the checkpoint is damaged");
  CHECK(visits.next(1, View::text) == 1);
}
