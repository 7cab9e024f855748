#include "core/app/run_profile.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <chrono>

#include "core/base/files.hpp"
#include "core/tensor/gemm_rate.hpp"

namespace crescent {

RunProfile::RunProfile()
    : profile_([start = std::chrono::steady_clock::now()] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      }) {
  recorder_.emplace(profile_);
}

std::string RunProfile::finish(const std::string& folder) {
  recorder_.reset();  // before the products that measure the machine
  const double rate = best_gemm_rate();
  const int threads = at::get_num_threads();
  const std::string text =
      fmt::format("{}\n{} thread{}; GEMM: {:.1f} GFLOP/s, this machine's matrix products\n",
                  profile_tables(profile_.root(), rate), threads, threads == 1 ? "" : "s", rate * 1e-9);
  write_file_atomically(folder + "/profile.txt", text);
  write_file_atomically(folder + "/trace.json", chrome_trace(profile_.spans()));
  return text;
}

}  // namespace crescent
