#include "core/answers/compare.hpp"

#include <algorithm>
#include <set>

#include "core/answers/identity.hpp"
#include "core/answers/region.hpp"
#include "core/answers/spelling.hpp"

namespace crescent {

namespace {

using Kind = Answer::Kind;

// ---- Numbers and expressions ----

// |given - gold| <= limit, for constants.
bool within(NodeId given, NodeId gold, NodeId limit, const Comparison& c) {
  Expressions& e = c.expressions;
  const auto sign = compare_constants(e, e.node(Op::absolute, e.node(Op::subtract, given, gold)), limit, c.budget);
  return sign && *sign <= 0;
}

// The tolerance that the policy allows for this gold; kNoNode: none.
NodeId allowance(NodeId gold, const Comparison& c) {
  Expressions& e = c.expressions;
  if (c.policy.tolerance > 0) {
    Rational relative;
    arf_t value;  // a double is a rational, exactly
    arf_init(value);
    arf_set_d(value, c.policy.tolerance);
    arf_get_fmpq(relative.get(), value);
    arf_clear(value);
    return e.node(Op::multiply, e.number(std::move(relative)), e.node(Op::absolute, gold));
  }
  const Node& n = e[gold].op == Op::negate ? e[e[gold].a] : e[gold];
  if (c.policy.rounding != AnswerPolicy::Rounding::gold || n.op != Op::number || n.decimals < 0) return kNoNode;
  Rational half(1, 2), ten(10);
  fmpq_pow_si(ten.get(), ten.get(), -n.decimals);
  fmpq_mul(half.get(), half.get(), ten.get());
  return e.number(std::move(half));
}

bool same_node(NodeId given, NodeId gold, const Comparison& c) {
  Expressions& e = c.expressions;
  if (same_expression(e, given, gold, c.key, c.budget)) return true;
  if (!e.is_constant(given) || !e.is_constant(gold)) return false;
  const NodeId limit = allowance(gold, c);
  return limit != kNoNode && within(given, gold, limit, c);
}

NodeId scaled(NodeId node, const Rational& scale, const Comparison& c) {
  if (fmpq_is_one(scale.get())) return node;
  return c.expressions.node(Op::multiply, node, c.expressions.number(scale));
}

NodeId in_radians(NodeId degrees, const Comparison& c) {
  Expressions& e = c.expressions;
  return e.node(Op::divide, e.node(Op::multiply, degrees, e.node(Op::pi)), e.number(180));
}

bool is_angle(const Unit& unit) {
  return (unit.other == "deg" || unit.other == "rad") && unit.other_power == 1 && unit.powers == Unit().powers;
}

// The value of a quantity in the base units of its kind, an angle in radians.
NodeId base_value(const Answer& a, const Comparison& c) {
  if (a.unit->other == "deg" && is_angle(*a.unit)) return in_radians(a.node, c);
  return scaled(a.node, a.unit->scale, c);
}

// The word "pound" is a mass or a currency, whichever the other side means.
bool same_pounds(const Answer& a, const Answer& b, const Comparison& c) {
  if (a.unit->other != "pound" || a.unit->other_power != 1) return false;
  if (b.unit->other == "GBP") return same_node(a.node, b.node, c);
  Unit mass;
  mass.powers = {0, 1, 0, 0, 0};
  mass.scale = Rational(45359237, 100000000);
  return b.unit->same_kind(mass) && same_node(scaled(a.node, mass.scale, c), base_value(b, c), c);
}

bool same_quantity(const Answer& given, const Answer& gold, const Comparison& c) {
  if (given.unit && gold.unit) {
    if (same_pounds(given, gold, c) || same_pounds(gold, given, c)) return true;
    if (!given.unit->same_kind(*gold.unit) && !(is_angle(*given.unit) && is_angle(*gold.unit))) return false;
    // In one unit the numbers are compared as they stand, so that rounding speaks of the digits written.
    if (given.unit->other == gold.unit->other && given.unit->scale == gold.unit->scale)
      return same_node(given.node, gold.node, c);
    return same_node(base_value(given, c), base_value(gold, c), c);
  }
  const bool gold_bare = !gold.unit;
  const Answer &quantity = gold_bare ? given : gold, &bare = gold_bare ? gold : given;
  const auto compare = [&](NodeId value) {
    return gold_bare ? same_node(value, bare.node, c) : same_node(bare.node, value, c);
  };
  // 180 degrees are pi, in words or not
  if (is_angle(*quantity.unit) && c.expressions.contains(bare.node, Op::pi)) return compare(base_value(quantity, c));
  if (!quantity.unit->certain) return quantity.plain != kNoNode && compare(quantity.plain);
  return c.policy.units == AnswerPolicy::Units::optional && compare(quantity.node);
}

bool same_number(const Answer& given, const Answer& gold, const Comparison& c) {
  if (c.policy.form == AnswerPolicy::Form::literal && gold.literal && !given.literal) return false;
  if (given.unit || gold.unit) return same_quantity(given, gold, c);
  if (same_node(given.node, gold.node, c)) return true;
  if (c.policy.percent != AnswerPolicy::Percent::either || (given.plain == kNoNode) == (gold.plain == kNoNode))
    return false;
  return same_node(given.plain == kNoNode ? given.node : given.plain, gold.plain == kNoNode ? gold.node : gold.plain,
                   c);
}

// ---- Several answers ----

void flatten(const Answer& a, std::vector<const Answer*>& out) {
  for (const Answer& item : a.items)
    if (item.kind == Kind::list)
      flatten(item, out);
    else if (item.kind == Kind::labelled && item.items[0].kind == Kind::list)
      flatten(item.items[0], out);
    else
      out.push_back(&item);
}

std::vector<const Answer*> items_of(const Answer& a) {
  std::vector<const Answer*> out;
  flatten(a, out);
  return out;
}

bool in_order(const std::vector<const Answer*>& given, const std::vector<const Answer*>& gold, const Comparison& c) {
  if (given.size() != gold.size()) return false;
  for (size_t i = 0; i < given.size(); ++i)
    if (!same_value(*given[i], *gold[i], c)) return false;
  return true;
}

// Each of one has its equal in the other. `counted`: as often.
bool as_sets(const std::vector<const Answer*>& given, const std::vector<const Answer*>& gold, bool counted,
             const Comparison& c) {
  if (counted && given.size() != gold.size()) return false;
  std::vector<char> used(gold.size(), 0);
  for (const Answer* a : given) {
    bool found = false;
    for (size_t i = 0; i < gold.size() && !found; ++i) {
      if (counted && used[i]) continue;
      found = same_value(*a, *gold[i], c);
      if (found) used[i] = 1;
    }
    if (!found) return false;
  }
  if (counted) return true;
  for (size_t i = 0; i < gold.size(); ++i) {
    const bool met = used[i] || std::any_of(given.begin(), given.end(),
                                            [&](const Answer* a) { return same_value(*a, *gold[i], c); });
    if (!met) return false;
  }
  return true;
}

// "x = 1, y = 2" gives its items names, so that "2, 1" without names is another answer.
bool names_differ(const std::vector<const Answer*>& items) {
  std::set<std::string> names;
  for (const Answer* a : items)
    if (a->kind == Kind::labelled) names.insert(a->label);
  return names.size() > 1;
}

bool is_collection(const Answer& a) { return a.kind == Kind::list || a.kind == Kind::set; }

bool same_collection(const Answer& given, const Answer& gold, const Comparison& c) {
  const auto a = items_of(given), b = items_of(gold);
  const bool lists = given.kind == Kind::list && gold.kind == Kind::list;
  if (lists && (names_differ(a) != names_differ(b) || c.policy.order == AnswerPolicy::Order::given))
    return in_order(a, b, c);
  return as_sets(a, b, lists, c);
}

bool same_ratio(const Answer& given, const Answer& gold, const Comparison& c) {
  if (given.items.size() != gold.items.size()) return false;
  Expressions& e = c.expressions;
  for (size_t i = 1; i < given.items.size(); ++i) {
    const NodeId left = e.node(Op::multiply, given.items[i].node, gold.items[0].node);
    const NodeId right = e.node(Op::multiply, gold.items[i].node, given.items[0].node);
    if (!same_expression(e, left, right, c.key, c.budget)) return false;
    if (same_expression(e, given.items[i].node, e.number(0), c.key, c.budget) !=
        same_expression(e, gold.items[i].node, e.number(0), c.key, c.budget))
      return false;
  }
  return true;
}

bool ratio_is_quotient(const Answer& ratio, const Answer& quotient, const Comparison& c) {
  if (ratio.items.size() != 2 || quotient.kind != Kind::expression) return false;
  const NodeId value = c.expressions.node(Op::divide, ratio.items[0].node, ratio.items[1].node);
  return same_expression(c.expressions, value, quotient.node, c.key, c.budget);
}

// ---- Equations and regions ----

// y = 2x + 1 as an equation; kNoNode where the value is a constant: then the answer is the value, and "2x + 3 = 9" is
// the question and not the answer.
NodeId as_equation(const Answer& a, const Comparison& c) {
  if (a.kind == Kind::equation) return a.node;
  if (a.kind != Kind::labelled || a.label.size() > 8 || a.items[0].kind != Kind::expression) return kNoNode;
  Expressions& e = c.expressions;
  if (e.is_constant(a.items[0].node)) return kNoNode;
  return e.node(Op::subtract, e.symbol(trimmed(a.label)), a.items[0].node);
}

bool same_equation(const Answer& given, const Answer& gold, const Comparison& c) {
  const NodeId a = as_equation(given, c), b = as_equation(gold, c);
  return a != kNoNode && b != kNoNode && proportional(c.expressions, a, b, false, c.key, c.budget);
}

bool same_label(const Answer& a, const Answer& b) {
  return a.label.empty() || b.label.empty() || plain_words(a.label) == plain_words(b.label);
}

bool same_regions(const Answer& given, const Answer& gold, const Comparison& c) {
  if (!same_label(given, gold)) return false;
  const auto a = as_region(given, c.expressions, c.budget), b = as_region(gold, c.expressions, c.budget);
  return a && b && same_region(*a, *b, c.expressions, c.budget);
}

bool same_words(const Answer& a, const Answer& b) {
  const std::string words = plain_words(a.source);
  return !words.empty() && words == plain_words(b.source);
}

}  // namespace

bool same_value(const Answer& given, const Answer& gold, const Comparison& c) {
  c.budget.spend(1);
  if (given.kind == Kind::text || gold.kind == Kind::text) return same_words(given, gold);
  if (given.kind == Kind::labelled && gold.kind == Kind::labelled)
    return same_label(given, gold) ? same_value(given.items[0], gold.items[0], c) : same_equation(given, gold, c);
  if (given.kind == Kind::equation || gold.kind == Kind::equation) return same_equation(given, gold, c);
  if (given.kind == Kind::labelled) return same_value(given.items[0], gold, c);
  if (gold.kind == Kind::labelled) return same_value(given, gold.items[0], c);
  if (given.kind == Kind::region || gold.kind == Kind::region) return same_regions(given, gold, c);
  if (is_collection(given) && is_collection(gold)) return same_collection(given, gold, c);
  if (given.kind == Kind::ratio && gold.kind != Kind::ratio) return ratio_is_quotient(given, gold, c);
  if (gold.kind == Kind::ratio && given.kind != Kind::ratio) return ratio_is_quotient(gold, given, c);
  const auto is_number = [](const Answer& a) { return a.kind == Kind::expression || a.kind == Kind::quantity; };
  if (is_number(given) && is_number(gold)) return same_number(given, gold, c);
  if (given.kind != gold.kind) return false;
  switch (given.kind) {
    case Kind::infinity:
      return given.closed == gold.closed;
    case Kind::inequality:
      return given.closed == gold.closed && proportional(c.expressions, given.node, gold.node, true, c.key, c.budget);
    case Kind::tuple:
      return given.open == gold.open && given.close == gold.close && in_order(items_of(given), items_of(gold), c);
    case Kind::matrix:
      return given.columns == gold.columns && in_order(items_of(given), items_of(gold), c);
    case Kind::ratio:
      return same_ratio(given, gold, c);
    default:
      return false;
  }
}

}  // namespace crescent
