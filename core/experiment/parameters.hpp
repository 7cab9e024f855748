// What crescent.params declares: names with a default that says of which type each is.
#pragma once

#include <string>

#include "core/config/options.hpp"

namespace crescent {

OptionType parameter_type(const Value& default_value);

// The value of `given` for the parameter, of its default's type; a mistake goes to `problems` and leaves the default.
Value check_parameter(const std::string& name, const Value& default_value, const Value& given, Problems& problems);

}  // namespace crescent
