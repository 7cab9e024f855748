// Shared by the adapters Lua -> roles.
#pragma once

#include <string>

#include "core/experiment/run_config.hpp"

namespace crescent {

FunctionRef find_function(const RoleConfig& role, const std::string& name);  // empty when the role has none

}  // namespace crescent
