// Walks the pool in order, epoch after epoch: by a number of the records (a level, a length), or by measured
// difficulty, the share of a prompt's rollouts that failed. Equals come in a fresh random order each epoch.
#include <algorithm>
#include <charconv>

#include "plugins/samplers/epoch_order.hpp"
#include "plugins/samplers/pass_counts.hpp"
#include "plugins/samplers/score_table.hpp"

namespace {

using namespace crescent::plugin;

const char* const kOrders[] = {"ascending", "descending", nullptr};

const crescent_option kOptions[] = {
    string("by", "difficulty", nullptr,
           "difficulty: share of rollouts that failed; else a column of the records that holds numbers"),
    string("order", "ascending", kOrders, "ascending: what is least (easiest) comes first"),
    integer("rollouts", 0, {0, 4096},
            "difficulty: rollouts spent on each prompt before the first epoch; 0: that epoch is in random order"),
    number("decay", 0.5, {0, 1}, "difficulty: what an observation leaves of the prompt's earlier evidence"),
};

class Ordered final : public Sampler {
 public:
  static Options options() { return Options(kOptions); }
  explicit Ordered(const Setup& s)
      : host_(s.host),
        by_(s.string("by")),
        descending_(s.string("order") == "descending"),
        measured_(by_ == "difficulty"),
        rollouts_(static_cast<uint32_t>(s.integer("rollouts"))),
        decay_(s.number("decay")) {
    if (by_.empty()) throw std::runtime_error("the option \"by\" is empty");
    if (!measured_ && rollouts_ > 0)
      throw std::runtime_error("rollouts is " + std::to_string(rollouts_) + ", but the order is by the column \"" +
                               by_ + "\", for which nothing is measured; leave it out");
  }

  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double>) override {
    if (prompt_index.size() == 0) return;
    Walk& walk = walks_[{std::string(ctx.phase), ctx.view}];
    const uint64_t n = ctx.eligible.size(), fingerprint = fingerprint_of(ctx.eligible);
    if (walk.fingerprint != fingerprint) {
      walk.fingerprint = fingerprint;
      begin_epoch(ctx, walk);
    }
    for (uint64_t& prompt : prompt_index) {
      if (walk.position == n) begin_epoch(ctx, walk);
      prompt = ctx.eligible[walk.order[walk.position++]];
    }
    host_.metric("epoch", static_cast<double>(walk.epoch));
    host_.metric("position", static_cast<double>(walk.position) / static_cast<double>(n));
  }

  // Whatever the first epoch of this view is to be ordered by and was not measured yet.
  std::vector<Probe> plan_probe(const SamplerContext& ctx, uint64_t capacity) override {
    std::vector<Probe> plan;
    if (rollouts_ == 0 || walks_.count({std::string(ctx.phase), ctx.view}) != 0) return plan;
    if (capacity < rollouts_)
      throw std::runtime_error("a prompt is measured with " + std::to_string(rollouts_) +
                               " rollouts, but the host allows " + std::to_string(capacity) + " at once");
    for (const uint64_t prompt : ctx.eligible) {
      if (plan.size() == capacity / rollouts_) break;
      if (views_[ctx.view].mark(prompt) == 0) plan.push_back({prompt, rollouts_});
    }
    return plan;
  }

  void observe(const SamplerContext&, Array<const crescent_group> groups) override {
    if (!measured_) return;
    for (const crescent_group& group : groups) {
      views_[group.view].set_mark(group.prompt_index, 1);
      note_passes(views_[group.view], group, decay_);
    }
  }

  void save(Writer& writer) const override {
    writer.put<uint64_t>(walks_.size());
    for (const auto& [key, walk] : walks_) {
      writer.put(std::string_view(key.first));
      writer.put(key.second);
      writer.put(walk.epoch);
      writer.put(walk.position);
      writer.put(walk.fingerprint);
      writer.put(walk.order);  // it follows from what was known when the epoch began
    }
    for (const ViewScores& view : views_) view.save(writer);
  }
  void load(Reader& reader) override {
    walks_.clear();
    for (uint64_t left = reader.get<uint64_t>(); left > 0; --left) {
      std::string phase = reader.get_string();
      const int32_t view = reader.get<int32_t>();
      Walk& walk = walks_[{std::move(phase), view}];
      walk.epoch = reader.get<uint64_t>();
      walk.position = reader.get<uint64_t>();
      walk.fingerprint = reader.get<uint64_t>();
      walk.order = reader.get_vector<uint32_t>();
      if (walk.position > walk.order.size()) throw std::runtime_error("the saved position is beyond the saved order");
    }
    for (ViewScores& view : views_) view.load(reader);
  }

 private:
  struct Walk {
    uint64_t epoch = 0;  // counts from 1
    uint64_t position = 0;
    uint64_t fingerprint = 0;
    std::vector<uint32_t> order;  // [n_eligible] places in `eligible`
  };

  void begin_epoch(const SamplerContext& ctx, Walk& walk) {
    walk.epoch += 1;
    walk.position = 0;
    std::vector<double> keys;
    for (const uint64_t prompt : ctx.eligible)
      keys.push_back(measured_ ? difficulty(views_[ctx.view], prompt) : number_of(prompt));
    walk.order.resize(keys.size());
    std::iota(walk.order.begin(), walk.order.end(), 0u);
    const Random random =
        host_.random("epoch of " + std::string(ctx.phase), {static_cast<uint64_t>(ctx.view), walk.epoch});
    for (uint64_t i = walk.order.size(); i > 1; --i) std::swap(walk.order[i - 1], walk.order[random.below(i, i)]);
    std::stable_sort(walk.order.begin(), walk.order.end(),
                     [&](uint32_t a, uint32_t b) { return descending_ ? keys[a] > keys[b] : keys[a] < keys[b]; });
  }

  static double difficulty(const ViewScores& view, uint64_t prompt) {
    return (view.fails(prompt) + 1) / (view.passes(prompt) + view.fails(prompt) + 2);  // unseen: .5
  }

  // What the record has in the column; read once, because a record's columns are text that has to be parsed.
  double number_of(uint64_t prompt) {
    if (prompt >= numbers_.size()) numbers_.resize(prompt + 1, std::nan(""));
    double& number = numbers_[prompt];
    if (!std::isnan(number)) return number;
    std::string text;
    if (!host_.field(prompt, by_, text))
      throw std::runtime_error("record " + std::to_string(prompt) + " has no column \"" + by_ + "\" to be ordered by");
    const char *begin = text.data(), *end = begin + text.size();
    const auto [rest, error] = std::from_chars(begin, end, number);
    if (error != std::errc() || rest != end || !std::isfinite(number)) {
      number = std::nan("");
      throw std::runtime_error("record " + std::to_string(prompt) + " has " + by_ + " = \"" + text +
                               "\", which is not a number to be ordered by");
    }
    return number;
  }

  Host host_;
  std::string by_;
  bool descending_, measured_;
  uint32_t rollouts_;
  double decay_;
  std::map<std::pair<std::string, int32_t>, Walk> walks_;
  ViewScores views_[3];
  std::vector<double> numbers_;  // by prompt: its column, NaN: not read yet
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(Ordered, "ordered", "1.0.0", "The Crescent authors", "Apache-2.0",
                        "walks the pool from easy to hard, or by a column of the records")
