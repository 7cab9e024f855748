// The built-in procedural data set: pictures of dice, circles, bars and rectangles with questions of five levels.
// A picture is 84 x 84 pixels. Everything is a function of the seed.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/random.hpp"
#include "core/base/task.hpp"
#include "core/imageio/image.hpp"

namespace crescent {

struct ShapesOptions {
  uint64_t seed = 1;
  int64_t count = 2048;     // train.jsonl
  int64_t val_count = 384;  // val.jsonl: levels 1 to 3 in equal share; no picture of it is in train.jsonl or sft.jsonl
  int64_t sft_count =
      6000;  // sft.jsonl: problems of levels 0 to 3, each as four records: describe, text, caption, image
  // What train.jsonl consists of. even: levels 0 to 4 and the four families in equal share. starved: 85 % beyond what
  // this cold start leads to (level 4 of dice, bars and area), 5 % of level 0, 10 % of levels 1 to 3.
  std::string pool = "even";
};

enum class ShapeFamily : uint8_t { dice, count, bars, area };
inline constexpr ShapeFamily kShapeFamilies[] = {ShapeFamily::dice, ShapeFamily::count, ShapeFamily::bars,
                                                 ShapeFamily::area};
const char* family_name(ShapeFamily family);

struct ShapesProblem {
  ShapeFamily family = ShapeFamily::dice;
  int level = 0;                 // 0 to 4
  Image image;                   // 84 x 84
  std::string caption;           // "dice 3,5": everything the picture tells
  std::string question;          // "sum of the dice?"
  std::string thoughts;          // "3+5=8"
  std::string answer;            // "8", or a colour word
  std::string response() const;  // "<think>3+5=8</think><answer>8</answer>"
};

ShapesProblem draw_shapes_problem(ShapeFamily family, int level, RandomStream& random);

// Writes train.jsonl, val.jsonl, sft.jsonl, images/ and, last, DONE with the options and the format's version. They
// are made in a folder beside `folder`, which takes its place when whole. Throws usage Error for counts out of range
// and for a folder that holds something else than an earlier making.
void make_shapes(const ShapesOptions& options, const std::string& folder, const OnProgress& on_progress = {});

// Whether `folder` holds a whole making with these options; an interrupted one or one of other options is false.
bool shapes_are_made(const ShapesOptions& options, const std::string& folder);

}  // namespace crescent
