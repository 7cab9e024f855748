#include "core/answers/expression.hpp"

#include <algorithm>
#include <array>

namespace crescent {

NodeId Expressions::number(Rational value, int32_t decimals) {
  numbers_.push_back(std::move(value));
  const NodeId id = node(Op::number);
  nodes_.back().index = static_cast<int32_t>(numbers_.size() - 1);
  nodes_.back().decimals = decimals;
  return id;
}

NodeId Expressions::symbol(std::string_view name) {
  auto found = std::find(symbols_.begin(), symbols_.end(), name);
  const auto index = static_cast<int32_t>(found - symbols_.begin());
  if (found == symbols_.end()) symbols_.emplace_back(name);
  const NodeId id = node(Op::symbol);
  nodes_.back().index = index;
  return id;
}

NodeId Expressions::node(Op op, NodeId a, NodeId b, NodeId c, NodeId d) {
  Node made{op};
  for (const NodeId child : {a, b, c, d})
    if (child != kNoNode) made.height = std::max(made.height, static_cast<uint16_t>((*this)[child].height + 1));
  if (made.height > kMaxHeight || nodes_.size() >= kMaxNodes) throw TooLarge();
  made.a = a, made.b = b, made.c = c, made.d = d;
  nodes_.push_back(made);
  return static_cast<NodeId>(nodes_.size() - 1);
}

void Expressions::mark_symbols(NodeId id, std::vector<char>& seen) const {
  const Node& n = (*this)[id];
  if (n.op == Op::symbol) seen[static_cast<size_t>(n.index)] = 1;
  const bool binds = n.op == Op::sum || n.op == Op::product;
  if (binds) {
    const auto bound = static_cast<size_t>((*this)[n.b].index);
    const char before = seen[bound];
    mark_symbols(n.a, seen);
    seen[bound] = before;
    mark_symbols(n.c, seen);
    mark_symbols(n.d, seen);
    return;
  }
  for (const NodeId child : {n.a, n.b, n.c, n.d})
    if (child != kNoNode) mark_symbols(child, seen);
}

bool Expressions::is_constant(NodeId id) const {
  std::vector<char> seen(symbols_.size(), 0);
  mark_symbols(id, seen);
  return std::find(seen.begin(), seen.end(), 1) == seen.end();
}

bool Expressions::contains(NodeId id, Op op) const {
  const Node& n = (*this)[id];
  if (n.op == op) return true;
  for (const NodeId child : {n.a, n.b, n.c, n.d})
    if (child != kNoNode && contains(child, op)) return true;
  return false;
}

NodeId Expressions::renamed(NodeId id, const std::vector<int32_t>& to) {
  const Node n = (*this)[id];
  if (n.op == Op::number) return id;
  std::array<NodeId, 4> children{n.a, n.b, n.c, n.d};
  for (NodeId& child : children)
    if (child != kNoNode) child = renamed(child, to);
  const NodeId made = node(n.op, children[0], children[1], children[2], children[3]);
  if (n.op == Op::symbol) nodes_.back().index = to[static_cast<size_t>(n.index)];
  return made;
}

NodeId Expressions::bound(NodeId id, std::string_view letter, int32_t to) {
  const Node n = (*this)[id];
  if (n.op == Op::number) return id;
  if (n.op == Op::symbol ? name(n.index) == letter : n.op == Op::i && letter == "i") {
    const NodeId made = node(Op::symbol);
    nodes_.back().index = to;
    return made;
  }
  if (n.a == kNoNode) return id;
  std::array<NodeId, 4> children{n.a, n.b, n.c, n.d};
  for (NodeId& child : children)
    if (child != kNoNode) child = bound(child, letter, to);
  return node(n.op, children[0], children[1], children[2], children[3]);
}

}  // namespace crescent
