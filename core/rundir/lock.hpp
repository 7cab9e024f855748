// Two processes never write one run directory.
#pragma once

#include <string>

namespace crescent {

// Holds an advisory lock (flock) on FOLDER/lock until it is destroyed or the process dies, kill -9 included. The file
// names its owner and stays behind. Programs started by the owner do not inherit the lock.
class RunLock {
 public:
  explicit RunLock(const std::string& folder);  // throws a usage Error naming the owner when another holds it
  ~RunLock();
  RunLock(RunLock&&) noexcept;
  RunLock& operator=(RunLock&&) = delete;

 private:
  int fd_ = -1;
};

// Whether a process holds the lock now. Asks without disturbing it and never makes the file.
bool is_run_locked(const std::string& folder);

}  // namespace crescent
