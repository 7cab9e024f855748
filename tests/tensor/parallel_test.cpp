#include "core/tensor/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "core/tensor/device.hpp"

using namespace crescent;

TEST_CASE("work is done by as many threads as are allowed, at the same time") {
  for (const int threads : {1, 2}) {
    set_compute_threads(threads);
    std::atomic<int> pieces = 0;
    std::atomic<bool> alone = false;
    parallel_for(0, 2, 1, [&](int64_t begin, int64_t end) {
      ++pieces;
      const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (pieces < threads && !alone) {  // until the other has begun
        if (std::chrono::steady_clock::now() > patience) alone = true;
        std::this_thread::yield();
      }
      CHECK(end - begin == 2 / threads);
    });
    CHECK(pieces == threads);
    CHECK(!alone);
  }
  set_compute_threads(1);
}

TEST_CASE("what a piece of work throws comes out") {
  set_compute_threads(2);
  CHECK_THROWS_WITH(parallel_for(0, 2, 1,
                                 [](int64_t begin, int64_t) {
                                   if (begin == 1) throw std::runtime_error("the second");
                                 }),
                    "the second");
  set_compute_threads(1);
}
