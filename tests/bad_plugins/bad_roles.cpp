// A sampler and a curriculum in one library, each misbehaving in the way its option `fault` names.
#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {string("fault", "", nullptr, "what goes wrong")};

class BadSampler final : public Sampler {
 public:
  static Options options() { return Options(kOptions); }
  explicit BadSampler(const Setup& setup) : fault_(setup.string("fault")) {}
  void draw(const SamplerContext& ctx, Array<uint64_t> prompt, Array<double> weight) override {
    if (fault_ == "throws") throw ItemError(3, "prompt is gone");
    for (uint64_t i = 0; i < prompt.size(); ++i) {
      if (fault_ == "unwritten" && i == 2) continue;
      prompt[i] = fault_ == "not eligible" && i == 1 ? 999 : ctx.eligible[i % ctx.eligible.size()];
      if (fault_ == "weight") weight[i] = i == 1 ? 0 : 1;
    }
    if (fault_ == "too many") prompt.begin()[prompt.size()] = ctx.eligible[0];
  }
  std::vector<Probe> plan_probe(const SamplerContext& ctx, uint64_t capacity) override {
    const uint64_t first = ctx.eligible[0];
    if (fault_ == "probe twice") return {{first, 1}, {first, 1}};
    if (fault_ == "probe none") return {{first, 0}};
    if (fault_ == "probe capacity") return {{first, static_cast<uint32_t>(capacity)}, {ctx.eligible[1], 1}};
    if (fault_ == "probe other") return {{999, 1}};
    if (fault_ == "probe many") return std::vector<Probe>(ctx.eligible.size() + 1, {first, 1});
    return {};
  }
  bool weights(const SamplerContext&, Array<double> out) override {
    if (fault_ == "no weights") return false;
    for (double& w : out) w = 1;
    if (fault_ == "weights") out[1] = std::nan("");
    return true;
  }
  void save(Writer& writer) const override { writer.put(std::string_view("state")); }
  void load(Reader& reader) override {
    if (reader.get_string() != "state") throw std::runtime_error("not the state");
  }

 private:
  std::string fault_;
};

class BadCurriculum final : public Curriculum {
 public:
  static Options options() { return Options(kOptions); }
  explicit BadCurriculum(const Setup& setup) : fault_(setup.string("fault")) {}
  Decision decide(const crescent_progress& p) override {
    if (fault_ == "throws") throw std::runtime_error("no such metric");
    if (fault_ == "unwritten") return {-1, "", ""};
    if (fault_ == "odd") return {9, "because", ""};
    if (fault_ == "nowhere") return {CRESCENT_JUMP, "because", ""};
    if (fault_ == "no reason") return {CRESCENT_STOP, "", ""};
    if (fault_ == "plans less") return p.phase_step < 4 ? Decision{} : Decision{CRESCENT_ADVANCE, "early", ""};
    if (fault_ == "plans a jump") return p.phase_step < 5 ? Decision{} : Decision{CRESCENT_JUMP, "there", "second"};
    if (fault_ == "jump") return {CRESCENT_JUMP, "seen " + std::string(view_of(p.validation[0].name)), "second"};
    return {};
  }
  int64_t planned_steps() const noexcept override {
    return fault_ == "plans none" ? 0 : fault_.compare(0, 5, "plans") == 0 ? 5 : -1;
  }
  void save(Writer&) const override {}
  void load(Reader&) override {}

 private:
  std::string fault_;
};

}  // namespace

static const void* query(const char* id) {
  static const crescent_sampler_factory sampler = glue::sampler_factory<BadSampler>();
  static const crescent_curriculum_factory curriculum = glue::curriculum_factory<BadCurriculum>();
  if (std::strcmp(id, CRESCENT_SAMPLER_ID) == 0) return &sampler;
  return std::strcmp(id, CRESCENT_CURRICULUM_ID) == 0 ? static_cast<const void*>(&curriculum) : nullptr;
}

extern "C" CRESCENT_EXPORT const crescent_plugin_entry crescent_entry = {CRESCENT_ABI_MAJOR,
                                                                         CRESCENT_ABI_MINOR,
                                                                         sizeof(crescent_plugin_entry),
                                                                         0,
                                                                         "bad_roles",
                                                                         "1",
                                                                         "",
                                                                         "",
                                                                         "",
                                                                         nullptr,
                                                                         nullptr,
                                                                         query};
