#include "core/rundir/host.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace crescent {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != 0 ? name : "unnamed";
}

int usable_cores() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

std::string proc_field(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const size_t colon = line.find(':');
    const size_t begin = colon == line.npos ? line.npos : line.find_first_not_of(" \t", colon + 1);
    return begin == line.npos ? "" : line.substr(begin);
  }
  return "";
}

static int64_t status_bytes(const char* key) {
  const std::string kibibytes = proc_field("/proc/self/status", key);
  return kibibytes.empty() ? 0 : std::stoll(kibibytes) * 1024;
}

int64_t resident_bytes() { return status_bytes("VmRSS"); }
int64_t peak_resident_bytes() { return status_bytes("VmHWM"); }

}  // namespace crescent
