#include "core/experiment/sweep_spec.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/hash.hpp"
#include "core/base/random.hpp"
#include "core/experiment/parameters.hpp"

namespace crescent {

namespace {

constexpr int64_t kMostCells = 100'000;
constexpr size_t kLongestKey = 120;  // bytes, so that it is a folder's name everywhere

// Fields of a random search's factor.
struct Range {
  double from = 0, to = 0;
  bool log = false;
};

class SweepReader {
 public:
  SweepReader(const Table& params, SweepSpec& spec, Problems& problems)
      : params_(params), spec_(spec), problems_(problems) {}

  OptionTable options() {
    OptionTable table("crescent.sweep");
    table.add("name", spec_.name, {.help = "folder in sweeps/; left out: the experiment's"});
    function(table, "build", "function(p) -> the run of these parameters", spec_.build, "fun(p: table): crescent.Run");
    table.custom(
        "seeds", "how many, 3 for 1 to 3, or a list of them [default the parameter's]",
        [this](const Value& value, Problems&) { read_seeds(value); }, [] { return Value(); }, "integer|integer[]");
    const auto part = [&](const char* name, const char* help, auto read, const char* type) {
      table.custom(
          name, help,
          [this, name, read](const Value& value, Problems&) {
            if (const auto* given = value.get<Table>())
              (this->*read)(*given, value.place);
            else
              problems_.add(value.place, "crescent.sweep: option \"{}\" must be a table, found {} {}", name,
                            value.kind(), value.show());
          },
          [] { return Value(); }, type);
    };
    part("grid", "every combination: { lambda = { 0, 0.5, 1 }, warm = { 20, 40 } }", &SweepReader::read_grid,
         "table<string, any[]>");
    part("list", "these alone: { { lambda = 0, warm = 20 }, ... }", &SweepReader::read_list, "table<string, any>[]");
    part("random",
         "drawn: { cells = 20, seed = 1, over = { lr = { from = 1e-5, to = 1e-3, log = true }, warm = { 20, 40 } } }",
         &SweepReader::read_random, "table");
    part("baseline", "the cell, or the values of some factors, that others are compared with",
         &SweepReader::read_baseline, "table<string, any>");
    function(table, "only", "function(p) -> whether this combination is wanted", spec_.only, "fun(p: table): boolean");
    return table;
  }

  void finish() {
    if (!spec_.build) problems_.add(spec_.place, "crescent.sweep needs build, a function(p) that returns the run");
    if (params_.find("seed") == nullptr)
      problems_.add(spec_.place,
                    "crescent.sweep needs a parameter \"seed\": declare it in crescent.params and give it to "
                    "crescent.run {{ seed = p.seed }}");
    if (ways_ != 1)
      problems_.add(spec_.place, "crescent.sweep takes one of grid, list and random, and {} given",
                    ways_ == 0 ? "none is" : "several are");
    if (spec_.seeds.empty())
      if (const Value* seed = params_.find("seed"); seed && seed->get<int64_t>()) spec_.seeds = {*seed->get<int64_t>()};
    for (const auto& [name, value] : spec_.baseline.fields)
      if (ways_ == 1 && std::none_of(spec_.factors.begin(), spec_.factors.end(),
                                     [&, n = name](const SweepFactor& f) { return f.name == n; }))
        problems_.add(value.place, "crescent.sweep: baseline names \"{}\", which does not vary in this sweep", name);
    for (const SweepFactor& factor : spec_.factors) check_baseline(factor);
    lay_out();
  }

 private:
  // A value that no cell has would leave nothing to compare with, after all has been trained.
  void check_baseline(const SweepFactor& factor) {
    const Value* value = spec_.baseline.find(factor.name);
    if (value == nullptr) return;
    std::vector<std::string> shown;
    for (const Value& each : factor.values) shown.push_back(each.show());
    if (std::find(shown.begin(), shown.end(), value->show()) == shown.end())
      problems_.add(value->place, "crescent.sweep: baseline has {} = {}, which is none of its values {}", factor.name,
                    value->show(), fmt::join(shown, ", "));
  }

  static void function(OptionTable& table, const char* name, const char* help, FunctionRef& into, const char* type) {
    table.custom(
        name, help,
        [name, &into](const Value& value, Problems& problems) {
          if (const auto* given = value.get<FunctionRef>())
            into = *given;
          else
            problems.add(value.place, "crescent.sweep: option \"{}\" must be a function, found {} {}", name,
                         value.kind(), value.show());
        },
        [] { return Value(); }, type);
  }

  // The parameter's default; null, with the mistake reported, where it is no factor.
  const Value* factor(const std::string& name, const Place& place) {
    if (name == "seed") {
      problems_.add(place, "crescent.sweep: seeds are no factor; give them as seeds = 5, or a list");
      return nullptr;
    }
    std::vector<std::string> names;
    for (const auto& [known, value] : params_.fields) names.push_back(known);
    const Value* found = params_.find(name);
    if (found == nullptr)
      problems_.add(place, "crescent.sweep: crescent.params declares no \"{}\"{}", name, suggestion(name, names));
    return found;
  }

  std::vector<Value> read_values(const std::string& name, const Value& usual, const Value& given) {
    std::vector<Value> values;
    const auto* list = given.get<Table>();
    if (list == nullptr || !list->fields.empty() || list->list.empty()) {
      problems_.add(given.place, "crescent.sweep: \"{}\" must be a list of values, {{ 0, 0.5, 1 }}, found {}", name,
                    given.show());
      return values;
    }
    std::set<std::string> seen;
    for (const Value& item : list->list) {
      values.push_back(check_parameter(name, usual, item, problems_));
      if (!seen.insert(values.back().show()).second)
        problems_.add(given.place, "crescent.sweep: \"{}\" has the value {} twice", name, item.show());
    }
    return values;
  }

  void read_seeds(const Value& value) {
    if (const auto* count = value.get<int64_t>(); count && *count >= 1 && *count <= 100'000) {
      for (int64_t seed = 1; seed <= *count; ++seed) spec_.seeds.push_back(seed);
      return;
    }
    const auto* list = value.get<Table>();
    for (const Value& item : list ? list->list : std::vector<Value>()) {
      const auto* seed = item.get<int64_t>();
      if (seed == nullptr || *seed < 0) break;
      if (std::find(spec_.seeds.begin(), spec_.seeds.end(), *seed) != spec_.seeds.end()) {
        problems_.add(value.place, "crescent.sweep: the seed {} is given twice", *seed);
        return;
      }
      spec_.seeds.push_back(*seed);
    }
    if (list == nullptr || list->list.empty() || spec_.seeds.size() != list->list.size())
      problems_.add(
          value.place,
          "crescent.sweep: seeds must be how many, from 1 to 100000, or a list of whole numbers from 0, found {}",
          value.show());
  }

  void read_grid(const Table& grid, const Place& place) {
    ++ways_;
    if (grid.fields.empty()) problems_.add(place, "crescent.sweep: grid is empty; give it at least one factor");
    int64_t cells = 1;
    for (const auto& [name, values] : grid.fields)
      if (const Value* usual = factor(name, values.place)) {
        spec_.factors.push_back({name, read_values(name, *usual, values)});
        cells = std::min<int64_t>(kMostCells + 1, cells * static_cast<int64_t>(spec_.factors.back().values.size()));
      }
    if (cells > kMostCells) {
      problems_.add(place, "crescent.sweep: the grid has more than {} cells", kMostCells);
      return;
    }
    std::vector<Table> rows(1);
    for (const SweepFactor& f : spec_.factors) {
      std::vector<Table> longer;
      for (const Table& row : rows)
        for (const Value& value : f.values) {
          longer.push_back(row);
          longer.back().set(f.name, value);
        }
      rows = std::move(longer);
    }
    rows_ = std::move(rows);
  }

  // A row's parameters that the sweep does not name in it keep their defaults, so that every cell has every factor.
  void read_list(const Table& list, const Place& place) {
    ++ways_;
    if (list.list.empty() || !list.fields.empty())
      problems_.add(place, "crescent.sweep: list must be a list of tables, {{ {{ lambda = 0 }}, {{ lambda = 1 }} }}");
    std::set<std::string> names;
    for (const Value& item : list.list)
      if (const auto* row = item.get<Table>(); row && row->list.empty()) {
        Table checked;
        for (const auto& [name, value] : row->fields)
          if (const Value* usual = factor(name, value.place)) {
            names.insert(name);
            checked.set(name, check_parameter(name, *usual, value, problems_));
          }
        rows_.push_back(std::move(checked));
      } else {
        problems_.add(place, "crescent.sweep: each entry of list must be a table of parameters, found {}", item.show());
      }
    for (Table& row : rows_) {
      Table whole;
      for (const std::string& name : names) whole.set(name, row.find(name) ? *row.find(name) : *params_.find(name));
      row = std::move(whole);
    }
    note_factors({names.begin(), names.end()});
  }

  void read_random(const Table& random, const Place& place) {
    ++ways_;
    int64_t cells = 0, seed = 1;
    const Table* over = nullptr;
    OptionTable options("crescent.sweep: random");
    options.add("cells", cells, {.min = 1, .max = kMostCells, .required = true, .help = "how many are drawn"})
        .add("seed", seed, {.min = 0, .max = 9e15, .help = "of the drawing"})
        .custom(
            "over", "factor -> { from, to, log } or a list of values",
            [&](const Value& value, Problems& problems) {
              over = value.get<Table>();
              if (over == nullptr) problems.add(value.place, "crescent.sweep: random.over must be a table");
            },
            [] { return Value(); });
    const size_t before = problems_.size();
    options.read(random, place, problems_);
    if (problems_.size() > before) return;
    if (over == nullptr || over->fields.empty()) {
      problems_.add(place, "crescent.sweep: random needs over = {{ factor = {{ from = 0, to = 1 }} }}");
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : over->fields) names.push_back(name);
    std::set<std::string> seen;
    for (int64_t draw = 0; static_cast<int64_t>(rows_.size()) < cells && problems_.size() == before; ++draw) {
      if (draw > 100 * cells + 1000) {
        problems_.add(place, "crescent.sweep: random asks for {} cells, but over has {} different ones", cells,
                      rows_.size());
        return;
      }
      Table row;
      for (const auto& [name, value] : over->fields)
        if (const Value* usual = factor(name, value.place))
          row.set(name, drawn(name, *usual, value, RandomKey(static_cast<uint64_t>(seed), "sweep " + name), draw));
      if (seen.insert(Value(row).show()).second) rows_.push_back(std::move(row));
    }
    note_factors(names);
  }

  Value drawn(const std::string& name, const Value& usual, const Value& given, const RandomKey& key, int64_t draw) {
    const auto* table = given.get<Table>();
    if (table != nullptr && !table->list.empty()) {
      const std::vector<Value> values = read_values(name, usual, given);
      return values.empty() ? usual : values[key.below(values.size(), static_cast<uint64_t>(draw))];
    }
    Range range;
    OptionTable options("crescent.sweep: random.over." + name);
    options.add("from", range.from, {.required = true, .help = "least"})
        .add("to", range.to, {.required = true, .help = "most"})
        .add("log", range.log, {.help = "evenly over the orders of magnitude"});
    const size_t before = problems_.size();
    const OptionType type = parameter_type(usual);
    if (table == nullptr || (type != OptionType::integer && type != OptionType::number))
      problems_.add(given.place, "crescent.sweep: random.over.{} must be a list of values{}", name,
                    type == OptionType::string || type == OptionType::boolean ? "" : " or { from = 0, to = 1 }");
    else
      options.read(*table, given.place, problems_);
    if (problems_.size() == before && (!(range.from <= range.to) || (range.log && range.from <= 0)))
      problems_.add(given.place, "crescent.sweep: random.over.{} is from {} to {}, but from must be {}", name,
                    range.from, range.to, range.log ? "above 0 and at most to" : "at most to");
    if (problems_.size() > before) return usual;
    const double u = key.uniform(static_cast<uint64_t>(draw));
    // Whole numbers: each has the same share, both ends too.
    const double low = range.from, high = type == OptionType::integer ? range.to + 1 : range.to;
    double value = range.log ? std::exp(std::log(low) + u * (std::log(high) - std::log(low))) : low + u * (high - low);
    if (type == OptionType::integer) return Value(static_cast<int64_t>(std::min(std::floor(value), range.to)));
    value = std::stod(fmt::format("{:.4g}", value));  // four digits: a key that can be read, and typed again
    return Value(value);
  }

  void read_baseline(const Table& baseline, const Place& place) {
    if (baseline.fields.empty()) problems_.add(place, "crescent.sweep: baseline names no parameter; leave it out");
    for (const auto& [name, value] : baseline.fields)
      if (const Value* usual = factor(name, value.place))
        spec_.baseline.set(name, check_parameter(name, *usual, value, problems_));
  }

  void note_factors(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      SweepFactor f{name, {}};
      std::set<std::string> seen;
      for (const Table& row : rows_)
        if (const Value* value = row.find(name); value && seen.insert(value->show()).second) f.values.push_back(*value);
      spec_.factors.push_back(std::move(f));
    }
  }

  static std::string word(const Value& value) {
    const auto* text = value.get<std::string>();
    return text ? *text : value.show();
  }

  std::string key_of(const Table& row, int64_t seed) const {
    std::string key;
    for (const auto& [name, value] : row.fields) key += fmt::format("{}={},", name, word(value));
    key += fmt::format("seed={}", seed);
    std::string safe;
    for (const char c : key)
      safe +=
          std::isalnum(static_cast<unsigned char>(c)) || std::string_view("=,._+-").find(c) != std::string_view::npos
              ? c
              : '_';
    if (safe == key && key.size() <= kLongestKey && key[0] != '.') return key;
    return safe.substr(0, kLongestKey - 17) + "-" + hash_bytes(key).hex().substr(0, 16);
  }

  void lay_out() {
    if (static_cast<int64_t>(rows_.size() * spec_.seeds.size()) > kMostCells) {
      problems_.add(spec_.place, "crescent.sweep: {} combinations for {} seeds are more than {} cells", rows_.size(),
                    spec_.seeds.size(), kMostCells);
      return;
    }
    std::set<std::string> keys;
    for (const int64_t seed : spec_.seeds)
      for (const Table& row : rows_) {
        spec_.cells.push_back({key_of(row, seed), row, seed});
        if (!keys.insert(spec_.cells.back().key).second)
          problems_.add(spec_.place, "crescent.sweep: the cell {} is there twice", spec_.cells.back().key);
      }
  }

  const Table& params_;
  SweepSpec& spec_;
  Problems& problems_;
  std::vector<Table> rows_;
  int ways_ = 0;
};

}  // namespace

void read_sweep(const Table& given, const Place& place, const Table& params, const std::string& usual_name,
                SweepSpec& spec, Problems& problems) {
  spec = SweepSpec{};
  spec.name = usual_name;
  spec.place = place;
  SweepReader reader(params, spec, problems);
  reader.options().read(given, place, problems);
  if (spec.name.empty() || spec.name.find_first_of("/\\") != std::string::npos || spec.name.front() == '.')
    problems.add(place, "crescent.sweep: name is \"{}\", but must be a folder's plain name", spec.name);
  reader.finish();
}

static OptionTable described(SweepSpec& spec, Problems& none) {
  static const Table no_params;
  return SweepReader(no_params, spec, none).options();
}

std::string sweep_help() {
  SweepSpec spec;
  Problems none;
  return "crescent.sweep {\n" + described(spec, none).help() + "}\n";
}

std::string sweep_annotations(const std::string& class_name) {
  SweepSpec spec;
  Problems none;
  return described(spec, none).annotations(class_name);
}

Table params_of(const SweepCell& cell, Table params) {
  for (const auto& [name, value] : cell.params.fields) params.set(name, value);
  params.set("seed", Value(cell.seed));
  return params;
}

}  // namespace crescent
