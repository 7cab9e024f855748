// A run directory that goes on from where another one ended for it.
#pragma once

#include <string>

#include "core/rundir/run_directory.hpp"

namespace crescent {

// Makes the run directory `to`, whole or not at all, with the settings and scripts of `contents`. `from`: a run that is
// not under way, whose logs, rollouts and checkpoints `to` begins with, and whose END_FOLDER (train's kEndFolder)
// becomes its START_FOLDER; "": it begins from nothing. `note` goes to its manifest. What never changes is a hard link
// where the file system has them. Does nothing where `to` exists.
struct BranchFolders {
  std::string end, start;  // "/end", "/start"
};
void branch_run(const std::string& from, const std::string& to, const BranchFolders& folders,
                const RunContents& contents, const std::string& note);

}  // namespace crescent
