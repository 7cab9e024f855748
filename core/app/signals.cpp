#include "core/app/signals.hpp"

#include <unistd.h>

#include <csignal>

namespace crescent {

namespace {

// A handler can reach nothing but a static object; this is the only one of the program.
std::atomic<bool> stop{false};

void on_signal(int) {
  if (stop.exchange(true)) ::_exit(130);
  constexpr char kText[] = "\ncrescent: finishing the step and saving; once more to stop at once\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return stop;
}

}  // namespace crescent
