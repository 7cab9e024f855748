#include "core/app/worker_processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "core/base/error.hpp"

extern char** environ;

namespace crescent {

WorkerProcesses::WorkerProcesses(std::vector<std::string> command, std::string folder)
    : command_(std::move(command)), log_(folder + "/workers.log") {}

WorkerProcesses::~WorkerProcesses() {
  terminate();
  for (const pid_t process : processes_) ::waitpid(process, nullptr, 0);
}

void WorkerProcesses::start() {
  std::vector<char*> argv;
  for (std::string& word : command_) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t process = -1;
  const int code = posix_spawn(&process, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) fail("{}: a worker cannot be started: {}", command_.front(), std::strerror(code));
  processes_.push_back(process);
  ++started_;
}

void WorkerProcesses::reap() {
  std::erase_if(processes_, [this](pid_t process) {
    int status = 0;
    if (::waitpid(process, &status, WNOHANG) == 0) return false;
    refused_ = refused_ || (WIFEXITED(status) && WEXITSTATUS(status) == 2);
    return true;
  });
}

void WorkerProcesses::terminate() {
  for (const pid_t process : processes_) ::kill(process, SIGTERM);
}

}  // namespace crescent
