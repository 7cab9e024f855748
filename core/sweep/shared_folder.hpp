// Stretches of steps that several sweeps share: FOLDER/<id>/, the run directory that ends there. Ids are hash chains,
// so whatever has the same id has the same state, bit for bit.
#pragma once

#include <string>
#include <vector>

#include "core/rundir/run_directory.hpp"
#include "core/sweep/claims.hpp"
#include "core/sweep/tree.hpp"

namespace crescent {

class SharedFolder {  // one thread at a time; several processes
 public:
  SharedFolder(const std::string& folder, double (*clock)());
  std::string folder_of(const std::string& id) const { return folder_ + "/" + id; }
  // The last of `points` that is kept here; id "": none is.
  SharedPoint furthest(const std::vector<SharedPoint>& points) const;
  // Keeps what the run directory `run` has come to, unless it is here already.
  void keep(const std::string& id, const std::string& run, const RunContents& contents);

 private:
  std::string folder_;
  Claims claims_;
};

}  // namespace crescent
