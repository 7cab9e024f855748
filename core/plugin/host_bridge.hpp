// HostServices as the C structs a plugin asks for. Internal to core/plugin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/abi/crescent_plugin.h"
#include "core/plugin/services.hpp"

namespace crescent {

// One for each object a plugin makes; must outlive it. Not movable: the structs hand out its address.
class HostBridge {
 public:
  // `label` names the object in the log, separates its random streams and begins the names of its metrics.
  HostBridge(const HostServices& services, std::string label);
  HostBridge(const HostBridge&) = delete;
  HostBridge& operator=(const HostBridge&) = delete;
  const crescent_host* host() const { return &host_; }
  void warn(std::string_view text) { write_log(this, CRESCENT_LOG_WARNING, {text.data(), text.size()}); }

 private:
  static const void* query(const crescent_host* host, const char* id);
  static void write_log(void* self, int32_t level, crescent_span text);
  static uint64_t random_key(void* self, crescent_span purpose, const uint64_t* ids, uint64_t n_ids);
  static crescent_status record_metric(void* self, crescent_span name, double value);
  static uint64_t dataset_count(void* self);
  static crescent_status dataset_field(void* self, uint64_t prompt_index, crescent_span name, void* sink,
                                       void (*put)(void* sink, crescent_span value));
  HostServices services_;
  std::string label_;
  crescent_host host_;
  crescent_log log_;
  crescent_random random_;
  crescent_metric metric_;
  crescent_dataset dataset_;
  std::vector<crescent_span> validation_names_;
  crescent_validation validation_;
  std::vector<crescent_span> phase_names_;
  crescent_phases phases_;
  crescent_phase phase_;
};

}  // namespace crescent
