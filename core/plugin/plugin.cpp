#include "core/plugin/plugin.hpp"

#include "core/base/hash.hpp"
#include "core/plugin/adapters.hpp"
#include "core/plugin/library.hpp"

namespace crescent {

namespace {

std::string owner_of(PluginRole role, const std::string& name) {
  return fmt::format("{} \"{}\"", role_name(role), name);
}

// Errors of the library itself carry the place in the script that asked for it.
PluginLibrary load_at(const PluginUse& use, const PluginSearch& search) {
  const std::string path = find_plugin(use.plugin, search, use.place);
  try {
    return PluginLibrary::load(path);
  } catch (const Error& e) {
    throw Error(e.message(), use.place, ErrorKind::usage);
  }
}

template <class Factory>
const Factory* need(const Factory* factory, PluginRole role, const PluginUse& use, const PluginLibrary& library) {
  if (factory != nullptr) return factory;
  std::vector<std::string> roles;
  if (library.reward()) roles.emplace_back(role_name(PluginRole::reward));
  if (library.sampler()) roles.emplace_back(role_name(PluginRole::sampler));
  if (library.curriculum()) roles.emplace_back(role_name(PluginRole::curriculum));
  fail_usage(use.place, "the plugin \"{}\" is no {}{}", use.plugin, role_name(role),
             roles.empty() ? "" : fmt::format("; it is a {}", fmt::join(roles, " and a ")));
}

const crescent_options& options_of(PluginRole role, const PluginUse& use, const PluginLibrary& library) {
  switch (role) {
    case PluginRole::reward:
      return need(library.reward(), role, use, library)->options;
    case PluginRole::sampler:
      return need(library.sampler(), role, use, library)->options;
    default:
      return need(library.curriculum(), role, use, library)->options;
  }
}

template <class Factory>
std::unique_ptr<Instance<Factory>> make_instance(const Factory* factory, PluginRole role, const PluginUse& use,
                                                 std::string who, std::string label, const HostServices& services) {
  Problems problems;
  const ResolvedOptions options =
      apply_options(owner_of(role, use.plugin), factory->options, use.options, use.place, problems);
  problems.throw_if_any();
  try {
    return std::make_unique<Instance<Factory>>(factory, std::move(who), std::move(label), services, options);
  } catch (const Error& e) {
    throw Error(e.message(), use.place, e.kind());
  }
}

std::pair<std::unique_ptr<CurriculumInstance>, std::string> make_curriculum(const PluginUse& use,
                                                                            const PluginSearch& search,
                                                                            const HostServices& services) {
  const PluginLibrary library = load_at(use, search);
  const auto* factory = need(library.curriculum(), PluginRole::curriculum, use, library);
  const std::string name = library.entry().name;
  return {make_instance(factory, PluginRole::curriculum, use, owner_of(PluginRole::curriculum, name), "curriculum",
                        services),
          name};
}

}  // namespace

const char* role_name(PluginRole role) {
  static constexpr const char* names[] = {"reward", "sampler", "curriculum"};
  return names[static_cast<int>(role)];
}

const crescent_options& declared_options(PluginRole role, const PluginUse& use, const PluginSearch& search) {
  return options_of(role, use, load_at(use, search));
}

Table resolve_options(PluginRole role, const PluginUse& use, const PluginSearch& search, Problems& problems) {
  const size_t before = problems.size();
  Table table;
  try {
    const crescent_options& options = declared_options(role, use, search);
    table = apply_options(owner_of(role, use.plugin), options, use.options, use.place, problems).table;
  } catch (const Error& e) {
    problems.add_error(e.place().file.empty() ? Error(e.message(), use.place, ErrorKind::usage) : e);
  }
  return problems.size() == before ? table : Table{};
}

std::unique_ptr<Reward> make_reward(const PluginUse& use, const std::string& metric_name, const PluginSearch& search,
                                    const HostServices& services) {
  const PluginLibrary library = load_at(use, search);
  const auto* factory = need(library.reward(), PluginRole::reward, use, library);
  return adapt_reward(make_instance(factory, PluginRole::reward, use, owner_of(PluginRole::reward, metric_name),
                                    "plugin/" + metric_name, services));
}

std::unique_ptr<PromptSampler> make_sampler(const PluginUse& use, const PluginSearch& search,
                                            const HostServices& services) {
  const PluginLibrary library = load_at(use, search);
  const auto* factory = need(library.sampler(), PluginRole::sampler, use, library);
  const std::string name = library.entry().name;
  return adapt_sampler(
      make_instance(factory, PluginRole::sampler, use, owner_of(PluginRole::sampler, name), "sampler", services), name);
}

std::unique_ptr<PhasePolicy> make_policy(const PluginUse& use, const PluginSearch& search,
                                         const HostServices& services) {
  auto [instance, name] = make_curriculum(use, search, services);
  return adapt_curriculum(std::move(instance), std::move(name));
}

int64_t planned_phase_steps(const PluginUse& use, const PluginSearch& search, const HostServices& services) {
  const auto made = make_curriculum(use, search, services);
  try {
    return declared_steps(*made.first);
  } catch (const Error& e) {
    throw Error(e.message(), use.place, e.kind());
  }
}

std::string hash_plugin(const PluginUse& use, const PluginSearch& search) {
  return hash_file(find_plugin(use.plugin, search, use.place)).hex();
}

}  // namespace crescent
