// crescent-worker PARENT_PID MEMORY_MB [PROGRAM ARGUMENT...]: started by crescent, never by a person. Sets limits, then
// serves a reward plugin, or becomes PROGRAM.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "core/process/child.hpp"
#include "core/process/guard.hpp"
#include "core/worker/serve.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "crescent-worker is started by crescent to run rewards in; there is nothing to do by hand\n");
    return 2;
  }
  try {
    const int64_t memory_mb = std::atoll(argv[2]);
    crescent::split_from_guard(std::atoi(argv[1]));
    crescent::limit_memory(memory_mb);
    if (argc == 3) return crescent::serve(memory_mb);
    execvp(argv[3], argv + 3);
    std::fprintf(stderr, "cannot start %s: %s\n", argv[3], std::strerror(errno));
    return 127;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
