#include "core/worker/serve.hpp"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

#include "core/plugin/plugin.hpp"
#include "core/remote/messages.hpp"
#include "core/worker/host_link.hpp"

namespace crescent {

namespace {

// Address space in use, which is what RLIMIT_AS limits; 0: not known.
int64_t address_space_mb() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long long pages = 0;
  if (std::fscanf(file, "%lld", &pages) != 1) pages = 0;
  std::fclose(file);
  return pages * sysconf(_SC_PAGESIZE) >> 20;
}

class Server {
 public:
  explicit Server(int64_t memory_mb) : memory_mb_(memory_mb) {
    log_.show(LogLevel::debug, [this](LogLevel level, std::string_view text) {
      const std::lock_guard lock(notes_mutex_);
      notes_.log.emplace_back(level, text);
    });
  }

  void run() {
    std::string body;
    while (const std::optional<Frame> frame = link_.read(body)) {
      question_ = frame->question;
      try {
        answer(*frame);
      } catch (const Error& e) {
        FrameWriter failed(FrameKind::failed, question_);
        failed.put(e.kind()).text(e.message());
        link_.write(failed);
      }
    }
  }

 private:
  void answer(const Frame& frame) {
    FrameReader body(frame.body);
    switch (frame.kind) {
      case FrameKind::describe:
        return describe(std::string(body.text()));
      case FrameKind::create:
        return create(get_create(body));
      case FrameKind::score:
        return score(body);
      default:
        fail("the host sent a frame of kind {}, which is no question", static_cast<int>(frame.kind));
    }
  }

  void describe(const std::string& path) {
    FrameWriter out(FrameKind::description, question_);
    put_options(out, declared_options(PluginRole::reward, {path, {}, {}}, {}));
    link_.write(out);
  }

  void create(const CreateMessage& message) {
    HostServices services;
    services.seed = message.seed;
    services.log = &log_;
    if (message.metrics) services.metrics = &metrics_;
    services.validation = message.validation;
    if (message.records) {
      services.dataset.count = [n = *message.records] { return n; };
      services.dataset.field = [this](uint64_t prompt, std::string_view name) { return ask_field(prompt, name); };
    }
    {
      const Call call(*this);
      reward_ = make_reward({message.path, message.options, {}}, message.name, {}, services);
    }
    FrameWriter out(FrameKind::created, question_);
    out.put(static_cast<uint32_t>(reward_->part_names().size()));
    for (const std::string& part : reward_->part_names()) out.text(part);
    put_notes(out, take_notes());
    link_.write(out);
  }

  void score(FrameReader& body) {
    if (!reward_) fail("the host asked for scores before it made a reward");
    const std::vector<Sample> samples = get_samples(body);
    body.expect_end();
    std::vector<Score> scores(samples.size());
    {
      const Call call(*this);
      reward_->score(samples, scores);
    }
    FrameWriter out(FrameKind::scores, question_);
    put_scores(out, scores);
    put_notes(out, take_notes());
    link_.write(out);
  }

  // While a call of the plugin runs, the host listens for questions; a thread that the plugin started may ask them too.
  class Call {
   public:
    explicit Call(Server& server) : server_(server) { set(true); }
    ~Call() { set(false); }

   private:
    void set(bool open) {
      const std::lock_guard lock(server_.question_mutex_);  // until a question under way is answered
      server_.in_call_ = open;
    }
    Server& server_;
  };

  std::optional<std::string> ask_field(uint64_t prompt, std::string_view name) {
    const std::lock_guard lock(question_mutex_);
    if (!in_call_) fail("a record's field can be asked for during a call only");
    FrameWriter question(FrameKind::field, question_);
    question.put(prompt).text(name);
    link_.write(question);
    std::string bytes;
    const std::optional<Frame> frame = link_.read(bytes);
    if (!frame || frame->kind != FrameKind::field_value || frame->question != question_)
      fail("the host did not say what a record's field is");
    FrameReader body(frame->body);
    const bool found = body.get<uint8_t>() != 0;
    const std::string text(body.text());
    if (!found) return std::nullopt;
    return text;
  }

  Notes take_notes() {
    Notes notes;
    {
      const std::lock_guard lock(notes_mutex_);
      notes = std::exchange(notes_, {});
    }
    notes.metrics = metrics_.take_all();
    notes.retire = memory_mb_ > 0 && address_space_mb() > memory_mb_ * 3 / 4;
    return notes;
  }

  int64_t memory_mb_;
  HostLink link_;
  Log log_;
  MetricCollector metrics_;
  std::mutex notes_mutex_, question_mutex_;
  Notes notes_;
  bool in_call_ = false;
  uint64_t question_ = 0;  // the one that is open
  std::unique_ptr<Reward> reward_;
};

}  // namespace

int serve(int64_t memory_mb) {
  Server(memory_mb).run();
  return 0;
}

}  // namespace crescent
