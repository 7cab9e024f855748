// A live line in windows of several widths, through a pseudo-terminal.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "core/app/terminal.hpp"

using namespace crescent;

namespace {

// What a window of `columns` is sent for one step of that phase. 0: the window does not know.
std::string shown(unsigned short columns, const std::string& phase) {
  const int window = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(window >= 0);
  REQUIRE(::grantpt(window) == 0);
  REQUIRE(::unlockpt(window) == 0);
  const winsize size{24, columns, 0, 0};
  REQUIRE(::ioctl(window, TIOCSWINSZ, &size) == 0);
  std::FILE* out = std::fopen(::ptsname(window), "w");
  REQUIRE(out != nullptr);
  char bytes[512];
  ssize_t count = 0;
  {
    Terminal terminal(true, out);
    terminal.step({1, phase, "", {}, {}});
    count = ::read(window, bytes, sizeof bytes);
  }
  std::fclose(out);
  ::close(window);
  return std::string(bytes, static_cast<size_t>(count));
}

}  // namespace

TEST_CASE("a live line never reaches the edge of its window, where it would wrap and stay") {
  const std::string start = "\r\033[Kstep 1  ";
  CHECK(shown(40, "words") == start + "words");
  CHECK(shown(14, "words") == start + "words");
  CHECK(shown(13, "words") == start + "word");
  CHECK(shown(13, "w\xc3\xb6rter") == start + "w\xc3\xb6rt");  // by characters, never within one
  CHECK(shown(0, std::string(100, 'x')) == start + std::string(71, 'x'));
}
