// Folders CHECKPOINTS/step_N that are whole or absent, whatever instant the process is killed at.
//
// A folder is filled under the name step_N.partial; every file and folder is flushed; checkpoint.json lists the size
// and hash of each file; then it is renamed; DONE, the hash of checkpoint.json, is written last. What is to go is
// renamed to step_N.removing before it is emptied.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/log.hpp"

namespace crescent {

std::string step_folder(const std::string& checkpoints, int64_t step);  // CHECKPOINTS/step_N

// Calls fill(folder) and makes a whole step_N of what it writes there; returns its path. `score` is what
// prune_checkpoints compares. A whole step_N that is there already stays as it is (a step has one state); one that is
// damaged is replaced. Throws Error when the disk is full or read-only; older checkpoints are as they were.
std::string write_step_folder(const std::string& checkpoints, int64_t step, std::optional<double> score,
                              const std::function<void(const std::string& folder)>& fill);

// The newest checkpoint whose every byte is as it was written; one that is damaged is named in the log and skipped.
// Nothing is changed on disk. Empty when there is none.
std::optional<std::string> newest_whole(const std::string& checkpoints, Log& log);

// Why the checkpoint at `path` is not whole, naming the file; "" when it is.
std::string damage(const std::string& path);

// Removes what a killed process left half written or half removed, and every checkpoint after step `newest`. Only by
// the owner of the run directory.
void clean_checkpoints(const std::string& checkpoints, int64_t newest = INT64_MAX);

// newest_whole for the run that goes on from it: cleans, and removes the damaged ones after it, so that whatever is
// written next is the newest and never pruned for their sake. Empty when none was ever finished; throws Error naming
// each damage when there are some and none is whole.
std::optional<std::string> take_up_newest(const std::string& checkpoints, Log& log);

// Of those with a DONE file the newest `keep_last` (at least 1) stay and, with `keep_best`, the one of highest score
// (the earliest of equals; without a score it is never the best). The others are removed.
void prune_checkpoints(const std::string& checkpoints, int64_t keep_last, bool keep_best);

}  // namespace crescent
