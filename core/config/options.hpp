// Option tables: one declaration drives checking, defaults, what is saved, --help and the docs.
//
//   OptionTable table("grpo");
//   table.add("group", group, {.min = 2, .max = 1024, .help = "responses per prompt"});
//   table.read(value, problems);      // unknown names, wrong types and ranges are all reported
//
// The bound variables must outlive the table; their values when add() is called are the defaults.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.hpp"
#include "core/config/value.hpp"

namespace crescent {

enum class OptionType { boolean, integer, number, string, numbers, table };

using OptionValue = std::variant<bool, int64_t, double, std::string, std::vector<double>>;

struct OptionSpec {
  std::string name;
  OptionType type = OptionType::number;
  OptionValue default_value;
  double min = -std::numeric_limits<double>::infinity();  // both ends included
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;  // for strings: the only values allowed, when not empty
  bool required = false;
  std::string help;
};

// Checks `value` against `spec`. On a mistake adds it to `problems`, naming `owner`, and returns false.
bool check_option(const std::string& owner, const OptionSpec& spec, const Value& value, OptionValue& out, Problems& problems);

Value to_value(const OptionValue& value);

struct OptionLimits {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
  bool required = false;
  size_t count = 0;       // for lists of numbers: how many there must be; 0: any number
  std::string help = {};
};

class OptionTable {
 public:
  explicit OptionTable(std::string owner) : owner_(std::move(owner)) {}

  OptionTable& add(const std::string& name, bool& target, OptionLimits limits);
  OptionTable& add(const std::string& name, int64_t& target, OptionLimits limits);
  OptionTable& add(const std::string& name, double& target, OptionLimits limits);
  OptionTable& add(const std::string& name, std::string& target, OptionLimits limits);
  OptionTable& add(const std::string& name, std::vector<double>& target, OptionLimits limits);
  // A named table inside this one, with options of its own.
  OptionTable& nest(const std::string& name, OptionTable inner, std::string help);
  // A field whose reading is not a matter of one type (a function or a number, a list of names, ...); `lua_type` is how
  // LuaLS writes what it takes.
  OptionTable& custom(const std::string& name, std::string help, std::function<void(const Value&, Problems&)> read,
                      std::function<Value()> write, std::string lua_type = "any");

  // Assigns what `table` gives; reports every unknown name (with the nearest one), wrong type, value out of range
  // and missing required option. `positional`: how many list entries the caller has taken itself.
  void read(const Table& table, const Place& place, Problems& problems, size_t positional = 0);
  Table write() const;                   // every option with its present value
  std::vector<std::string> names() const;
  std::string help(int indent = 2) const;  // one line an option: name, type, default, range, help
  // The options as a class of LuaLS annotations, which editors check scripts by; nested tables as classes before it.
  std::string annotations(const std::string& class_name) const;

 private:
  struct Entry {
    OptionSpec spec;
    size_t count = 0;
    std::function<void(const OptionValue&)> assign;
    std::function<Value()> current;
    std::shared_ptr<OptionTable> inner;
    std::function<void(const Value&, Problems&)> read_custom;
    std::string lua_type;  // of a custom one
    std::string note() const;
  };
  template <class T>
  OptionTable& add_entry(const std::string& name, T& target, OptionType type, OptionLimits limits);
  std::string owner_;
  std::vector<Entry> entries_;
};

}  // namespace crescent
