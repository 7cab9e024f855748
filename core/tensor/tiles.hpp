// Rows in tiles for the fused CPU blocks: small enough that what is between two matrix products stays in cache, large
// enough that the products run at full rate.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <vector>

#include "core/tensor/parallel.hpp"
#include "core/tensor/profile_recorder.hpp"

namespace crescent {

inline constexpr int64_t kTileRows = 256;
inline constexpr int64_t kFewestTileRows = 32;  // below, a thread of its own does not pay

// The division of `rows` depends on their number and on the thread count alone.
struct Tiles {
  explicit Tiles(int64_t rows) : rows(rows) {
    const int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
    const int64_t parts = std::max((rows + kTileRows - 1) / kTileRows,
                                   std::min<int64_t>(threads, (rows + kFewestTileRows - 1) / kFewestTileRows));
    tile_rows = std::max<int64_t>(1, (rows + parts - 1) / std::max<int64_t>(1, parts));
    count = (rows + tile_rows - 1) / tile_rows;
    workers = std::clamp<int64_t>(threads, 1, std::max<int64_t>(1, count));
  }
  int64_t rows = 0, tile_rows = 0, count = 0, workers = 0;
};

// A Worker has its own scratch, made by Worker(index), and visits its tiles in order by operator()(first_row, rows).
template <class MakeWorker>
void for_tiles(const Tiles& tiles, MakeWorker make_worker) {
  const ProfiledHelpers profiled;
  parallel_for(0, tiles.workers, 1, [&](int64_t begin, int64_t end) {
    const ProfiledHelpers::Scope counted(profiled);
    const at::AutoDispatchBelowADInplaceOrView no_autograd;  // a thread's own setting
    for (int64_t index = begin; index < end; ++index) {
      auto worker = make_worker(index);
      const int64_t last = tiles.count * (index + 1) / tiles.workers;
      for (int64_t tile = tiles.count * index / tiles.workers; tile < last; ++tile) {
        const int64_t first = tile * tiles.tile_rows;
        worker(first, std::min(tiles.tile_rows, tiles.rows - first));
      }
    }
  });
}

// One zeroed gradient of `like` for each worker; added in the order of the workers. Undefined for an undefined `like`.
class WorkerSums {
 public:
  WorkerSums(const at::Tensor& like, int64_t workers);
  const at::Tensor& of(int64_t worker) const { return parts_[worker]; }
  bool defined() const { return !parts_.empty(); }
  at::Tensor total() const;

 private:
  std::vector<at::Tensor> parts_;
};

}  // namespace crescent
