// Puts the roles of a run together, from plugins and from Lua alike. No reward, sampler or policy is known by name.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/app/resources.hpp"
#include "core/base/log.hpp"
#include "core/experiment/hash_chain.hpp"
#include "core/experiment/run_config.hpp"
#include "core/plugin/plugin.hpp"
#include "core/plugin/services.hpp"
#include "core/script/experiment.hpp"
#include "core/script/script_host.hpp"
#include "core/train/parts.hpp"

namespace crescent {

// Replaces each plugin's options by the checked and completed ones and fills in each phase's planned_steps; adds every
// mistake to `problems`, a schedule that needs more than is planned included.
void resolve_plugin_options(RunConfig& config, const PluginSearch& search, Problems& problems);

// What the run's validation measures, for plugins; nothing where its options are wrong, which is reported already.
std::optional<ValidationPlan> validation_plan(const RunConfig& config);

// The experiment at `path`, checked together with its plugins' options; `search` is filled with where it looks for
// them.
LoadedExperiment load_checked(const std::string& path, const Overrides& set, const Resources& resources,
                              PluginSearch& search);

// `services` must outlive the roles.
Roles assemble_roles(const RunConfig& config, const PluginSearch& search, const HostServices& services,
                     std::shared_ptr<ScriptHost> host);

// A sampler alone.
std::shared_ptr<PromptSampler> assemble_sampler(const RoleConfig& sampler, const PluginSearch& search,
                                                const HostServices& services, std::shared_ptr<ScriptHost> host);

// Phase -> its function `prompt`, where it has one.
std::map<std::string, PromptFunction> prompt_functions(const RunConfig& config, std::shared_ptr<ScriptHost> host);

// Plugin as the configuration names it -> hash of its file, each once.
std::vector<std::pair<std::string, std::string>> plugin_hashes(const RunConfig& config, const PluginSearch& search);

}  // namespace crescent
