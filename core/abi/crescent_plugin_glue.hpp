// The C functions behind the classes of crescent_plugin.hpp, and the macros that define `crescent_entry`. Included by
// crescent_plugin.hpp; nothing here is called by hand.
#pragma once

#include "crescent_plugin.hpp"

namespace crescent::plugin::glue {

inline void write_error(crescent_error* error, int64_t item, std::string_view text) {
  const uint64_t size = text.size() < error->capacity ? text.size() : error->capacity;
  std::memcpy(error->text, text.data(), size);
  error->size = size;
  error->item = item;
}

// Runs `body`; `item`: what to blame unless the exception says so itself.
template <class F>
crescent_status guarded(crescent_error* error, F&& body, int64_t item = -1) noexcept {
  try {
    return body();
  } catch (const ItemError& e) {
    write_error(error, static_cast<int64_t>(e.item()), e.what());
  } catch (const std::exception& e) {
    write_error(error, item, e.what());
  } catch (...) {
    write_error(error, item, "threw something that is not a std::exception");
  }
  return CRESCENT_FAILED;
}

template <class T>
crescent_status create(const crescent_host* host, const crescent_value* values, uint64_t n, void** self,
                       crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    if constexpr (std::is_constructible_v<T, const Setup&>) {
      const Options options = T::options();
      *self = new T(Setup(host, options, values, n));
    } else {
      *self = new T();
    }
    return CRESCENT_OK;
  });
}

template <class T>
void destroy(void* self) {
  delete static_cast<T*>(self);
}

template <class T>
crescent_status save(void* self, const crescent_writer* w, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    Writer writer(w);
    static_cast<const T*>(self)->save(writer);
    return CRESCENT_OK;
  });
}

template <class T>
crescent_status load(void* self, const crescent_reader* r, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    Reader reader(r);
    static_cast<T*>(self)->load(reader);
    reader.expect_end();
    return CRESCENT_OK;
  });
}

// ---- Reward ----

template <class T>
const char* part_name(void* self, uint64_t i) {
  const std::vector<const char*> names = static_cast<const T*>(self)->part_names();
  return i < names.size() ? names[i] : nullptr;
}

inline Sample sample_of(const crescent_sample& s) {
  return {view_of(s.prompt),
          view_of(s.response),
          view_of(s.gold),
          view_of(s.columns_json),
          view_of(s.record_id),
          view_of(s.phase),
          s.group_id,
          s.index_in_group,
          s.token_count,
          s.finish == CRESCENT_FINISH_STOP,
          s.step};
}

template <class T>
crescent_status score(void* self, const crescent_sample* samples, uint64_t n, double* scores, double* parts,
                      crescent_status* status, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    const T& reward = *static_cast<const T*>(self);
    const uint64_t n_parts = reward.part_names().size();
    for (uint64_t i = 0; i < n; ++i) {
      const auto one = [&]() -> crescent_status {
        const Verdict verdict = reward.score(sample_of(samples[i]));
        if (!verdict.applies) return CRESCENT_NOT_APPLICABLE;
        if (!verdict.parts.empty() && verdict.parts.size() != n_parts)
          throw std::runtime_error("gave " + std::to_string(verdict.parts.size()) + " parts, but declares " +
                                   std::to_string(n_parts));
        scores[i] = verdict.score;
        for (uint64_t p = 0; p < verdict.parts.size(); ++p) parts[i * n_parts + p] = verdict.parts[p];
        return CRESCENT_OK;
      };
      status[i] = guarded(error, one, static_cast<int64_t>(i));
    }
    return CRESCENT_OK;
  });
}

template <class T>
crescent_reward_factory reward_factory() {
  return {T::options(), create<T>, destroy<T>, part_name<T>, score<T>};
}

// ---- Sampler ----

inline SamplerContext context_of(const crescent_sampler_context* c) {
  return {view_of(c->phase), c->view, Array<const uint64_t>(c->eligible, c->n_eligible), c->step};
}

template <class T>
crescent_status draw(void* self, const crescent_sampler_context* context, uint64_t n, uint64_t* prompt_index,
                     double* weight, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    static_cast<T*>(self)->draw(context_of(context), Array<uint64_t>(prompt_index, n), Array<double>(weight, n));
    return CRESCENT_OK;
  });
}

template <class T>
crescent_status plan_probe(void* self, const crescent_sampler_context* context, uint64_t capacity,
                           uint64_t* prompt_index, uint32_t* rollouts, uint64_t* n_planned, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    const std::vector<Probe> probes = static_cast<T*>(self)->plan_probe(context_of(context), capacity);
    if (probes.size() > context->n_eligible)
      throw std::runtime_error("planned " + std::to_string(probes.size()) + " probes for " +
                               std::to_string(context->n_eligible) + " prompts");
    for (uint64_t i = 0; i < probes.size(); ++i) {
      prompt_index[i] = probes[i].prompt_index;
      rollouts[i] = probes[i].rollouts;
    }
    *n_planned = probes.size();
    return CRESCENT_OK;
  });
}

template <class T>
crescent_status observe(void* self, const crescent_sampler_context* context, const crescent_group* groups, uint64_t n,
                        crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    static_cast<T*>(self)->observe(context_of(context), Array<const crescent_group>(groups, n));
    return CRESCENT_OK;
  });
}

template <class T>
crescent_status weights(void* self, const crescent_sampler_context* context, double* out, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    const bool any = static_cast<T*>(self)->weights(context_of(context), Array<double>(out, context->n_eligible));
    return any ? CRESCENT_OK : CRESCENT_NOT_APPLICABLE;
  });
}

template <class T>
crescent_sampler_factory sampler_factory() {
  return {T::options(), create<T>, destroy<T>, draw<T>, plan_probe<T>, observe<T>, weights<T>, save<T>, load<T>};
}

// ---- Curriculum ----

inline uint64_t copy_text(std::string_view text, char* out, uint64_t capacity) {
  const uint64_t size = text.size() < capacity ? text.size() : capacity;
  std::memcpy(out, text.data(), size);
  return size;
}

template <class T>
crescent_status decide(void* self, const crescent_progress* progress, crescent_decision* out, crescent_error* error) {
  return guarded(error, [&]() -> crescent_status {
    const Decision decision = static_cast<T*>(self)->decide(*progress);
    out->kind = decision.kind;
    out->phase_size = copy_text(decision.phase, out->phase, out->capacity);
    out->reason_size = copy_text(decision.reason, out->reason, out->capacity);
    return CRESCENT_OK;
  });
}

template <class T>
int64_t planned_steps(void* self) {
  return static_cast<const T*>(self)->planned_steps();
}

template <class T>
crescent_curriculum_factory curriculum_factory() {
  return {T::options(), create<T>, destroy<T>, decide<T>, save<T>, load<T>, planned_steps<T>};
}

}  // namespace crescent::plugin::glue

#define CRESCENT_PLUGIN_ENTRY_(Factory, factory, id, plugin_name, version, author, licence, description)  \
  static const void* crescent_query_(const char* asked) {                                                 \
    static const Factory role = factory;                                                                  \
    return std::strcmp(asked, id) == 0 ? &role : nullptr;                                                 \
  }                                                                                                       \
  extern "C" CRESCENT_EXPORT const crescent_plugin_entry crescent_entry = {CRESCENT_ABI_MAJOR,            \
                                                                           CRESCENT_ABI_MINOR,            \
                                                                           sizeof(crescent_plugin_entry), \
                                                                           0,                             \
                                                                           plugin_name,                   \
                                                                           version,                       \
                                                                           author,                        \
                                                                           licence,                       \
                                                                           description,                   \
                                                                           nullptr,                       \
                                                                           nullptr,                       \
                                                                           crescent_query_};

#define CRESCENT_REWARD_PLUGIN(Class, plugin_name, version, author, licence, description)                              \
  CRESCENT_PLUGIN_ENTRY_(crescent_reward_factory, crescent::plugin::glue::reward_factory<Class>(), CRESCENT_REWARD_ID, \
                         plugin_name, version, author, licence, description)
#define CRESCENT_SAMPLER_PLUGIN(Class, plugin_name, version, author, licence, description)           \
  CRESCENT_PLUGIN_ENTRY_(crescent_sampler_factory, crescent::plugin::glue::sampler_factory<Class>(), \
                         CRESCENT_SAMPLER_ID, plugin_name, version, author, licence, description)
#define CRESCENT_CURRICULUM_PLUGIN(Class, plugin_name, version, author, licence, description)              \
  CRESCENT_PLUGIN_ENTRY_(crescent_curriculum_factory, crescent::plugin::glue::curriculum_factory<Class>(), \
                         CRESCENT_CURRICULUM_ID, plugin_name, version, author, licence, description)
