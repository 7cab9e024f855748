// Processes of this program that work on a sweep. They lead process groups of their own, so that a Ctrl-C at the
// terminal reaches this process alone, which tells them once.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace crescent {

class WorkerProcesses {  // [main-thread]
 public:
  // What they print goes to FOLDER/workers.log.
  WorkerProcesses(std::vector<std::string> command, std::string folder);
  ~WorkerProcesses();  // terminates those that live and waits for them
  WorkerProcesses(const WorkerProcesses&) = delete;
  WorkerProcesses& operator=(const WorkerProcesses&) = delete;

  void start();
  void reap();       // notes who has ended
  void terminate();  // asks all to save what they do and end
  int alive() const { return static_cast<int>(processes_.size()); }
  size_t started() const { return started_; }
  bool refused() const { return refused_; }  // one ended with exit code 2: the next one would as well

 private:
  std::vector<std::string> command_;
  std::string log_;
  std::vector<pid_t> processes_;
  size_t started_ = 0;
  bool refused_ = false;
};

}  // namespace crescent
