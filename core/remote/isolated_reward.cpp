#include "core/remote/isolated_reward.hpp"

#include <algorithm>
#include <atomic>

#include "core/plugin/call.hpp"
#include "core/remote/messages.hpp"

namespace crescent {

namespace {

using Answer = std::function<void(FrameReader& body)>;

// A question that a worker is asked, by its number; no two of one worker have the same.
struct Question {
  uint64_t number;
  FrameWriter frame;
  Question(FrameKind kind, uint64_t n) : number(n), frame(kind, n) {}
};

// Sends a question and reads its answer of that kind, with what the worker wants to know meanwhile.
Child::Ending ask(Child& child, Question& question, FrameKind kind, const TimeLimit& limit,
                  const DatasetAccess& dataset, const Answer& read) {
  child.send(question.frame.finish());
  return child.exchange(std::chrono::milliseconds(limit.ms), [&](std::string_view& received) {
    while (const std::optional<Frame> frame = take_frame(received)) {
      if (frame->question != question.number) fail("an answer to another question than was asked");
      FrameReader body(frame->body);
      if (frame->kind == FrameKind::field && dataset.field) {
        const uint64_t prompt = body.get<uint64_t>();
        const std::optional<std::string> text = dataset.field(prompt, body.text());
        FrameWriter value(FrameKind::field_value, question.number);
        value.put(static_cast<uint8_t>(text.has_value())).text(text.value_or(""));
        child.send(value.finish());
        continue;
      }
      if (frame->kind == FrameKind::failed) {
        const auto of = body.get<ErrorKind>() == ErrorKind::usage ? ErrorKind::usage : ErrorKind::run;
        throw Error(printable(body.text()), {}, of);
      }
      if (frame->kind != kind) fail("an answer of another kind than was asked for");
      read(body);
      body.expect_end();
      return true;
    }
    return false;
  });
}

std::unique_ptr<Child> start_worker(const std::string& label, const WorkerLimits& limits, Log* log) {
  return std::make_unique<Child>(ChildCommand{{}, "", limits.launcher, limits.memory_mb},
                                 [log, label](std::string_view line) {
                                   if (log != nullptr) log->info("[{}] printed: {}", label, printable(line));
                                 });
}

class IsolatedReward final : public Reward {
 public:
  IsolatedReward(CreateMessage message, const WorkerLimits& limits, const HostServices& services)
      : message_(std::move(message)),
        limits_(limits),
        services_(services),
        supervisor_(
            fmt::format("reward \"{}\"", message_.name), limits.workers,
            [this] {
              std::vector<std::string> same_parts;
              return start(same_parts);
            },
            services.log) {
    supervisor_.add(start(parts_));
  }

  const std::vector<std::string>& part_names() const override { return parts_; }

  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    supervisor_.judge(
        samples, scores,
        [this](Worker& worker, std::span<const Sample> asked, std::span<Score> out, std::vector<uint8_t>& answered) {
          Question question(FrameKind::score, next_question_++);
          put_samples(question.frame, asked);
          Notes notes;
          const TimeLimit limit = answer_limit(limits_);
          const Child::Ending ending =
              ask(*worker.child, question, FrameKind::scores, limit, services_.dataset, [&](FrameReader& body) {
                get_scores(body, parts_.size(), out);
                notes = get_notes(body);
              });
          if (const Fault fault = fault_of(*worker.child, ending, limit)) return fault;
          pass_on(notes);
          worker.retire = notes.retire;
          std::fill(answered.begin(), answered.end(), uint8_t{1});
          return Fault();
        });
  }

 private:
  std::unique_ptr<Child> start(std::vector<std::string>& parts) {
    std::unique_ptr<Child> child = start_worker("plugin/" + message_.name, limits_, services_.log);
    Question question(FrameKind::create, next_question_++);
    put_create(question.frame, message_);
    Notes notes;
    const TimeLimit limit = start_limit(limits_);
    const Child::Ending ending =
        ask(*child, question, FrameKind::created, limit, services_.dataset, [&](FrameReader& body) {
          const uint32_t n = body.count(sizeof(uint32_t));
          for (uint32_t i = 0; i < n; ++i) parts.push_back(printable(body.text()));
          notes = get_notes(body);
        });
    if (const Fault fault = fault_of(*child, ending, limit))
      fail("reward \"{}\": create failed: {}", message_.name, fault.text);
    pass_on(notes);
    return child;
  }

  void pass_on(const Notes& notes) const {
    if (services_.log != nullptr)
      for (const auto& [level, text] : notes.log) services_.log->write(level, printable(text));
    if (services_.metrics != nullptr)
      for (const auto& [name, values] : notes.metrics)
        for (const double value : values) services_.metrics->record(name, value);
  }

  CreateMessage message_;
  WorkerLimits limits_;
  HostServices services_;
  std::vector<std::string> parts_;
  std::atomic<uint64_t> next_question_{1};
  Supervisor supervisor_;
};

}  // namespace

Table resolve_isolated_options(const PluginUse& use, const WorkerLimits& limits, const PluginSearch& search,
                               Problems& problems) {
  const size_t before = problems.size();
  Table table;
  try {
    const std::unique_ptr<Child> child = start_worker("plugin", limits, nullptr);
    Question question(FrameKind::describe, 1);
    question.frame.text(find_plugin(use.plugin, search, use.place));
    const TimeLimit limit = start_limit(limits);
    const Child::Ending ending = ask(*child, question, FrameKind::description, limit, {}, [&](FrameReader& body) {
      const DescribedOptions options(body);
      table = apply_options(fmt::format("reward \"{}\"", use.plugin), options.get(), use.options, use.place, problems)
                  .table;
    });
    if (const Fault fault = fault_of(*child, ending, limit))
      fail("plugin {}: the library cannot be loaded: {}", use.plugin, fault.text);
  } catch (const Error& e) {
    problems.add_error(e.place().file.empty() ? Error(e.message(), use.place, ErrorKind::usage) : e);
  }
  return problems.size() == before ? table : Table{};
}

std::unique_ptr<Reward> make_isolated_reward(const PluginUse& use, const std::string& metric_name,
                                             const WorkerLimits& limits, const PluginSearch& search,
                                             const HostServices& services) {
  const std::string path = find_plugin(use.plugin, search, use.place);
  CreateMessage message{path, metric_name, use.options, services.seed, services.metrics != nullptr, {}, {}};
  if (services.dataset.count && services.dataset.field) message.records = services.dataset.count();
  message.validation = services.validation;
  try {
    return std::make_unique<IsolatedReward>(std::move(message), limits, services);
  } catch (const Error& e) {
    throw Error(e.message(), use.place, e.kind());
  }
}

}  // namespace crescent
