#include "core/sweep/claims.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/rundir/host.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

class FolderLock {
 public:
  explicit FolderLock(const std::string& folder) {
    const std::string path = folder + "/.lock";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) fail("{}: cannot be opened: {}", path, std::strerror(errno));
    while (::flock(fd_, LOCK_EX) != 0)
      if (errno != EINTR)
        fail("{}: cannot be locked: {}; the file system must offer flock", path, std::strerror(errno));
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

std::string read_if_there(const std::string& path) {
  try {
    return fs::exists(path) ? read_file(path) : "";
  } catch (const Error&) {
    if (fs::exists(path)) throw;
    return "";  // released in between
  }
}

// Not flushed to disk: a claim outlives its process no longer than kClaimExpires.
void write_claim(const std::string& path, const std::string& owner, const std::string& host, int64_t step,
                 uint64_t beat) {
  const std::string beside = path + ".partial";
  {
    AppendFile file(beside);
    file.truncate(0);
    file.append(Json({{"owner", owner}, {"host", host}, {"pid", ::getpid()}, {"step", step}, {"beat", beat}}).dump());
    file.flush();
  }
  fs::rename(beside, path);
}

Json parsed(const std::string& content) {
  const Json json = Json::parse(content, nullptr, false);
  return json.is_object() ? json : Json::object();
}

}  // namespace

Claims::Claims(std::string folder, double (*clock)()) : folder_(std::move(folder)), host_(host_name()), clock_(clock) {
  make_folders(folder_);
  owner_ = fmt::format("process {} on {} since {}", ::getpid(), host_, clock_());
}

// The content changes with each beat: one that stays the same for long has a dead owner, whatever the hosts' clocks
// say.
bool Claims::expired(const std::string& id, const std::string& content) {
  const Json claim = parsed(content);
  if (claim.value("host", "") == host_ && ::kill(claim.value("pid", 0), 0) != 0 && errno == ESRCH) return true;
  Seen& seen = seen_[id];
  if (seen.content != content) seen = {content, clock_()};
  return clock_() - seen.since > static_cast<double>(kClaimExpires.count());
}

bool Claims::take(const std::string& id) {
  const FolderLock lock(folder_);
  const std::string content = read_if_there(path(id));
  if (!content.empty() && !expired(id, content)) return false;
  seen_.erase(id);
  write_claim(path(id), owner_, host_, 0, 0);
  return true;
}

bool Claims::touch(const std::string& id, int64_t step) {
  const FolderLock lock(folder_);
  const Json claim = parsed(read_if_there(path(id)));
  if (claim.value("owner", "") != owner_) return false;
  write_claim(path(id), owner_, host_, step, claim.value("beat", uint64_t{0}) + 1);
  return true;
}

void Claims::release(const std::string& id) {
  const FolderLock lock(folder_);
  if (parsed(read_if_there(path(id))).value("owner", "") == owner_) fs::remove(path(id));
}

bool Claims::held(const std::string& id, int64_t* step) {
  const std::string content = read_if_there(path(id));
  if (content.empty() || expired(id, content)) return false;
  if (step != nullptr) *step = parsed(content).value("step", int64_t{0});
  return true;
}

Claims::Attempts Claims::attempts(const std::string& id) const {
  const Json json = parsed(read_if_there(path(id) + ".attempts"));
  return {json.value("begun", int64_t{0}), json.value("error", "")};
}

void Claims::set_attempts(const std::string& id, const Attempts& attempts) {
  const std::string file = path(id) + ".attempts";
  if (attempts.begun > 0)
    write_file_atomically(file, Json({{"begun", attempts.begun}, {"error", attempts.error}})
                                    .dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fs::remove(file);
}

void Claims::forget_all_attempts() {
  for (const auto& item : fs::directory_iterator(folder_))
    if (item.path().extension() == ".attempts") fs::remove(item.path());
}

}  // namespace crescent
