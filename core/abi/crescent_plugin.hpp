// C++17 comfort over crescent_plugin.h, header-only and optional: derive, return values, throw. Every exception is
// caught here and becomes a status and an error text; nothing crosses the C interface.
//
//   #include "crescent_plugin.hpp"
//   struct Brevity : crescent::plugin::Reward {
//     crescent::plugin::Verdict score(const crescent::plugin::Sample& s) const override { return 1 - s.token_count
//     / 64.0; }
//   };
//   CRESCENT_REWARD_PLUGIN(Brevity, "brevity", "1.0", "A. Author", "Apache-2.0", "shorter is better")
//
// A class takes `const Setup&` in its constructor when it has options or uses the host; its options are an array at
// namespace scope that a static function `Options options()` names. There is no inline or static state in this header,
// so that two versions of a plugin can live side by side in a process.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "crescent_plugin.h"

namespace crescent::plugin {

inline crescent_span span_of(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view_of(crescent_span span) {
  return span.size == 0 ? std::string_view() : std::string_view(span.data, span.size);
}

template <class T>
class Array {  // borrowed [size] values
 public:
  Array() = default;
  Array(T* data, uint64_t size) : data_(data), size_(size) {}
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }
  T& operator[](uint64_t i) const { return data_[i]; }
  uint64_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  uint64_t size_ = 0;
};

// An exception that names the sample, draw or group to blame.
class ItemError : public std::runtime_error {
 public:
  ItemError(uint64_t item, const std::string& text) : std::runtime_error(text), item_(item) {}
  uint64_t item() const { return item_; }

 private:
  uint64_t item_;
};

// ---- Options ----

struct Range {
  double min = -HUGE_VAL, max = HUGE_VAL;
};

constexpr crescent_option boolean(const char* name, bool fallback, const char* help) {
  return {name, CRESCENT_BOOL, 0, {fallback ? 1 : 0, 0, {nullptr, 0}}, -HUGE_VAL, HUGE_VAL, nullptr, help};
}
constexpr crescent_option integer(const char* name, int64_t fallback, Range range, const char* help) {
  return {name, CRESCENT_INT, 0, {fallback, 0, {nullptr, 0}}, range.min, range.max, nullptr, help};
}
constexpr crescent_option number(const char* name, double fallback, Range range, const char* help) {
  return {name, CRESCENT_DOUBLE, 0, {0, fallback, {nullptr, 0}}, range.min, range.max, nullptr, help};
}
constexpr crescent_span text_span(const char* text) {
  uint64_t size = 0;
  while (text[size] != 0) ++size;
  return {text, size};
}
// `choices`: an array that ends in nullptr, or null for any text.
constexpr crescent_option string(const char* name, const char* fallback, const char* const* choices, const char* help) {
  return {name, CRESCENT_STRING, 0, {0, 0, text_span(fallback)}, -HUGE_VAL, HUGE_VAL, choices, help};
}
constexpr crescent_option shares(const char* name, const char* help) {  // numbers of at least 0 by name
  return {name, CRESCENT_SHARES, 0, {0, 0, text_span("")}, 0, HUGE_VAL, nullptr, help};
}
constexpr crescent_option required(crescent_option option) {
  option.required = 1;
  return option;
}
constexpr crescent_value value(double number) { return {static_cast<int64_t>(number), number, {nullptr, 0}}; }
constexpr crescent_value value(const char* text) { return {0, 0, text_span(text)}; }

struct Options : crescent_options {
  constexpr Options() : crescent_options{nullptr, 0, nullptr, 0} {}
  template <size_t N>
  constexpr explicit Options(const crescent_option (&list)[N]) : crescent_options{list, N, nullptr, 0} {}
  template <size_t N, size_t M>
  constexpr Options(const crescent_option (&list)[N], const crescent_preset (&presets)[M])
      : crescent_options{list, N, presets, M} {}
};

// ---- The host ----

// One stream of the run's keyed random numbers; read by position, or in sequence with a position of one's own.
class Random {
 public:
  Random(const crescent_random* service, uint64_t key) : service_(service), key_(key) {}
  uint64_t bits(uint64_t position) const { return service_->bits(key_, position); }
  double uniform(uint64_t position) const { return static_cast<double>(bits(position) >> 11) * 0x1p-53; }  // [0, 1)
  uint64_t below(uint64_t n, uint64_t position) const {                                                    // [0, n)
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(bits(position)) * n) >> 64);
  }

 private:
  const crescent_random* service_;
  uint64_t key_;
};

class Host {
 public:
  explicit Host(const crescent_host* host) : host_(host) {}

  void log(int32_t level, std::string_view text) const {
    if (const auto* log = find<crescent_log>(CRESCENT_LOG_ID)) log->write(log->host_data, level, span_of(text));
  }
  Random random(std::string_view purpose, std::initializer_list<uint64_t> ids = {}) const {
    const auto* service = find<crescent_random>(CRESCENT_RANDOM_ID);
    if (service == nullptr) throw std::runtime_error("the host offers no crescent.random/1");
    return Random(service, service->key(service->host_data, span_of(purpose), ids.begin(), ids.size()));
  }
  void metric(std::string_view name, double value) const {
    const auto* service = find<crescent_metric>(CRESCENT_METRIC_ID);
    if (service != nullptr && service->record(service->host_data, span_of(name), value) != CRESCENT_OK)
      throw std::runtime_error("the host refused the metric \"" + std::string(name) + "\"");
  }
  // Writes the field into `out`; false: the record has no such field, or the host offers no records.
  bool field(uint64_t prompt_index, std::string_view name, std::string& out) const {
    const auto* service = find<crescent_dataset>(CRESCENT_DATASET_ID);
    return service != nullptr &&
           service->field(service->host_data, prompt_index, span_of(name), &out, [](void* sink, crescent_span value) {
             static_cast<std::string*>(sink)->assign(value.data, value.size);
           }) == CRESCENT_OK;
  }
  // What the run validates; null: the host does not say.
  const crescent_validation* validation() const { return find<crescent_validation>(CRESCENT_VALIDATION_ID); }

  // The run's phases; null: the host does not say.
  const crescent_phases* phases() const { return find<crescent_phases>(CRESCENT_PHASES_ID); }

  // A curriculum's own phase; empty: the host does not say.
  std::string_view phase() const {
    const auto* phase = find<crescent_phase>(CRESCENT_PHASE_ID);
    return phase == nullptr ? std::string_view() : view_of(phase->name);
  }

 private:
  template <class T>
  const T* find(const char* id) const {
    return static_cast<const T*>(host_->query(host_, id));
  }
  const crescent_host* host_;
};

// What a plugin's object is made from: its options, by name, and the host. Valid during the constructor, `host` longer.
class Setup {
 public:
  Setup(const crescent_host* h, const crescent_options& options, const crescent_value* values, uint64_t n)
      : host(h), options_(options), values_(values), n_(n) {}
  Host host;
  bool boolean(std::string_view name) const { return find(name, CRESCENT_BOOL).integer != 0; }
  int64_t integer(std::string_view name) const { return find(name, CRESCENT_INT).integer; }
  double number(std::string_view name) const { return find(name, CRESCENT_DOUBLE).number; }
  std::string string(std::string_view name) const { return std::string(view_of(find(name, CRESCENT_STRING).text)); }
  std::vector<std::pair<std::string, double>> shares(std::string_view name) const {
    std::vector<std::pair<std::string, double>> out;
    const std::string text(view_of(find(name, CRESCENT_SHARES).text));
    for (size_t at = 0; at < text.size();) {
      const std::string key = text.c_str() + at, number = text.c_str() + at + key.size() + 1;
      out.emplace_back(key, std::strtod(number.c_str(), nullptr));
      at += key.size() + number.size() + 2;
    }
    return out;
  }

 private:
  const crescent_value& find(std::string_view name, crescent_option_type type) const {
    for (uint64_t i = 0; i < n_ && i < options_.n_options; ++i)
      if (name == options_.options[i].name && options_.options[i].type == type) return values_[i];
    throw std::logic_error("the plugin reads an option \"" + std::string(name) +
                           "\" that it did not declare with that type");
  }
  const crescent_options& options_;
  const crescent_value* values_;
  uint64_t n_;
};

// State in and out of a checkpoint: fixed-width values one after another.
class Writer {
 public:
  explicit Writer(const crescent_writer* writer) : writer_(writer) {}
  void bytes(const void* data, uint64_t size) { writer_->write(writer_->host_data, data, size); }
  template <class T>
  void put(const T& value) {
    static_assert(std::is_arithmetic_v<T>, "numbers only: padding is not state");
    bytes(&value, sizeof value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    static_assert(std::is_arithmetic_v<T>, "numbers only: padding is not state");
    put<uint64_t>(values.size());
    bytes(values.data(), values.size() * sizeof(T));
  }
  void put(std::string_view text) {
    put<uint64_t>(text.size());
    bytes(text.data(), text.size());
  }

 private:
  const crescent_writer* writer_;
};

class Reader {
 public:
  explicit Reader(const crescent_reader* reader) : reader_(reader) {}
  void bytes(void* data, uint64_t size) {
    if (reader_->read(reader_->host_data, data, size) != size)
      throw std::runtime_error("the saved state ends too early");
  }
  template <class T>
  T get() {
    T value{};
    bytes(&value, sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> get_vector() {
    return read_all<std::vector<T>>();
  }
  std::string get_string() { return read_all<std::string>(); }
  void expect_end() {
    char byte;
    if (reader_->read(reader_->host_data, &byte, 1) != 0)
      throw std::runtime_error("the saved state is longer than it should be");
  }

 private:
  template <class Container>
  Container read_all() {  // in pieces: a damaged length must not ask for all memory
    const uint64_t size = get<uint64_t>();
    Container out;
    while (out.size() < size) {
      const uint64_t done = out.size(), piece = size - done < 65536 ? size - done : 65536;
      out.resize(done + piece);
      bytes(out.data() + done, piece * sizeof(typename Container::value_type));
    }
    return out;
  }
  const crescent_reader* reader_;
};

// ---- The three roles ----

struct Sample {
  std::string_view prompt, response, gold, columns_json, record_id, phase;
  uint64_t group_id;
  uint32_t index_in_group, token_count;
  bool stopped;  // false: cut at the limit of tokens
  int64_t step;
};

struct Verdict {
  Verdict(double s) : score(s) {}  // NOLINT: a plain number is a verdict
  Verdict(double s, std::vector<double> p) : score(s), parts(std::move(p)) {}
  static Verdict not_applicable() {
    Verdict verdict(0);
    verdict.applies = false;
    return verdict;
  }
  double score;
  std::vector<double> parts;  // one for each of part_names()
  bool applies = true;
};

class Reward {
 public:
  virtual ~Reward() = default;
  static Options options() { return {}; }
  virtual std::vector<const char*> part_names() const { return {}; }
  virtual Verdict score(const Sample& sample) const = 0;  // [worker-thread, concurrent]; throw: this sample failed
};

struct SamplerContext {
  std::string_view phase;
  int32_t view;  // CRESCENT_VIEW_...
  Array<const uint64_t> eligible;
  int64_t step;
};

struct Probe {
  uint64_t prompt_index;
  uint32_t rollouts;
};

class Sampler {  // [main-thread]
 public:
  virtual ~Sampler() = default;
  static Options options() { return {}; }
  virtual void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double> weight) = 0;
  virtual std::vector<Probe> plan_probe(const SamplerContext&, uint64_t /*capacity*/) { return {}; }
  virtual void observe(const SamplerContext&, Array<const crescent_group>) {}
  virtual bool weights(const SamplerContext&, Array<double>) { return false; }  // false: it has none
  virtual void save(Writer& writer) const = 0;
  virtual void load(Reader& reader) = 0;
};

struct Decision {
  int32_t kind = CRESCENT_STAY;
  std::string reason;
  std::string phase;  // for CRESCENT_JUMP
};

class Curriculum {  // [main-thread]
 public:
  virtual ~Curriculum() = default;
  static Options options() { return {}; }
  virtual Decision decide(const crescent_progress& progress) = 0;
  virtual int64_t planned_steps() const noexcept { return -1; }  // steps of the phase whatever happens; -1: not known
  virtual void save(Writer& writer) const = 0;
  virtual void load(Reader& reader) = 0;
};

}  // namespace crescent::plugin

#include "crescent_plugin_glue.hpp"
