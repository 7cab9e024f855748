// Minus the share of a response's n-grams that it has had before: the repetition penalty of Yeo et al. (Demystifying
// Long Chain-of-Thought Reasoning, 2502.03373) as open-r1 computes it, 1 - distinct / all.
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/abi/crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const char* const kUnits[] = {"words", "characters", nullptr};

const crescent_option kOptions[] = {
    integer("ngram", 3, {1, 32}, "units in a row that make a repetition"),
    number("max_penalty", 1, {0, 1e6}, "the score of a response that says one n-gram for ever is minus this"),
    string("unit", "words", kUnits, "what an n-gram consists of; characters: for languages without spaces"),
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }  // within UTF-8

// The response's units as numbers, equal ones alike.
std::vector<uint64_t> units_of(std::string_view text, bool characters) {
  std::unordered_map<std::string, uint64_t> known;
  std::vector<uint64_t> units;
  for (size_t i = 0; i < text.size();) {
    if (is_space(text[i])) {
      ++i;
      continue;
    }
    std::string unit(1, lower(text[i++]));
    while (i < text.size() && (characters ? continues_character(text[i]) : !is_space(text[i])))
      unit += lower(text[i++]);
    units.push_back(known.emplace(std::move(unit), known.size()).first->second);
  }
  return units;
}

// Share of the n-grams that stood before; 0 where the text is too short to have one.
double repeated_share(const std::vector<uint64_t>& units, size_t n) {
  if (units.size() < n) return 0;
  std::vector<uint64_t> grams = units;  // numbers of the k-grams that begin at each place; then of the (k+1)-grams
  size_t distinct = 0;
  for (size_t k = 0; k < n; ++k) {
    std::unordered_map<uint64_t, uint64_t> known;
    grams.resize(units.size() - k);
    for (size_t i = 0; i < grams.size(); ++i) {
      const uint64_t longer = k == 0 ? units[i] : grams[i] << 32 | units[i + k];
      grams[i] = known.emplace(longer, known.size()).first->second;
    }
    distinct = known.size();
  }
  return 1 - static_cast<double>(distinct) / static_cast<double>(grams.size());
}

class Repetition final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit Repetition(const Setup& setup)
      : n_(static_cast<size_t>(setup.integer("ngram"))),
        max_penalty_(setup.number("max_penalty")),
        characters_(setup.string("unit") == "characters") {}

  std::vector<const char*> part_names() const override { return {"repeated"}; }  // the share

  Verdict score(const Sample& sample) const override {
    if (sample.response.size() >> 32 != 0) throw std::runtime_error("a response of more than 4 GB");
    const double share = repeated_share(units_of(sample.response, characters_), n_);
    return {share == 0 ? 0 : -max_penalty_ * share, {share}};
  }

 private:
  size_t n_;
  double max_penalty_;
  bool characters_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(Repetition, "repetition", "1.0.0", "The Crescent authors", "Apache-2.0",
                       "minus max_penalty times the share of the response's n-grams that stood in it before")
