// A reward that harms the process it runs in when a response says so; others score their length.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    string("at", "", nullptr, "what goes wrong in the constructor"),
    boolean("hang_together", false, "a call of several responses takes two seconds"),
};

// Writes to every descriptor above stderr, the pipe to the host among them.
void write_garbage() {
  for (int fd = 3; fd < 256; ++fd)
    if (write(fd, "this is no frame, whatever else it is\n", 38) < 0) continue;
}

// A frame as the host expects one (core/remote/frames.hpp), but of the question before.
void write_stale_answer() {
  const struct {
    uint32_t magic = 0x32575243, kind = 7;
    uint64_t question = 1, size = 0;
  } frame;
  for (int fd = 3; fd < 256; ++fd)
    if (write(fd, &frame, sizeof frame) < 0) continue;
}

void harm(const Host& host, std::string_view what) {
  if (what == "segfault") raise(SIGSEGV);
  if (what == "abort") std::abort();
  if (what == "exit 3") _exit(3);
  if (what == "exit 0") std::exit(0);
  if (what == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  if (what == "spin")
    for (volatile int i = 0;; i = i + 1) {
    }
  if (what == "garbage") write_garbage();
  if (what == "stale") write_stale_answer();
  if (what == "fork") fork();  // both go on from here
  if (what == "fork and crash") {
    if (fork() != 0) raise(SIGSEGV);
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
  if (what == "flood") {
    const std::string line(4000, '!');
    for (;;) std::fprintf(stderr, "%s\n", line.c_str());
  }
  if (what == "print and crash") {
    std::printf("last on stdout\n");
    std::abort();
  }
  if (what == "close") {
    for (int fd = 0; fd < 256; ++fd) close(fd);
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
  if (what == "last words") {
    std::fprintf(stderr, "the table is gone\n");
    std::abort();
  }
  if (what == "memory") {
    for (;;)
      if (std::malloc(16 << 20) == nullptr) throw std::bad_alloc();
  }
  if (what == "leak") {
    auto* leaked = static_cast<char*>(std::malloc(32 << 20));
    if (leaked == nullptr) throw std::bad_alloc();
    leaked[0] = 1;
  }
  if (what == "print") {
    std::printf("on stdout\n");
    std::fflush(stdout);
    std::fprintf(stderr, "on stderr\n");
  }
  if (what == "throw") throw std::runtime_error("cannot judge");
  if (what == "metric") host.metric("seen", 1), host.log(CRESCENT_LOG_INFO, "judged one");
}

class BadProcess final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit BadProcess(const Setup& setup) : host_(setup.host), slow_(setup.boolean("hang_together")) {
    harm(host_, setup.string("at"));
  }
  std::vector<const char*> part_names() const override { return {"length", "random"}; }
  Verdict score(const Sample& s) const override {
    if (slow_ && s.index_in_group == 2) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    harm(host_, s.response);
    if (s.response == "nan") return std::nan("");
    if (s.response == "skip") return Verdict::not_applicable();
    if (s.response == "field") {
      std::string text;
      return host_.field(s.group_id, "answer", text) ? static_cast<double>(text.size()) : -1;
    }
    return {1, {static_cast<double>(s.response.size()), host_.random("part", {s.index_in_group}).uniform(0)}};
  }

 private:
  Host host_;
  bool slow_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(BadProcess, "bad_process", "1", "a test", "Apache-2.0", "harms its process")
