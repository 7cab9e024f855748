// Throws through the C++ layer, and uses what it offers: services, parts, options.
#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {boolean("refuse", false, "throw in the constructor")};

class Throwing final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit Throwing(const Setup& setup) : host_(setup.host) {
    if (setup.boolean("refuse")) throw std::runtime_error("refused");
  }
  std::vector<const char*> part_names() const override { return {"length", "random"}; }
  Verdict score(const Sample& s) const override {
    if (s.response == "throw") throw std::invalid_argument("cannot judge \"throw\"");
    if (s.response == "throw 7") throw 7;
    if (s.response == "parts") return {1, {1, 2, 3}};
    if (s.response == "skip") return Verdict::not_applicable();
    if (s.response == "option") return Setup(nullptr, options(), nullptr, 0).number("refuse");
    if (s.response == "metric") host_.metric("Bad Name", 1);
    if (s.response == "field") {
      std::string text;
      return host_.field(s.group_id, "answer", text) ? static_cast<double>(text.size()) : -1;
    }
    host_.metric("seen", 1);
    host_.log(CRESCENT_LOG_WARNING, "judged one");
    return {1,
            {static_cast<double>(s.response.size()), host_.random("part", {s.group_id, s.index_in_group}).uniform(3)}};
  }

 private:
  Host host_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(Throwing, "throwing", "0.1", "a test", "Apache-2.0", "throws")
