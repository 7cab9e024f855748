#include "core/app/sweep_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/app/assemble.hpp"
#include "core/app/environment.hpp"
#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/rundir/config_diff.hpp"

namespace crescent {

bool is_sweep(const std::string& experiment, const Resources& resources) {
  LoadOptions options;
  options.scripts_folder = resources.scripts_folder();
  return returns_sweep(experiment, options);
}

RunContents LoadedSweep::contents_of_cell(size_t cell) const {
  RunContents contents;
  contents.config_toml = write_toml(write_run(configs[cell]));
  for (const ScriptFile& file : script->files()) contents.experiment.emplace_back(file.path, file.content);
  return contents;
}

std::vector<std::string> LoadedSweep::metrics() const {
  std::vector<std::string> names;
  for (const RunConfig& config : configs)
    for (const std::string& name : validation_metrics(config.validation))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

bool LoadedSweep::has_functions() const {
  return std::any_of(configs.begin(), configs.end(), [](const RunConfig& config) {
    return write_toml(write_run(config)).find("lua = \"") != std::string::npos;
  });
}

// Runs of the same seed are the same run: as replicates they would make anything look certain.
static void check_seeds(const LoadedSweep& sweep) {
  std::map<std::pair<std::string, int64_t>, const SweepCell*> known;
  for (size_t i = 0; i < sweep.configs.size(); ++i) {
    const SweepCell& cell = sweep.spec().cells[i];
    const auto [at, fresh] = known.emplace(std::pair(Value(cell.params).show(), sweep.configs[i].seed), &cell);
    if (!fresh && at->second->seed != cell.seed)
      fail_usage(
          sweep.spec().place,
          "crescent.sweep: the cells {} and {} are the same run, because build gives both the seed {}; let it give "
          "its own: crescent.run {{ seed = p.seed, ... }}",
          at->second->key, cell.key, sweep.configs[i].seed);
  }
}

LoadedSweep load_sweep(const SweepSource& source, const Resources& resources, const OnProgress& on_progress) {
  LoadedSweep sweep;
  sweep.threads = source.threads;
  PluginSearch search;
  LoadOptions options;
  options.scripts_folder = resources.scripts_folder();
  options.check = [&](RunConfig& config, Problems& problems) {
    search = resources.plugin_search(config.folder);
    resolve_plugin_options(config, search, problems);
  };
  sweep.script = std::make_unique<SweepScript>(source.experiment, source.set, options);
  const std::vector<SweepCell>& cells = sweep.spec().cells;
  for (const SweepCell& cell : cells) {
    Problems problems;
    sweep.configs.push_back(sweep.script->build(cell, problems));
    try {
      problems.throw_if_any();
    } catch (const Error& error) {  // most mistakes are of every cell: the first that has any tells them
      throw Error(fmt::format("{}\n(as the sweep builds the cell {})", error.message(), cell.key), error.place(),
                  ErrorKind::usage);
    }
  }
  check_seeds(sweep);
  Environments environments(resources, sweep.script->digest().hex(), source.threads, "cpu", on_progress);
  for (size_t i = 0; i < cells.size(); ++i) {
    const Environment environment = environments.of(sweep.configs[i], search);
    for (const auto& [name, hash] : environment.plugins) sweep.plugin_names.emplace(hash, name);
    sweep.cells.push_back({cells[i].key, walk_of(sweep.configs[i], environment, &sweep.texts)});
  }
  return sweep;
}

namespace {

std::string counted(size_t n, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

// Factors, and the seed, whose values in the two groups are not the same.
std::vector<std::string> apart(const LoadedSweep& sweep, const std::vector<size_t>& a, const std::vector<size_t>& b) {
  std::vector<std::string> names;
  const auto differ = [&](auto value_of) {
    std::set<std::string> in_a, in_b;
    for (const size_t c : a) in_a.insert(value_of(sweep.spec().cells[c]));
    for (const size_t c : b) in_b.insert(value_of(sweep.spec().cells[c]));
    return in_a != in_b;
  };
  for (const SweepFactor& factor : sweep.spec().factors)
    if (differ([&](const SweepCell& cell) { return cell.params.find(factor.name)->show(); }))
      names.push_back(factor.name);
  if (differ([](const SweepCell& cell) { return std::to_string(cell.seed); })) names.push_back("seed");
  return names;
}

// The first settings that differ between two cells which part at the same place: "sampler.lambda: 0 and 0.5".
std::string settings_apart(const LoadedSweep& sweep, size_t a, size_t b) {
  const auto& first = sweep.cells[a].walk.stretches;
  const auto& second = sweep.cells[b].walk.stretches;
  for (size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    if (first[i].settings != second[i].settings) {
      const Value x = read_toml(sweep.texts.at(first[i].settings), "a"),
                  y = read_toml(sweep.texts.at(second[i].settings), "b");
      const auto named = [&](const std::string& shown) {  // a plugin acts by its hash, and is called by its name
        const auto plugin =
            shown.size() < 2 ? sweep.plugin_names.end() : sweep.plugin_names.find(shown.substr(1, shown.size() - 2));
        return plugin == sweep.plugin_names.end() ? shown : fmt::format("\"{}\"", plugin->second);
      };
      std::string text;
      size_t told = 0;
      for (const ConfigDifference& d : diff_config(*x.get<Table>(), *y.get<Table>()))
        if (++told <= 2)
          text += fmt::format("{}{}: {} and {}", told > 1 ? "; " : "", d.key, named(d.old_value), named(d.new_value));
      return told > 2 ? fmt::format("{}; and {} more", text, told - 2) : text;
    }
    if (first[i].steps != second[i].steps)
      return fmt::format("steps of {}: {} and {}", first[i].name, first[i].steps, second[i].steps);
  }
  return "";
}

// Where edges part, and by which factors: a line for each step and set of factors.
std::string splits(const LoadedSweep& sweep, const std::vector<Edge>& edges) {
  std::map<std::pair<int64_t, std::string>, std::pair<size_t, std::string>> found;  // -> how often, an example
  const auto note = [&](int64_t step, const std::vector<int>& children) {
    for (size_t i = 1; i < children.size(); ++i) {
      const auto& a = edges[static_cast<size_t>(children[i - 1])].cells;
      const auto& b = edges[static_cast<size_t>(children[i])].cells;
      const std::vector<std::string> names = apart(sweep, a, b);
      if (names.empty()) continue;
      auto& [times, example] = found[{step, fmt::format("{}", fmt::join(names, ", "))}];
      const bool seed_alone = names == std::vector<std::string>{"seed"};  // data and first weights: hashes tell nothing
      if (times++ == 0 && !seed_alone) example = settings_apart(sweep, a[0], b[0]);
    }
  };
  std::vector<int> roots;
  for (size_t e = 0; e < edges.size(); ++e) {
    if (edges[e].parent < 0) roots.push_back(static_cast<int>(e));
    if (edges[e].to_step) note(*edges[e].to_step, edges[e].children);
  }
  note(0, roots);
  std::string text;
  size_t lines = 0;
  for (const auto& [where, what] : found)
    if (++lines <= 12)
      text +=
          fmt::format("  {}: {}{}{}\n", where.first == 0 ? "at the start" : fmt::format("after step {}", where.first),
                      where.second, what.first > 1 ? fmt::format(", {} times", what.first) : "",
                      what.second.empty() ? "" : fmt::format(" ({})", what.second));
  if (lines > 12) text += fmt::format("  and at {} more places\n", lines - 12);
  return text.empty() ? "" : "What splits the tree:\n" + text;
}

}  // namespace

std::string sweep_headline(const LoadedSweep& sweep) {
  const SweepSpec& spec = sweep.spec();
  std::vector<std::string> factors;
  for (const SweepFactor& f : spec.factors)
    factors.push_back(fmt::format("{} ({})", f.name, counted(f.values.size(), "value", "values")));
  return fmt::format("{}: {}: {}; {}; {} each", spec.name, counted(spec.cells.size(), "cell", "cells"),
                     fmt::join(factors, ", "), counted(spec.seeds.size(), "seed", "seeds"),
                     counted(static_cast<size_t>(sweep.threads), "thread", "threads"));
}

std::string tree_text(const LoadedSweep& sweep, const std::vector<Edge>& edges) {
  const TreeCost cost = cost_of(sweep.cells, edges);
  std::string text;
  if (cost.asked_steps && cost.tree_steps)
    text += fmt::format("Steps asked for: {}; to run: {}; saved: {:.0f} %\n", *cost.asked_steps, *cost.tree_steps,
                        *cost.asked_steps > 0 ? 100.0 - 100.0 * static_cast<double>(*cost.tree_steps) /
                                                            static_cast<double>(*cost.asked_steps)
                                              : 0.0);
  else
    text +=
        "Steps: a phase decides at run time how long it lasts, so neither those asked for nor those to run are known\n";
  const auto shared =
      static_cast<size_t>(std::count_if(edges.begin(), edges.end(), [](const Edge& e) { return !e.leaf; }));
  text += shared == 0
              ? "No two cells share a step.\n"
              : fmt::format("{} trained once for several cells\n", counted(shared, "stretch is", "stretches are"));
  std::map<std::string, size_t> alone;
  for (const TreeCell& cell : sweep.cells)
    if (!cell.walk.alone.empty()) ++alone[cell.walk.alone];
  for (const auto& [why, n] : alone)
    text += fmt::format("{} nothing: {}\n", counted(n, "cell shares", "cells share"), why);
  return text + splits(sweep, edges);
}

}  // namespace crescent
