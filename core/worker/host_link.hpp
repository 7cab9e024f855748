// The worker's end of the pipes to the host.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/remote/frames.hpp"

namespace crescent {

class HostLink {  // one thread at a time
 public:
  // Takes the process's stdin and stdout for itself. What a plugin prints goes to stderr from then on, which the host
  // keeps in the run's log, and what it reads from stdin is empty.
  HostLink();
  // The next frame, its body kept in `body`; nothing when the host has closed the pipe.
  std::optional<Frame> read(std::string& body);
  // Ends a process that the plugin forked, and that came back out of its call, in place of writing: there is one
  // answer.
  void write(FrameWriter& frame);

 private:
  bool read_exactly(char* into, size_t size);
  int in_, out_;
  pid_t owner_;
};

}  // namespace crescent
