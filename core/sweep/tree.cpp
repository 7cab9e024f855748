#include "core/sweep/tree.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace crescent {

namespace {

std::string id_of(const HashChain& chain) { return chain.value().hex().substr(0, 16); }

// The phase that follows a stretch of a planned number of steps. The cold start is left for nothing in particular.
std::string next_in(const RunWalk& walk, size_t stretch) {
  return walk.stretches[stretch].name == "cold_start" ? "" : walk.name_of(stretch + 1);
}
size_t index_in(const RunWalk& walk, size_t stretch, const std::string& to) {
  return walk.stretches[stretch].name == "cold_start" ? stretch + 1 : walk.named(to);
}

// A cell in a group: which stretch it is in.
struct Cursor {
  size_t cell;
  size_t stretch;
};

// Cells whose past is the same. `made`: their last step is made, and what comes at its end is not behind.
struct Group {
  std::vector<Cursor> cells;
  int64_t step = 0;    // of the run, made
  int64_t offset = 0;  // of the stretch, made
  bool made = false;
  bool ending = false;  // the stretch is to be left for `to`
  std::string to;
  HashChain chain;
};

class Planner {
 public:
  Planner(const std::vector<TreeCell>& cells, const EdgeOutcomes& outcomes) : cells_(cells), outcomes_(outcomes) {}

  std::vector<Edge> plan() {
    Group all;
    for (size_t i = 0; i < cells_.size(); ++i)
      if (cells_[i].walk.alone.empty())
        all.cells.push_back({i, 0});
      else
        add_leaf({i, 0}, all, -1);
    if (!all.cells.empty()) grow(std::move(all), -1);
    return std::move(edges_);
  }

 private:
  const Stretch& stretch_of(const Cursor& cursor) const { return cells_[cursor.cell].walk.stretches[cursor.stretch]; }
  bool at_end(const Cursor& cursor) const { return cursor.stretch >= cells_[cursor.cell].walk.stretches.size(); }

  std::string next_of(const Cursor& c) const { return next_in(cells_[c.cell].walk, c.stretch); }
  size_t index_of(const Cursor& c, const std::string& to) const { return index_in(cells_[c.cell].walk, c.stretch, to); }
  static TreePosition position(const Group& group, const Cursor& cursor) {
    return {cursor.stretch, group.offset, group.ending, group.to, group.chain};
  }

  int add(Edge edge) {
    const int place = static_cast<int>(edges_.size());
    if (edge.parent >= 0) edges_[static_cast<size_t>(edge.parent)].children.push_back(place);
    edges_.push_back(std::move(edge));
    return place;
  }

  void add_leaf(const Cursor& cursor, const Group& from, int parent) {
    Edge edge;
    edge.id = cells_[cursor.cell].key;
    edge.parent = parent;
    edge.cells = {cursor.cell};
    edge.from_step = from.step;
    edge.leaf = true;
    edge.concluded = true;
    edge.to_step = rest_of(cursor, from);
    edge.start = position(from, cursor);
    add(std::move(edge));
  }

  // Where the cell's run ends; nothing where it decides that.
  std::optional<int64_t> rest_of(const Cursor& cursor, const Group& from) const {
    const RunWalk& walk = cells_[cursor.cell].walk;
    int64_t step = from.step;
    size_t at = cursor.stretch;
    int64_t offset = from.offset;
    if (from.ending) at = index_of(cursor, from.to), offset = 0;
    for (; at < walk.stretches.size(); ++at, offset = 0) {
      if (walk.stretches[at].steps < 0) return std::nullopt;
      step += walk.stretches[at].steps - offset;
    }
    return step;
  }

  // Splits cells by `key`, in the order in which they come.
  template <class Key>
  std::vector<std::vector<Cursor>> split(const std::vector<Cursor>& cells, Key key) const {
    std::map<decltype(key(cells[0])), size_t> place;
    std::vector<std::vector<Cursor>> parts;
    for (const Cursor& cursor : cells) {
      const auto [known, is_new] = place.emplace(key(cursor), parts.size());
      if (is_new) parts.emplace_back();
      parts[known->second].push_back(cursor);
    }
    return parts;
  }

  // One edge as far as all of the group go together, then what goes on from its end.
  void grow(Group group, int parent) {
    if (group.cells.size() == 1) return add_leaf(group.cells[0], group, parent);
    const int64_t begun = group.step;
    const TreePosition start = position(group, group.cells[0]);
    bool advanced = false;
    const auto ends = [&](const Group& at, bool concluded, const std::string& leaving) {
      if (!advanced) return parent;
      Edge edge;
      edge.id = id_of(at.chain);
      edge.start = start;
      edge.parent = parent;
      for (const Cursor& cursor : at.cells) edge.cells.push_back(cursor.cell);
      edge.from_step = begun;
      if (leaving.empty()) edge.to_step = at.step;
      edge.concluded = concluded;
      edge.leaving = leaving;
      return add(std::move(edge));
    };
    for (;;) {
      if (group.ending) {
        group.chain.leave(stretch_of(group.cells[0]).end, group.to);
        for (Cursor& cursor : group.cells) cursor.stretch = index_of(cursor, group.to);
        group.offset = 0;
        group.made = group.ending = false;
        advanced = true;
      }
      const auto parts =
          split(group.cells, [&](const Cursor& c) { return std::pair(stretch_of(c).settings, stretch_of(c).name); });
      if (parts.size() > 1) {
        const int edge = ends(group, !group.made, "");
        for (const auto& part : parts) grow(with(group, part), edge);
        return;
      }
      if (stretch_of(group.cells[0]).steps < 0) return grow_open(std::move(group), begun, start, parent);
      int64_t least = std::numeric_limits<int64_t>::max();
      for (const Cursor& c : group.cells) least = std::min(least, stretch_of(c).steps - group.offset);
      for (int64_t i = 0; i < least; ++i) group.chain.advance(stretch_of(group.cells[0]).settings);
      group.step += least;
      group.offset += least;
      group.made = true;
      advanced = advanced || least > 0;
      const auto next = split(group.cells, [&](const Cursor& c) {
        const bool over = stretch_of(c).steps == group.offset;
        return over ? std::tuple(true, stretch_of(c).end, next_of(c)) : std::tuple(false, Digest(), std::string());
      });
      const bool over = stretch_of(next[0][0]).steps == group.offset;
      if (next.size() == 1 && over && !run_ends(next[0][0])) {
        group.ending = true;
        group.to = next_of(next[0][0]);
        continue;
      }
      const int edge = ends(group, false, "");
      for (const auto& part : next) {
        Group child = with(group, part);
        child.ending = stretch_of(part[0]).steps == group.offset;
        if (child.ending) child.to = next_of(part[0]);
        grow_made(child, edge);
      }
      return;
    }
  }

  bool run_ends(const Cursor& cursor) const { return cursor.stretch + 1 >= cells_[cursor.cell].walk.stretches.size(); }

  // Cells that end their run here have nothing left to share but are cells of their own.
  void grow_made(const Group& group, int parent) {
    if (group.ending && group.to.empty() && stretch_of(group.cells[0]).name != "cold_start") {
      for (const Cursor& cursor : group.cells) add_leaf(cursor, group, parent);
      return;
    }
    grow(group, parent);
  }

  static Group with(const Group& group, std::vector<Cursor> cells) {
    Group part = group;
    part.cells = std::move(cells);
    return part;
  }

  // A stretch that decides at run time when it is left: the same for all, since what decides is in its settings.
  void grow_open(Group group, int64_t begun, const TreePosition& start, int parent) {
    const Stretch& stretch = stretch_of(group.cells[0]);
    Edge edge;
    HashChain named = group.chain;
    named.advance(stretch.settings);
    named.advance(hash_bytes("until it is left"));
    edge.id = id_of(named);
    edge.start = start;
    edge.parent = parent;
    for (const Cursor& cursor : group.cells) edge.cells.push_back(cursor.cell);
    edge.from_step = begun;
    edge.leaving = stretch.name;
    const auto outcome = outcomes_.find(edge.id);
    if (outcome != outcomes_.end()) edge.to_step = outcome->second.step;
    const int place = add(std::move(edge));
    if (outcome == outcomes_.end()) return;
    for (int64_t i = group.step; i < outcome->second.step; ++i) group.chain.advance(stretch.settings);
    group.step = outcome->second.step;
    group.made = group.ending = true;
    group.to = outcome->second.to;
    grow_made(group, place);
  }

  const std::vector<TreeCell>& cells_;
  const EdgeOutcomes& outcomes_;
  std::vector<Edge> edges_;
};

}  // namespace

std::vector<Edge> plan_tree(const std::vector<TreeCell>& cells, const EdgeOutcomes& outcomes) {
  return Planner(cells, outcomes).plan();
}

std::vector<SharedPoint> points_along(const TreeCell& cell, const Edge& edge) {
  std::vector<SharedPoint> points;
  TreePosition at = edge.start;
  const std::vector<Stretch>& stretches = cell.walk.stretches;
  int64_t step = edge.from_step;
  const auto reached_end = [&] {
    points.push_back({id_of(at.chain), step});
    return points.back().id == edge.id;
  };
  while (at.stretch < stretches.size()) {
    const Stretch& stretch = stretches[at.stretch];
    if (at.ending) {
      const size_t next = index_in(cell.walk, at.stretch, at.to);
      at.chain.leave(stretch.end, at.to);
      at.stretch = next;
      at.offset = 0;
      at.ending = false;
      if (next == stretches.size() || reached_end()) break;
      continue;
    }
    if (stretch.steps < 0) break;
    for (; at.offset < stretch.steps; ++at.offset) {
      at.chain.advance(stretch.settings);
      ++step;
      if (reached_end()) return points;
    }
    at.ending = true;
    at.to = next_in(cell.walk, at.stretch);
  }
  return points;
}

TreeCost cost_of(const std::vector<TreeCell>& cells, const std::vector<Edge>& edges) {
  TreeCost cost{0, 0};
  const auto add = [](std::optional<int64_t>& sum, std::optional<int64_t> steps) {
    sum = sum && steps ? std::optional(*sum + *steps) : std::nullopt;
  };
  std::vector<std::optional<int64_t>> ends(cells.size());
  for (const Edge& edge : edges) {
    add(cost.tree_steps, edge.to_step ? std::optional(*edge.to_step - edge.from_step) : std::nullopt);
    if (edge.leaf) ends[edge.cells[0]] = edge.to_step;
  }
  for (const auto& end : ends) add(cost.asked_steps, end);
  return cost;
}

}  // namespace crescent
