#include "core/process/guard.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "core/base/error.hpp"

namespace crescent {

namespace {

// Its own, and as a subreaper those whose parents are gone: killing them brings theirs here, until there are none.
void kill_children() {
  std::FILE* list = std::fopen("/proc/thread-self/children", "r");
  if (list == nullptr) {
    kill(0, SIGKILL);  // this process's group, itself included: without the list there is no better
    return;
  }
  for (int pid; std::fscanf(list, "%d", &pid) == 1;) kill(pid, SIGKILL);
  std::fclose(list);
}

void end_descendants() {
  constexpr int kRounds = 2000;  // of a millisecond: a process that the kernel holds fast is not waited for
  for (int i = 0; i < kRounds; ++i) {
    pid_t ended;
    while ((ended = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0 && errno == ECHILD) return;
    kill_children();
    usleep(1000);
  }
}

[[noreturn]] void end_as(int status) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  sigset_t all;
  sigfillset(&all);
  std::signal(WTERMSIG(status), SIG_DFL);
  kill(getpid(), WTERMSIG(status));
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  _exit(1);
}

constexpr int kParentEnded = SIGUSR1;  // or a thread of it

[[noreturn]] void watch(pid_t judging, pid_t host, const sigset_t& awaited) {
  for (const int end : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(end);  // they are the other one's
  for (;;) {
    const int signal = sigwaitinfo(&awaited, nullptr);
    // The signal of a parent's death comes when the thread that started this process ends; then the kernel gives it to
    // another of the host's threads, with the same signal again when that one ends.
    if (signal == kParentEnded && getppid() == host) continue;
    if (signal == SIGTERM || signal == kParentEnded) {
      end_descendants();
      kill(0, SIGKILL);
    }
    int status;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != judging) continue;
      end_descendants();
      end_as(status);
    }
  }
}

}  // namespace

void split_from_guard(pid_t host) {
  sigset_t awaited, before;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, kParentEnded);
  sigprocmask(SIG_BLOCK, &awaited, &before);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, kParentEnded);
  if (getppid() != host) _exit(0);  // it ended before the line above
  const pid_t guard = getpid();
  const pid_t judging = fork();
  if (judging < 0) fail("a worker process cannot be split: {}", std::strerror(errno));
  if (judging > 0) watch(judging, host, awaited);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) _exit(0);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace crescent
