// A sampler and a curriculum with the fault that their option names: what `crescent plugins check` must find. With
// none they are what they should be.
#include <cstdlib>
#include <ctime>

#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {string("fault", "", nullptr, "what goes wrong")};
uint64_t clock_of_all = 0;

class OddSampler final : public Sampler {
 public:
  static Options options() { return Options(kOptions); }
  explicit OddSampler(const Setup& setup) : fault_(setup.string("fault")) {}
  void draw(const SamplerContext& ctx, Array<uint64_t> prompt, Array<double>) override {
    for (uint64_t& p : prompt) {
      const uint64_t n = fault_ == "own clock" ? clock_of_all++ : drawn_++;
      p = ctx.eligible[(n + (fault_ == "seconds" ? static_cast<uint64_t>(std::time(nullptr)) : 0)) %
                       ctx.eligible.size()];
      if (fault_ == "not eligible") p = 1000;
    }
  }
  std::vector<Probe> plan_probe(const SamplerContext& ctx, uint64_t) override {
    return fault_ == "probes for ever" ? std::vector<Probe>{{ctx.eligible[0], 1}} : std::vector<Probe>{};
  }
  void save(Writer& writer) const override { writer.put(fault_ == "forgets" ? uint64_t{0} : drawn_); }
  void load(Reader& reader) override { drawn_ = reader.get<uint64_t>(); }

 private:
  std::string fault_;
  uint64_t drawn_ = 0;
};

class OddCurriculum final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit OddCurriculum(const Setup& setup) : fault_(setup.string("fault")) {}
  Decision decide(const crescent_progress&) override {
    if (fault_ == "no reason") return {CRESCENT_STOP, "", ""};
    const bool sudden = fault_ == "own clock" && clock_of_all++ == 30;
    const uint64_t steps = fault_ == "seconds"        ? 100 + static_cast<uint64_t>(std::time(nullptr)) % 7
                           : fault_ == "forgets soon" ? 8
                                                      : 100;
    return ++asked_ < steps && !sudden ? Decision{} : Decision{CRESCENT_ADVANCE, "enough", ""};
  }
  void save(Writer& writer) const override {
    writer.put(fault_.rfind("forgets", 0) == 0 ? uint64_t{0} : asked_);
    writer.put(fault_ == "saves a count" ? ++clock_of_all : uint64_t{0});
  }
  void load(Reader& reader) override {
    asked_ = reader.get<uint64_t>();
    reader.get<uint64_t>();
  }

 private:
  std::string fault_;
  uint64_t asked_ = 0;
};

}  // namespace

static const void* query(const char* id) {
  static const crescent_sampler_factory sampler = glue::sampler_factory<OddSampler>();
  static const crescent_curriculum_factory curriculum = glue::curriculum_factory<OddCurriculum>();
  if (std::strcmp(id, CRESCENT_SAMPLER_ID) == 0) return &sampler;
  return std::strcmp(id, CRESCENT_CURRICULUM_ID) == 0 ? static_cast<const void*>(&curriculum) : nullptr;
}

extern "C" CRESCENT_EXPORT const crescent_plugin_entry crescent_entry = {CRESCENT_ABI_MAJOR,
                                                                         CRESCENT_ABI_MINOR,
                                                                         sizeof(crescent_plugin_entry),
                                                                         0,
                                                                         "odd_roles",
                                                                         "1",
                                                                         "a test",
                                                                         "Apache-2.0",
                                                                         "has a fault",
                                                                         nullptr,
                                                                         nullptr,
                                                                         query};
