#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/data/view.hpp"

using namespace crescent;

namespace {

Record pictured() {
  Record record;
  record.id = "r1";
  record.problem = "<image>sum of the dice?";
  record.caption = "caption dice 3,5";
  record.text_problem = "given dice 3,5. sum of the dice?";
  record.images = {"/a.png"};
  return record;
}

}  // namespace

TEST_CASE("each view shows the record as the quickstart has it") {
  const Record record = pictured();
  CHECK(view_of(record, View::text).text == "given dice 3,5. sum of the dice?");
  CHECK(view_of(record, View::text).images.empty());
  CHECK(view_of(record, View::caption).text == "<image>caption dice 3,5. sum of the dice?");
  CHECK(view_of(record, View::caption).images == record.images);
  CHECK(view_of(record, View::image).text == "<image>sum of the dice?");
  CHECK(view_of(record, View::image).images == record.images);
  CHECK(view_of(record, View::image).record_id == "r1");
}

TEST_CASE("a caption goes behind the pictures that begin a problem and keeps its own ending") {
  Record record = pictured();
  record.problem = "<image>\n<image> Compare <image> with both.";
  record.images = {"/a.png", "/b.png", "/c.png"};
  record.caption = "Two cats.";
  CHECK(view_of(record, View::caption).text == "<image>\n<image>Two cats. Compare <image> with both.");
  record.caption = "Two cats\n";
  CHECK(view_of(record, View::caption).text == "<image>\n<image>Two cats\nCompare <image> with both.");
  record.problem = "What does <image> show?";
  CHECK(view_of(record, View::caption).text == "Two cats\nWhat does <image> show?");
}

TEST_CASE("a record that lacks what a view needs is not eligible and refuses to be shown in it") {
  Dataset data;
  data.records.assign(4, pictured());
  data.records[0].text_problem.clear();
  data.records[1].caption.clear();
  data.records[2].images.clear();  // text only: its problem is its text view
  data.records[2].text_problem.clear();
  data.records[2].problem = "1+1?";
  CHECK(eligible(data, View::text) == std::vector<uint64_t>{1, 2, 3});
  CHECK(eligible(data, View::caption) == std::vector<uint64_t>{0, 3});
  CHECK(eligible(data, View::image) == std::vector<uint64_t>{0, 1, 3});
  CHECK(view_of(data.records[2], View::text).text == "1+1?");
  CHECK_THROWS_WITH_AS(view_of(data.records[0], View::text),
                       "record \"r1\" cannot be shown in the view text: it has no \"text_problem\"", Error);
  CHECK_THROWS_WITH_AS(view_of(data.records[1], View::caption),
                       "record \"r1\" cannot be shown in the view caption: it has no \"caption\"", Error);
  CHECK_THROWS_WITH_AS(view_of(data.records[2], View::image),
                       "record \"r1\" cannot be shown in the view image: it has no images", Error);
}
