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
  for (int i = 0; i < 300; ++i) visits.next(4000, View::caption);
  visits.next(7, View::text);
  other.next(9, View::text);
  other.load_state(visits.save_state());
  CHECK(other.save_state() == visits.save_state());
  CHECK(other.next(4000, View::caption) == 300);
  CHECK(other.next(7, View::text) == 1);
  CHECK(other.next(9, View::text) == 0);
  other.load_state(VisitCounter().save_state());
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
  const std::string bytes = visits.save_state();
  CHECK(error_of(visits, bytes.substr(0, 2)) ==
        "the saved visit counts are of 2 prompts, but have 1 bytes: the checkpoint is damaged");
  CHECK(error_of(visits, "") == "the saved visit counts end within a number: the checkpoint is damaged");
  CHECK(error_of(visits, bytes + "x") == "the saved visit counts are followed by 1 bytes: the checkpoint is damaged");
  CHECK(visits.next(1, View::text) == 1);
}

TEST_CASE("what is saved is a byte a prompt, so a checkpoint of a million prompts stays small") {
  VisitCounter visits;
  for (uint64_t prompt = 0; prompt < 1000; ++prompt) visits.next(prompt, View::image);
  CHECK(visits.save_state().size() == 1000 + 2 + 1 + 1);
}
