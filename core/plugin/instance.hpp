// One object made by a plugin's factory, with the host services it was given. Internal to core/plugin and core/conformance.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/plugin/call.hpp"
#include "core/plugin/host_bridge.hpp"
#include "core/plugin/options.hpp"

namespace crescent {

template <class Factory>
class Instance {
 public:
  // `who` begins each error: `sampler "variance_aware"`.
  Instance(const Factory* factory, std::string who, std::string label, const HostServices& services,
           const ResolvedOptions& options)
      : factory_(factory), who_(std::move(who)), bridge_(std::make_unique<HostBridge>(services, std::move(label))) {
    ErrorBuffer error;
    const std::vector<crescent_value> values = to_c_values(options.values);
    const crescent_status status = call(
        "create", [&] { return factory_->create(bridge_->host(), values.data(), values.size(), &self_, error.get()); });
    if (status != CRESCENT_OK) fail("{}: create failed: {}", who_, error.text());
  }
  ~Instance() {
    try {
      call_plugin(who_, "destroy", [&] { return factory_->destroy(self_), CRESCENT_OK; });
    } catch (const Error& e) {
      bridge_->warn(e.message());  // too late to stop for it
    }
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void* self() const { return self_; }
  const Factory& factory() const { return *factory_; }
  const std::string& who() const { return who_; }

  template <class F>
  crescent_status call(const char* function, F&& body) const {
    return call_plugin(who_, function, std::forward<F>(body));
  }
  // The same, where anything but success is an Error.
  template <class F>
  void must(const char* function, ErrorBuffer& error, F&& body) const {
    const crescent_status status = call(function, std::forward<F>(body));
    if (status == CRESCENT_OK) return;
    if (error.item() >= 0) fail("{}: {} failed at item {}: {}", who_, function, error.item(), error.text());
    fail("{}: {} failed: {}", who_, function, error.text());
  }

  // The plugin's bytes behind its name, so that one plugin's state is never given to another.
  std::string save(const std::string& name) const {
    std::string bytes = name + '\0';
    const crescent_writer writer = {&bytes, [](void* sink, const void* data, uint64_t size) {
                                      static_cast<std::string*>(sink)->append(static_cast<const char*>(data), size);
                                    }};
    ErrorBuffer error;
    must("save", error, [&] { return factory_->save(self_, &writer, error.get()); });
    return bytes;
  }
  void load(const std::string& name, std::string_view bytes) {
    const size_t end = bytes.find('\0');
    if (end == std::string_view::npos || bytes.substr(0, end) != name)
      fail("{}: the saved state is not its own (it belongs to \"{}\")", who_,
           printable(bytes.substr(0, std::min<size_t>(end, 64))));
    std::string_view rest = bytes.substr(end + 1);
    const crescent_reader reader = {&rest, [](void* source, void* data, uint64_t size) {
                                      auto& left = *static_cast<std::string_view*>(source);
                                      const uint64_t n = std::min<uint64_t>(size, left.size());
                                      if (n > 0) std::memcpy(data, left.data(), n);
                                      left.remove_prefix(n);
                                      return n;
                                    }};
    ErrorBuffer error;
    must("load", error, [&] { return factory_->load(self_, &reader, error.get()); });
  }

 private:
  const Factory* factory_;
  std::string who_;
  std::unique_ptr<HostBridge> bridge_;
  void* self_ = nullptr;
};

}  // namespace crescent
