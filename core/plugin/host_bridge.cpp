#include "core/plugin/host_bridge.hpp"

#include <cmath>
#include <string_view>

#include "core/base/hash.hpp"
#include "core/base/random.hpp"
#include "core/plugin/call.hpp"

namespace crescent {

namespace {

HostBridge* bridge(void* data) { return static_cast<HostBridge*>(data); }

bool is_metric_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
  });
}

}  // namespace

HostBridge::HostBridge(const HostServices& services, std::string label)
    : services_(services),
      label_(std::move(label)),
      host_{this, query},
      log_{this, write_log},
      random_{this, random_key, [](uint64_t key, uint64_t position) { return RandomKey(key).bits(position); }},
      metric_{this, record_metric},
      dataset_{this, dataset_count, dataset_field} {
  for (const std::string& name : services_.phases) phase_names_.push_back(to_span(name));
  phases_ = {phase_names_.data(), phase_names_.size()};
  phase_ = {to_span(services_.phase)};
  if (!services_.validation) return;
  for (const std::string& name : services_.validation->names) validation_names_.push_back(to_span(name));
  validation_ = {validation_names_.data(), validation_names_.size(), services_.validation->every};
}

const void* HostBridge::query(const crescent_host* host, const char* id) {
  const HostBridge& self = *bridge(host->host_data);
  const std::string_view asked = id;
  if (asked == CRESCENT_LOG_ID) return &self.log_;
  if (asked == CRESCENT_RANDOM_ID) return &self.random_;
  if (asked == CRESCENT_METRIC_ID && self.services_.metrics != nullptr) return &self.metric_;
  if (asked == CRESCENT_DATASET_ID && self.services_.dataset.count && self.services_.dataset.field)
    return &self.dataset_;
  if (asked == CRESCENT_VALIDATION_ID && self.services_.validation) return &self.validation_;
  if (asked == CRESCENT_PHASES_ID && !self.services_.phases.empty()) return &self.phases_;
  if (asked == CRESCENT_PHASE_ID && !self.services_.phase.empty()) return &self.phase_;
  return nullptr;
}

// The functions below are called from plugins: an exception of the host's must not run through their frames, which may
// be C. What can fail says so by its status; a full disk under the log is found by the next writer that is not here.

void HostBridge::write_log(void* self, int32_t level, crescent_span text) {
  Log* log = bridge(self)->services_.log;
  if (log == nullptr) return;
  try {
    const LogLevel at = level >= CRESCENT_LOG_WARNING ? LogLevel::warning
                        : level == CRESCENT_LOG_INFO  ? LogLevel::info
                                                      : LogLevel::debug;
    log->write(at, fmt::format("[{}] {}", bridge(self)->label_, printable(from_span(text))));
  } catch (const std::exception&) {
  }
}

uint64_t HostBridge::random_key(void* self, crescent_span purpose, const uint64_t* ids, uint64_t n_ids) {
  Hasher hasher;
  hasher.add(bridge(self)->services_.seed).add("plugin").add(bridge(self)->label_).add(from_span(purpose)).add(n_ids);
  for (uint64_t i = 0; i < n_ids; ++i) hasher.add(ids[i]);
  return hasher.digest().low;
}

crescent_status HostBridge::record_metric(void* self, crescent_span name, double value) {
  if (!is_metric_name(from_span(name)) || !std::isfinite(value)) return CRESCENT_FAILED;
  bridge(self)->services_.metrics->record(bridge(self)->label_ + "/" + std::string(from_span(name)), value);
  return CRESCENT_OK;
}

uint64_t HostBridge::dataset_count(void* self) { return bridge(self)->services_.dataset.count(); }

crescent_status HostBridge::dataset_field(void* self, uint64_t prompt_index, crescent_span name, void* sink,
                                          void (*put)(void* sink, crescent_span value)) {
  const DatasetAccess& data = bridge(self)->services_.dataset;
  try {
    if (prompt_index >= data.count()) return CRESCENT_FAILED;
    const std::optional<std::string> value = data.field(prompt_index, from_span(name));
    if (!value) return CRESCENT_NOT_APPLICABLE;
    put(sink, to_span(*value));
    return CRESCENT_OK;
  } catch (const std::exception&) {
    return CRESCENT_FAILED;
  }
}

}  // namespace crescent
