// Records: what a data set holds, read from JSONL and checked before anything trains.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/task.hpp"

namespace crescent {

// rl: `problem` and `answer`, judged by rewards. sft: `problem` and `response`, imitated. prompt: `problem` alone.
enum class RecordKind : uint8_t { rl, sft, prompt };

struct Record {
  std::string id;                   // the file's, or 32 hex digits of the record's content
  std::string problem;              // UTF-8; `<image>` marks each picture's place
  std::string answer;               // rl
  std::string caption;              // "" when the record has none
  std::string text_problem;         // the problem restated so that no picture is needed; "" when there is none
  std::string response;             // sft
  std::string kind;                 // sft: what `mix` weighs; "" when there is none
  std::vector<std::string> images;  // absolute paths; the file has them relative to itself
  std::string columns_json = "{}";  // every other column, one JSON object in the file's order: for rewards
  int64_t line = 0;                 // of the file, from 1
};

struct Dataset {
  std::string path;
  std::vector<Record> records;  // used, in the file's order
  int64_t read = 0;             // records in the file
  int64_t filtered = 0;         // left out by keep_if; read = records.size() + filtered
  // Drops the records for which `keep` has 0; keep.size() == records.size().
  void keep_if(const std::vector<uint8_t>& keep);
};

struct DatasetOptions {
  int64_t max_problems = 20;  // mistakes that are listed; all are counted
  bool check_images =
      true;  // that each file is there and is a PNG from its beginning to its end (pixels are read when used)
  OnProgress on_progress = {};
};

// Reads a JSONL file. All mistakes are reported in one usage Error with file:line each and a count of each kind:
// unreadable JSON, text that is not UTF-8, a missing or empty problem, answer (rl) or response (sft), `<image>` marks
// and images that disagree in number, duplicate ids, missing images, wrong types. A file without records is an error.
// An answer or id may be a string or a number (24 and "24" are the same).
Dataset load_dataset(const std::string& path, RecordKind kind, const DatasetOptions& options = {});

}  // namespace crescent
