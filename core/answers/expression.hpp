// Expression trees of both answers of a comparison, in one arena: a node is an index, children come before parents.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/answers/exact.hpp"

namespace crescent {

using NodeId = int32_t;
inline constexpr NodeId kNoNode = -1;

enum class Op : uint8_t {
  number,
  symbol,
  pi,
  e,
  i,
  add,
  subtract,
  multiply,
  divide,
  power,
  negate,
  root,  // a = radicand, b = degree
  log,   // a = argument, b = base
  factorial,
  double_factorial,
  binomial,
  absolute,
  floor,
  ceiling,
  sum,
  product,  // a = body, b = bound symbol, c = first, d = last
  sin,
  cos,
  tan,
  cot,
  sec,
  csc,
  arcsin,
  arccos,
  arctan,
  arccot,
  sinh,
  cosh,
  tanh,
  arsinh,
  arcosh,
  artanh,
  exp,
  ln,
};

struct Node {
  Op op;
  uint16_t height = 1;    // of the tree below, at most kMaxHeight
  int32_t index = -1;     // of the number or the symbol
  int32_t decimals = -1;  // of a number written as a plain decimal: digits after its point
  NodeId a = kNoNode, b = kNoNode, c = kNoNode, d = kNoNode;
};

// Thrown where an answer is larger than any honest one; such an answer equals nothing.
struct TooLarge : std::runtime_error {
  TooLarge() : std::runtime_error("the answer exceeds the budget of the answer checker") {}
};

class Expressions {
 public:
  static constexpr uint16_t kMaxHeight = 300;
  static constexpr size_t kMaxNodes = 6000;

  NodeId number(Rational value, int32_t decimals = -1);
  NodeId number(int64_t value) { return number(Rational(value)); }
  NodeId symbol(std::string_view name);
  NodeId node(Op op, NodeId a = kNoNode, NodeId b = kNoNode, NodeId c = kNoNode, NodeId d = kNoNode);

  const Node& operator[](NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
  const Rational& value(NodeId id) const { return numbers_[static_cast<size_t>((*this)[id].index)]; }
  const std::string& name(int32_t symbol) const { return symbols_[static_cast<size_t>(symbol)]; }
  size_t symbol_count() const { return symbols_.size(); }
  bool is_integer(NodeId id) const { return (*this)[id].op == Op::number && value(id).is_integer(); }

  // Marks in `seen` [symbol_count] the free symbols below `id`.
  void mark_symbols(NodeId id, std::vector<char>& seen) const;
  bool is_constant(NodeId id) const;  // no free symbol
  bool contains(NodeId id, Op op) const;
  NodeId renamed(NodeId id, const std::vector<int32_t>& to);     // each symbol s becomes to[s]
  NodeId bound(NodeId id, std::string_view letter, int32_t to);  // the letter becomes a symbol, also where i is one

 private:
  std::vector<Node> nodes_;
  std::vector<Rational> numbers_;
  std::vector<std::string> symbols_;
};

}  // namespace crescent
