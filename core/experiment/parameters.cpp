#include "core/experiment/parameters.hpp"

namespace crescent {

OptionType parameter_type(const Value& default_value) {
  if (default_value.get<bool>()) return OptionType::boolean;
  if (default_value.get<int64_t>()) return OptionType::integer;
  if (default_value.get<double>()) return OptionType::number;
  return OptionType::string;
}

Value check_parameter(const std::string& name, const Value& default_value, const Value& given, Problems& problems) {
  OptionSpec spec;
  spec.name = name;
  spec.type = parameter_type(default_value);
  OptionValue out;
  Problems mistakes;
  if (check_option("crescent.params", spec, given, out, mistakes)) return to_value(out);
  static constexpr const char* kinds[] = {"true or false", "an integer", "a number", "a string"};
  problems.add(given.place, "the parameter \"{}\" must be {}, like its default {}, found {}{}", name,
               kinds[static_cast<int>(spec.type)], default_value.show(), given.show(),
               spec.type == OptionType::integer && given.get<double>()
                   ? "; write the default as a fraction (1.0) to allow fractions"
                   : "");
  return default_value;
}

}  // namespace crescent
