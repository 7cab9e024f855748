// A mixture of data sets that lie in one file: a column of the records names the data set, and each gets its share of
// the draws whatever its size. Within a data set each prompt is drawn once an epoch, in a fresh random order.
#include <algorithm>

#include "plugins/samplers/epoch_order.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    required(string("field", "", nullptr, "column of the records that names their data set")),
    required(shares("shares", "share of each, { first = 0.7, second = 0.3 }; 0: never drawn")),
};

class Mixture final : public Sampler {
 public:
  static Options options() { return Options(kOptions); }
  explicit Mixture(const Setup& s)
      : host_(s.host), walk_(s.host), field_(s.string("field")), shares_(s.shares("shares")) {
    if (field_.empty()) throw std::runtime_error("the option \"field\" is empty");
    double sum = 0;
    for (const auto& [name, share] : shares_) sum += share;
    if (sum <= 0) throw std::runtime_error("the shares add up to 0, so nothing could be drawn");
    for (auto& [name, share] : shares_) share /= sum;
  }

  // Every share adds up draw by draw; the data set that takes a draw pays 1.
  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double>) override {
    Mix& mix = mix_of(ctx);
    std::vector<std::vector<uint64_t*>> slots(shares_.size());
    for (uint64_t& prompt : prompt_index) {
      for (size_t k = 0; k < shares_.size(); ++k) mix.due[k] += shares_[k].second;
      const size_t next = most_urgent(mix.due);
      mix.due[next] -= 1;
      slots[next].push_back(&prompt);
    }
    for (size_t k = 0; k < shares_.size(); ++k) {
      std::vector<uint64_t> drawn(slots[k].size());
      SamplerContext part = ctx;
      const std::string name = std::string(ctx.phase) + " of " + shares_[k].first;
      part.phase = name;
      part.eligible = Array<const uint64_t>(mix.prompts[k].data(), mix.prompts[k].size());
      walk_.take(part, Array<uint64_t>(drawn.data(), drawn.size()));
      for (size_t i = 0; i < drawn.size(); ++i) *slots[k][i] = drawn[i];
    }
  }

  void save(Writer& writer) const override {
    walk_.save(writer);
    writer.put<uint64_t>(mixes_.size());
    for (const auto& [key, mix] : mixes_) {
      writer.put(std::string_view(key.first));
      writer.put(key.second);
      writer.put(mix.due);
    }
  }
  void load(Reader& reader) override {
    walk_.load(reader);
    mixes_.clear();
    for (uint64_t left = reader.get<uint64_t>(); left > 0; --left) {
      std::string phase = reader.get_string();
      const int32_t view = reader.get<int32_t>();
      Mix& mix = mixes_[{std::move(phase), view}];
      mix.due = reader.get_vector<double>();
      if (mix.due.size() != shares_.size())
        throw std::runtime_error("the saved state is of a mixture of other data sets");
    }
  }

 private:
  struct Mix {                // of one phase and view
    std::vector<double> due;  // [shares] what each has still to get
    uint64_t fingerprint = 0;
    std::vector<std::vector<uint64_t>> prompts;  // [shares] its eligible prompts, ascending; follows from the records
  };

  // Whose turn it is, so that no data set is ever a whole draw from its share, however many there are (Tijdeman 1980,
  // "The chairman assignment problem": at most 1 - 1 / (2K - 2) with K of them): of those owed at least 1 / (2K - 2),
  // the one that would first be owed more than the bound allows.
  size_t most_urgent(const std::vector<double>& due) const {
    const auto sets = std::count_if(shares_.begin(), shares_.end(), [](const auto& s) { return s.second > 0; });
    const double part = sets > 1 ? 1 / (2 * static_cast<double>(sets) - 2) : 0;
    size_t urgent = shares_.size(), largest = 0;
    double soonest = HUGE_VAL;
    for (size_t k = 0; k < shares_.size(); ++k) {
      if (due[k] > due[largest]) largest = k;
      if (shares_[k].second <= 0 || due[k] < part - 1e-9) continue;
      const double until = (1 - part - due[k]) / shares_[k].second;  // draws
      if (until < soonest) urgent = k, soonest = until;
    }
    return urgent < shares_.size() ? urgent : largest;
  }

  Mix& mix_of(const SamplerContext& ctx) {
    Mix& mix = mixes_[{std::string(ctx.phase), ctx.view}];
    mix.due.resize(shares_.size(), 0.0);
    const uint64_t fingerprint = fingerprint_of(ctx.eligible);
    if (mix.fingerprint == fingerprint) return mix;
    mix.fingerprint = fingerprint;
    mix.prompts.assign(shares_.size(), {});
    for (const uint64_t prompt : ctx.eligible) mix.prompts[data_set_of(prompt)].push_back(prompt);
    for (size_t k = 0; k < shares_.size(); ++k)
      if (shares_[k].second > 0 && mix.prompts[k].empty())
        throw std::runtime_error("\"" + shares_[k].first + "\" has a share, but no prompt of phase \"" +
                                 std::string(ctx.phase) + "\" has " + field_ + " = \"" + shares_[k].first + "\"");
    return mix;
  }

  // Read once: a record's columns are text that has to be parsed.
  size_t data_set_of(uint64_t prompt) {
    if (prompt >= data_sets_.size()) data_sets_.resize(prompt + 1, 0);
    if (data_sets_[prompt] > 0) return data_sets_[prompt] - 1;
    std::string name;
    if (!host_.field(prompt, field_, name))
      throw std::runtime_error("record " + std::to_string(prompt) + " has no column \"" + field_ +
                               "\" that names its data set");
    for (size_t k = 0; k < shares_.size(); ++k)
      if (shares_[k].first == name) {
        data_sets_[prompt] = static_cast<uint32_t>(k + 1);
        return k;
      }
    throw std::runtime_error("record " + std::to_string(prompt) + " has " + field_ + " = \"" + name +
                             "\", to which shares gives nothing; give it a share, or 0 to leave it out");
  }

  Host host_;
  EpochOrder walk_;
  std::string field_;
  std::vector<std::pair<std::string, double>> shares_;
  std::map<std::pair<std::string, int32_t>, Mix> mixes_;
  std::vector<uint32_t> data_sets_;  // by prompt: 1 + its data set, 0: not read yet
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(Mixture, "mixture", "1.0.0", "The Crescent authors", "Apache-2.0",
                        "draws from several data sets, each with its share")
