#include "core/conformance/child.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/error.hpp"

namespace crescent {

namespace {

// A file in memory that parent and child share.
class SharedFile {
 public:
  explicit SharedFile(const char* name) : file_(memfd_create(name, 0)) {
    if (file_ < 0) fail("a process for the plugin cannot be prepared: {}", std::strerror(errno));
  }
  ~SharedFile() { close(file_); }
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;
  int descriptor() const { return file_; }
  std::string read(size_t most) const {
    std::string text(most, '\0');
    const ssize_t size = pread(file_, text.data(), most, 0);
    text.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return text;
  }

 private:
  int file_;
};

constexpr char kFine = '+', kWrong = '-';  // first byte of the answer

// What the handler of SIGSEGV may use: plain memory of the child alone.
struct Guard {
  const char *begin, *end, *text;
};
std::array<Guard, 64> guards;
size_t guard_count = 0;
int answer_file = -1;

void write_answer(char kind, std::string_view text) {
  if (write(answer_file, &kind, 1) != 1 || write(answer_file, text.data(), text.size()) < 0) _exit(1);
}

void on_fault(int signal_number, siginfo_t* info, void*) {
  const char* address = static_cast<const char*>(info->si_addr);
  for (size_t i = 0; i < guard_count; ++i)
    if (address >= guards[i].begin && address < guards[i].end) {
      write_answer(kWrong, guards[i].text);
      _exit(1);
    }
  signal(signal_number, SIG_DFL);  // the fault comes again and ends the process
}

void catch_faults() {
  for (const int other : {SIGABRT, SIGFPE, SIGILL, SIGINT, SIGTERM, SIGPIPE}) signal(other, SIG_DFL);
  static std::array<char, 1 << 16> stack;  // a stack that overflowed cannot hold a handler
  stack_t other{};
  other.ss_sp = stack.data();
  other.ss_size = stack.size();
  sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}

[[noreturn]] void run_child(const std::function<std::string()>& body, const SharedFile& answer,
                            const SharedFile& printed, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent ended before it could be asked to take this process along
  setpgid(0, 0);
  const rlimit core{0, 0}, file{1 << 26, 1 << 26};
  setrlimit(RLIMIT_CORE, &core);
  setrlimit(RLIMIT_FSIZE, &file);
  dup2(printed.descriptor(), STDOUT_FILENO);
  answer_file = answer.descriptor();
  catch_faults();
  // An exit() must not run what the parent has to do at its end.
  on_exit([](int code, void*) { _exit(code); }, nullptr);
  try {
    write_answer(kFine, body());
  } catch (const Error& e) {
    write_answer(kWrong, e.message());
  } catch (const std::exception& e) {
    write_answer(kWrong, fmt::format("an exception: {}", e.what()));
  }
  std::fflush(stdout);
  _exit(0);
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("it crashed: {}", strsignal(WTERMSIG(status)));
  return fmt::format("it ended the process, with exit code {}", WEXITSTATUS(status));
}

// The child's status, or nothing when it is killed at its limit.
bool wait_for(pid_t child, double seconds, int& status) {
  const auto begun = std::chrono::steady_clock::now();
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() - begun > std::chrono::duration<double>(seconds)) {
      kill(-child, SIGKILL);
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace

ChildResult run_in_child(const std::function<std::string()>& body, double seconds) {
  const SharedFile answer("answer"), printed("printed");
  std::fflush(stdout);
  const pid_t parent = getpid(), child = fork();
  if (child < 0) fail("a process for the plugin cannot be started: {}", std::strerror(errno));
  if (child == 0) run_child(body, answer, printed, parent);
  int status = 0;
  const bool ended = wait_for(child, seconds, status);
  ChildResult result;
  result.printed = printed.read(4096);
  const std::string said = answer.read(1 << 20);
  if (!ended)
    result.text = fmt::format("no answer within {:g} s", seconds);
  else if (said.empty())
    result.text = end_of(status);
  else
    result.ok = said[0] == kFine, result.text = said.substr(1);
  return result;
}

void guard_range(const void* begin, const void* end, const char* text) {
  if (guard_count == guards.size()) fail("more than {} guarded ranges", guards.size());
  guards[guard_count++] = {static_cast<const char*>(begin), static_cast<const char*>(end), text};
}

void forget_guards() { guard_count = 0; }

}  // namespace crescent
