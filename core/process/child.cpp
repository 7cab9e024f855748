#include "core/process/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/base/error.hpp"

extern char** environ;

namespace crescent {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kPipeBytes = 1 << 20;              // what an unprivileged process may ask for
constexpr size_t kLastWords = 600;               // bytes of stderr kept to explain an end
constexpr std::chrono::seconds kToEnd{1};        // for a child whose input was closed
constexpr std::chrono::milliseconds kLook{100};  // how often a silent child is looked at: its output may be held open
constexpr size_t kReadBytes = 1 << 16;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail("cannot make a pipe to a worker process: {}", std::strerror(errno));
    read = ends[0];
    write = ends[1];
    fcntl(write, F_SETPIPE_SZ, kPipeBytes);  // fewer switches for large batches; the default does as well
  }
  ~Pipe() {
    for (const int end : {read, write})
      if (end >= 0) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int keep(int& end) {  // ours from now on
    const int kept = std::exchange(end, -1);
    fcntl(kept, F_SETFL, fcntl(kept, F_GETFL) | O_NONBLOCK);
    return kept;
  }
};

// Writing to a child that is gone raises SIGPIPE, which would end this process: kept from this thread meanwhile.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    if (sigismember(&before_, SIGPIPE)) return;
    const timespec now = {0, 0};
    while (sigtimedwait(&pipe_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
};

// posix_spawn's two argument objects. It does not copy this process's memory, so that it is quick and safe beside
// LibTorch's threads, where fork() is neither.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

std::string describe_status(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("ended by signal {} ({})", WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

Child::Child(const ChildCommand& command, OnLine on_line) : on_line_(std::move(on_line)) { start(command); }

void Child::start(const ChildCommand& command) {
  std::vector<std::string> argv = {command.launcher, std::to_string(getpid()), std::to_string(command.memory_mb)};
  argv.insert(argv.end(), command.argv.begin(), command.argv.end());
  std::vector<char*> pointers;
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  Pipe input, output, errors;
  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, input.read, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, output.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, errors.write, STDERR_FILENO);
  if (!command.folder.empty()) posix_spawn_file_actions_addchdir_np(&settings.actions, command.folder.c_str());
  const int error =
      posix_spawn(&pid_, argv[0].c_str(), &settings.actions, &settings.attributes, pointers.data(), environ);
  if (error != 0)
    fail("cannot start {} in {}: {}", argv[0], command.folder.empty() ? "." : command.folder, std::strerror(error));
  input_ = input.keep(input.write);
  output_ = output.keep(output.read);
  errors_ = errors.keep(errors.read);
}

Child::~Child() {
  close(std::exchange(input_, -1));
  wait_for_end(kToEnd);
  reap();
  close(output_);
  if (errors_ >= 0) close(errors_);
}

void Child::send(std::string bytes) {
  if (queued_.empty())
    queued_ = std::move(bytes);
  else
    queued_ += bytes;
}

// False when the child no longer reads.
bool Child::write_queued() {
  while (written_ < queued_.size()) {
    const ssize_t n = write(input_, queued_.data() + written_, queued_.size() - written_);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    written_ += static_cast<size_t>(n);
  }
  queued_.clear();
  written_ = 0;
  return true;
}

// Up to a megabyte: a child that writes without end is looked at in between.
Child::Read Child::read_output() {
  for (int i = 0; i < 16; ++i) {
    const size_t before = received_.size();
    received_.resize(before + kReadBytes);
    const ssize_t n = read(output_, received_.data() + before, kReadBytes);
    received_.resize(before + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno != EINTR) return errno == EAGAIN ? Read::all : Read::end;
    if (n == 0) return Read::end;
    if (n > 0 && static_cast<size_t>(n) < kReadBytes) return Read::all;
  }
  return Read::some;
}

Child::Read Child::read_errors() {
  char bytes[4096];
  Read read_of = Read::some;
  for (int i = 0; i < 64 && read_of == Read::some; ++i) {
    const ssize_t n = errors_ >= 0 ? read(errors_, bytes, sizeof bytes) : 0;
    if (n == 0 && errors_ >= 0) close(std::exchange(errors_, -1));
    if (n <= 0) {
      read_of = n == 0 ? Read::end : Read::all;
      break;
    }
    const std::string_view text(bytes, static_cast<size_t>(n));
    last_words_.append(text);
    if (last_words_.size() > kLastWords) last_words_.erase(0, last_words_.size() - kLastWords);
    if (lines_ < kMaxLines) line_.append(text);
  }
  take_lines();
  return read_of;
}

void Child::take_lines() {
  constexpr size_t kLongest = 2000;
  size_t begin = 0;
  while (lines_ < kMaxLines) {
    const size_t end = line_.find('\n', begin);
    const bool cut = end == std::string::npos && line_.size() - begin > kLongest;
    if (end == std::string::npos && !cut) break;
    const size_t size = cut ? kLongest : std::min(end - begin, kLongest);
    if (on_line_) on_line_(std::string_view(line_).substr(begin, size));
    if (++lines_ == kMaxLines && on_line_) on_line_("(what it writes from here on is not kept)");
    begin = cut ? begin + kLongest : end + 1;
  }
  line_.erase(0, begin);
}

Child::Ending Child::exchange(std::chrono::milliseconds timeout,
                              const std::function<bool(std::string_view& received)>& consume) {
  const WithoutSigpipe guard;
  const Clock::time_point deadline = Clock::now() + timeout;
  bool reads = write_queued();
  for (;;) {
    const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()), 0ms);
    const bool writing = reads && !queued_.empty();
    pollfd ends[] = {{output_, POLLIN, 0}, {errors_, POLLIN, 0}, {writing ? input_ : -1, POLLOUT, 0}};
    if (poll(ends, 3, static_cast<int>(std::min(left, kLook).count())) < 0 && errno != EINTR)
      fail("cannot wait for a worker process: {}", std::strerror(errno));
    if (ends[1].revents != 0) read_errors();
    if (ends[2].revents != 0) reads = write_queued();
    const bool ended = ends[0].revents == 0 && has_ended();  // then all that it wrote is there to be read
    if (ends[0].revents != 0 || ended) {
      const Read read = read_output();
      std::string_view rest = std::string_view(received_).substr(consumed_);
      const bool answered = consume(rest);
      consumed_ = received_.size() - rest.size();
      if (consumed_ == received_.size()) received_.clear(), consumed_ = 0;
      if (answered) {
        read_errors();
        return Ending::answered;
      }
      if (read == Read::end || (ended && read == Read::all)) return Ending::closed;
    }
    if (left == 0ms) return Ending::timed_out;  // it was looked at once more after its time was over
  }
}

void Child::kill() { reap(); }

bool Child::has_ended() {
  siginfo_t info = {};
  return reaped_ ||
         (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0);
}

// Whether it has ended by itself; its number stays taken until reap().
bool Child::wait_for_end(std::chrono::milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  for (std::chrono::microseconds pause{50};; pause = std::min(2 * pause, std::chrono::microseconds(5000))) {
    if (has_ended()) return true;
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
}

// With all that it started: its guard sees to that, unless the guard itself was harmed.
void Child::reap() {
  if (reaped_) return;
  if (!has_ended()) ::kill(pid_, SIGTERM);
  wait_for_end(kToEnd);
  ::kill(-pid_, SIGKILL);
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
}

std::string Child::end() {
  const bool ended = wait_for_end(kToEnd);
  reap();
  const std::string how = ended ? describe_status(status_) : "closed its output and went on";
  for (int i = 0; i < 64 && read_errors() == Read::some; ++i) {
  }
  std::string words = last_words_;
  while (!words.empty() && static_cast<unsigned char>(words.back()) <= ' ') words.pop_back();
  if (const size_t line = words.rfind('\n'); line != std::string::npos) words.erase(0, line + 1);
  return words.empty() ? how : fmt::format("{}; its last line on stderr: {}", how, words);
}

void limit_memory(int64_t memory_mb) {
  if (memory_mb <= 0) return;
  rlimit memory = {};
  getrlimit(RLIMIT_AS, &memory);
  memory.rlim_cur = memory.rlim_max = std::min(memory.rlim_max, static_cast<rlim_t>(memory_mb) << 20);
  if (setrlimit(RLIMIT_AS, &memory) != 0) fail("cannot limit the memory to {} MB: {}", memory_mb, std::strerror(errno));
}

}  // namespace crescent
