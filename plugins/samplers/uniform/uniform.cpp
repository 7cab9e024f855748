// Each prompt once an epoch, in a fresh random order.
#include "plugins/samplers/epoch_order.hpp"

namespace {

using namespace crescent::plugin;

class Uniform final : public Sampler {
 public:
  explicit Uniform(const Setup& setup) : order_(setup.host) {}
  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double>) override {
    order_.take(ctx, prompt_index);
  }
  void save(Writer& writer) const override { order_.save(writer); }
  void load(Reader& reader) override { order_.load(reader); }

 private:
  EpochOrder order_;
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(Uniform, "uniform", "1.0.0", "The Crescent authors", "Apache-2.0",
                        "each prompt once an epoch, in a fresh random order")
