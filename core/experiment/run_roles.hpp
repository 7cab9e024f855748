// Rewards, samplers and phases: tables that name a plugin with its options, or hold functions.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/run_config.hpp"

namespace crescent {

// Splits `value` into a role: a plugin's name (first list entry or `plugin = `) with the options that are left after
// `own`, or the functions named in `functions`, of which the first must be there. A plain string is a plugin without
// options. With functions, the first entry is the role's name and goes to `name`, where that is not null.
void read_role(const std::string& owner, const Value& value, const std::vector<std::string>& functions,
               const std::vector<std::string>& own, std::string* name, RoleConfig& role, Problems& problems);
void write_role(const RoleConfig& role, Table& out);

// The text of a named entry, or "".
std::string text_field(const Table& table, const std::string& name);
// `reward "mine"`, or `reward 2` without a name.
std::string numbered(const std::string& role, const std::string& name, size_t number);

void read_reward(const Value& value, size_t number, RewardConfig& reward, Problems& problems);  // number from 1
Value write_reward(const RewardConfig& reward);
std::vector<std::string> python_reward_names();  // what the host takes of a Python function's table
std::string reward_help();  // every form of run:reward with its options
void read_phase(const Value& value, size_t number, PhaseConfig& phase, Problems& problems);
Value write_phase(const PhaseConfig& phase);
std::string phase_help();  // run:phase with its options
std::string phase_annotations(const std::string& class_name);
std::string reward_annotations(const std::string& class_name);  // of every form of run:reward together

}  // namespace crescent
