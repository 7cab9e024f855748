#include "core/worker/host_link.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace crescent {

HostLink::HostLink()
    : in_(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 64)), out_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 64)), owner_(getpid()) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (in_ < 0 || out_ < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    fail("a worker process cannot set up its pipes: {}", std::strerror(errno));
  close(nothing);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what a plugin prints is in the log at once, as from a terminal
}

bool HostLink::read_exactly(char* into, size_t size) {
  while (size > 0) {
    const ssize_t n = ::read(in_, into, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    into += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

std::optional<Frame> HostLink::read(std::string& body) {
  FrameHeader header;
  if (!read_exactly(reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  if (header.magic != FrameHeader::kMagic || header.size > FrameHeader::kMaxBytes)
    fail("the host sent bytes that are no frame");
  body.resize(header.size);
  if (!read_exactly(body.data(), body.size())) return std::nullopt;
  return Frame{header.kind, header.question, body};
}

void HostLink::write(FrameWriter& frame) {
  if (getpid() != owner_) _exit(0);
  const std::string bytes = frame.finish();
  for (size_t written = 0; written < bytes.size();) {
    const ssize_t n = ::write(out_, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("the host does not listen any more: {}", std::strerror(errno));
    written += static_cast<size_t>(n);
  }
}

}  // namespace crescent
