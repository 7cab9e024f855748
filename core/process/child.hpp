// A child process that is spoken to through pipes: started, given a deadline, ended, and asked afterwards what ended
// it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct ChildCommand {
  std::vector<std::string> argv;  // argv[0] with a '/' is a path from `folder`, else it is looked up in PATH
  std::string folder;             // working directory; empty: this process's own
  std::string launcher;           // crescent-worker, which sets the limits before it becomes argv
  int64_t memory_mb = 0;          // of address space (RLIMIT_AS), 1 MB = 2^20 bytes; 0: no limit
};

// One thread at a time. The child leads a process group of its own: a Ctrl-C at the terminal does not reach it. It is
// killed when this program ends, however that ends, and with it goes whatever it started (guard.hpp).
class Child {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  // `on_line` is told what the child writes to stderr, as far as kMaxLines. Throws Error when nothing could be started;
  // a program that is not there ends with exit code 127 and says so on stderr.
  Child(const ChildCommand& command, OnLine on_line);
  ~Child();  // closes its input, and kills it unless it then ends by itself within a second
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void send(std::string bytes);  // queued; written by exchange()

  enum class Ending { answered, closed, timed_out };
  // Writes what is queued and reads until `consume` says that it has what it wants. `consume` is given what has been
  // received and not consumed, and takes from its front what it understands. closed: the child closed its output, or
  // ended, whoever may still hold its output open.
  Ending exchange(std::chrono::milliseconds timeout, const std::function<bool(std::string_view& received)>& consume);

  void kill();  // at once, with all that it started
  // `ended by signal 11 (Segmentation fault)` or `ended with exit code 3`, and the last it wrote to stderr; waits for
  // the end, and kills a child that closed its output and goes on.
  std::string end();

  static constexpr int kMaxLines = 1000;

 private:
  void start(const ChildCommand& command);
  bool write_queued();
  enum class Read { all, some, end };  // of what is there
  Read read_output();
  Read read_errors();
  void take_lines();
  bool has_ended();
  bool wait_for_end(std::chrono::milliseconds timeout);
  void reap();

  OnLine on_line_;
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;  // ours: of its stdin, stdout, stderr
  std::string queued_;
  size_t written_ = 0;
  std::string received_;
  size_t consumed_ = 0;
  std::string line_, last_words_;
  int lines_ = 0;
  int status_ = 0;  // as waitpid has it
  bool reaped_ = false;
};

// In the child: the limit of `crescent-worker PARENT MEMORY_MB ...`, as Child starts it.
void limit_memory(int64_t memory_mb);

}  // namespace crescent
