#include "core/plugin/library.hpp"

#include <boost/dll/shared_library.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "core/base/error.hpp"
#include "core/plugin/call.hpp"
#include "core/plugin/elf.hpp"

namespace crescent {

namespace {

struct Loaded {
  std::unique_ptr<boost::dll::shared_library> library;
  const crescent_plugin_entry* entry = nullptr;
  std::string init_error;  // init said no: so does every later load
};

// Libraries live as long as the process, as the dynamic loader's own table does: code of a plugin may be on any stack
// and in any vtable, so nothing is ever unloaded before the end.
struct LoadedLibraries {
  std::mutex mutex;
  std::map<const void*, Loaded> by_entry;
};

struct DeinitAtExit {
  LoadedLibraries* libraries;
  ~DeinitAtExit() {
    for (const auto& [address, loaded] : libraries->by_entry)
      if (loaded.entry->deinit != nullptr && loaded.init_error.empty()) loaded.entry->deinit();
  }
};

LoadedLibraries& loaded_libraries() {
  static LoadedLibraries* const libraries = new LoadedLibraries;  // never destroyed: that would unload them
  static const DeinitAtExit at_exit{libraries};
  return *libraries;
}

void check_entry(const std::string& path, const crescent_plugin_entry& entry) {
  if (entry.abi_major != CRESCENT_ABI_MAJOR)
    fail(
        "plugin {}: it was built for version {} of the plugin interface, this program has version {}; build it again "
        "with this program's crescent_plugin.h",
        path, entry.abi_major, CRESCENT_ABI_MAJOR);
  if (entry.struct_size < sizeof(crescent_plugin_entry))
    fail(
        "plugin {}: its crescent_entry has {} bytes where version {} of the plugin interface has {}; set struct_size "
        "to "
        "sizeof(crescent_plugin_entry)",
        path, entry.struct_size, CRESCENT_ABI_MAJOR, sizeof(crescent_plugin_entry));
  for (const char* text : {entry.name, entry.version, entry.author, entry.licence, entry.description})
    if (text == nullptr)
      fail("plugin {}: its crescent_entry lacks one of name, version, author, licence, description", path);
  if (entry.name[0] == 0) fail("plugin {}: its crescent_entry has an empty name", path);
  if (entry.query == nullptr) fail("plugin {}: its crescent_entry has no query function", path);
}

const void* no_services(const crescent_host*, const char*) { return nullptr; }
const crescent_host kLoadingHost = {nullptr, no_services};

std::string init(const std::string& who, const crescent_plugin_entry& entry) {
  if (entry.init == nullptr) return "";
  try {
    ErrorBuffer error;
    const crescent_status status = call_plugin(who, "init", [&] { return entry.init(&kLoadingHost, error.get()); });
    return status == CRESCENT_OK ? "" : fmt::format("{}: init failed: {}", who, error.text());
  } catch (const Error& e) {
    return e.message();
  }
}

}  // namespace

PluginLibrary PluginLibrary::load(const std::string& path) {
  const std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  check_elf_library(absolute);
  std::unique_ptr<boost::dll::shared_library> library;
  try {
    // Boost.DLL 1.74 binds lazily by default: a missing function would then end the process in the middle of a run.
    library = std::make_unique<boost::dll::shared_library>(
        absolute, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  } catch (const std::exception& e) {
    fail("plugin {}: the library cannot be loaded: {}", path, printable(e.what()));
  }
  if (!library->has("crescent_entry"))
    fail(
        "plugin {}: it does not export the symbol crescent_entry, so it is no Crescent plugin; define crescent_entry "
        "as "
        "crescent_plugin.h declares it, with CRESCENT_EXPORT",
        path);
  const auto* entry = &library->get<const crescent_plugin_entry>("crescent_entry");

  LoadedLibraries& all = loaded_libraries();
  const std::lock_guard lock(all.mutex);
  if (!all.by_entry.contains(entry)) {
    check_entry(path, *entry);
    all.by_entry[entry] = {std::move(library), entry, init(fmt::format("plugin {}", path), *entry)};
  }
  if (const std::string& refused = all.by_entry[entry].init_error; !refused.empty()) throw Error(refused);
  return PluginLibrary(absolute, entry);
}

const crescent_reward_factory* PluginLibrary::reward() const {
  return static_cast<const crescent_reward_factory*>(entry_->query(CRESCENT_REWARD_ID));
}
const crescent_sampler_factory* PluginLibrary::sampler() const {
  return static_cast<const crescent_sampler_factory*>(entry_->query(CRESCENT_SAMPLER_ID));
}
const crescent_curriculum_factory* PluginLibrary::curriculum() const {
  return static_cast<const crescent_curriculum_factory*>(entry_->query(CRESCENT_CURRICULUM_ID));
}

}  // namespace crescent
