// What a record looks like in each view (Infi-MMR, 2505.23091): its text twin, its picture with a caption, its picture.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/data/record.hpp"
#include "core/flow/rollout.hpp"

namespace crescent {

struct ViewedRecord {
  std::string text;                 // what the user says; `<image>` marks each picture's place
  std::vector<std::string> images;  // absolute paths, as many as there are marks
  std::string record_id;            // for errors
};

// text: `text_problem`, or the `problem` of a record without pictures; no pictures.
// caption: the picture marks that begin the problem, the caption, the rest of the problem. The caption stands as the
//   record has it, followed by ". " unless it ends in punctuation or white space: `<image>caption dice 3,5. sum of the
//   dice?` comes of the caption `caption dice 3,5`. Needs a caption and a picture.
// image: `problem` with its pictures, no caption. Needs a picture.
bool has_view(const Record& record, View view);
ViewedRecord view_of(const Record& record, View view);  // throws Error when the record lacks what the view needs

// The record's problem and pictures as they stand: what SFT shows.
ViewedRecord as_written(const Record& record);

// What prompts say of a record in place of the view itself: a script's function. Pure; any thread.
using PromptFunction = std::function<ViewedRecord(const Record& record, View view)>;

// Indices of the records that have the view, ascending. The others are never drawn in it: size() tells how many.
std::vector<uint64_t> eligible(const Dataset& dataset, View view);

}  // namespace crescent
