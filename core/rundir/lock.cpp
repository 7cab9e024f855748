#include "core/rundir/lock.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/rundir/host.hpp"

namespace crescent {

// "process 123 on host since 2026-11-21T11:30:00Z": what the file says and the error repeats.
static std::string describe_owner() {
  return fmt::format("process {} on {} since {:%Y-%m-%dT%H:%M:%SZ}", ::getpid(), host_name(),
                     fmt::gmtime(std::time(nullptr)));
}

[[noreturn]] static void fail_held(const std::string& folder) {
  std::string owner = read_file(folder + "/lock");
  while (!owner.empty() && owner.back() == '\n') owner.pop_back();
  fail_usage({},
             "{}: is being written by {}; two processes never write one run directory: wait for it, stop it, or choose "
             "another folder with --out",
             folder, owner.empty() ? "another process" : owner);
}

// Whoever asks is_run_locked() holds the lock for a moment, so it is tried for a while.
static bool try_lock(int fd) {
  for (int tries = 0; tries < 10; ++tries) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) return false;
    ::usleep(10'000);
  }
  return false;
}

RunLock::RunLock(const std::string& folder) {
  const std::string path = folder + "/lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) fail("{}: cannot be opened: {}; a run needs a folder it may write to", path, std::strerror(errno));
  try {
    if (!try_lock(fd_)) {
      if (errno == EWOULDBLOCK) fail_held(folder);
      fail("{}: cannot be locked: {}; the file system must offer flock", path, std::strerror(errno));
    }
    const std::string owner = describe_owner() + "\n";
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, owner.data(), owner.size(), 0) != static_cast<ssize_t>(owner.size()))
      fail("{}: cannot be written: {}", path, std::strerror(errno));
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

bool is_run_locked(const std::string& folder) {
  const int fd = ::open((folder + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);  // gives back what it may have got
  return held;
}

RunLock::~RunLock() {
  if (fd_ >= 0) ::close(fd_);
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace crescent
