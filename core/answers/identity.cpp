#include "core/answers/identity.hpp"

#include <algorithm>

#include "core/base/random.hpp"

namespace crescent {

namespace {

constexpr slong kFirstPrecision = 128, kLastPrecision = 4096;

enum class Same { yes, no, unknown };

struct Trial {
  Same same = Same::unknown;
  bool real = true;  // both sides stayed within the reals
};

// Both sides at one point.
Trial compare_at(const Expressions& e, NodeId a, NodeId b, Point& point, Budget& budget) {
  Rational exact_a, exact_b;
  const Exact state_a = evaluate_exactly(e, a, point, budget, exact_a);
  if (state_a == Exact::undefined) return {};
  const Exact state_b = evaluate_exactly(e, b, point, budget, exact_b);
  if (state_b == Exact::undefined) return {};
  if (state_a == Exact::value && state_b == Exact::value) return {exact_a == exact_b ? Same::yes : Same::no, true};
  for (slong precision = kFirstPrecision; precision <= kLastPrecision; precision *= 2) {
    BallValue x, y;
    if (!evaluate_ball(e, a, point, precision, budget, x) || !evaluate_ball(e, b, point, precision, budget, y)) {
      if (x.hopeless || y.hopeless) return {};
      continue;
    }
    const bool real = !x.left_reals && !y.left_reals;
    if (!acb_overlaps(x.value.get(), y.value.get())) return {Same::no, real};
    // Agreement counts when the ball of the difference is far smaller than every part of both.
    acb_sub(x.value.get(), x.value.get(), y.value.get(), precision);
    mag_t size;
    mag_init(size);
    acb_get_mag(size, x.value.get());
    const bool close = mag_cmp_2exp_si(size, std::min(x.smallest_exponent, y.smallest_exponent) - 50) < 0;
    mag_clear(size);
    if (close) return {Same::yes, real};
  }
  return {};
}

enum class Domain { reals, integers, principal };  // principal: complex values of roots and logarithms count

struct Sampling {
  std::vector<char> free, whole;  // [symbols]: occurs; only integers make sense (n!, the bound of a sum)
  Domain domain;
};

void mark_whole(const Expressions& e, NodeId id, std::vector<char>& whole) {
  const Node& n = e[id];
  if (n.op == Op::factorial || n.op == Op::double_factorial || n.op == Op::binomial) {
    e.mark_symbols(id, whole);
    return;
  }
  if (n.op == Op::sum || n.op == Op::product) {
    e.mark_symbols(n.c, whole);
    e.mark_symbols(n.d, whole);
  }
  for (const NodeId child : {n.a, n.b, n.c, n.d})
    if (child != kNoNode) mark_whole(e, child, whole);
}

// Of several sizes, both signs in turn: the first two points have all symbols of one sign.
void draw(const Sampling& sampling, const RandomKey& key, uint64_t trial, Point& point) {
  constexpr int64_t kReach[] = {4, 1, 12, 40};
  constexpr uint64_t kDenominator = 9973;
  for (size_t s = 0; s < point.size(); ++s) {
    if (!sampling.free[s]) continue;
    const uint64_t position = trial * 1024 + s;
    if (sampling.whole[s] || sampling.domain == Domain::integers) {
      point[s] = Rational(static_cast<int64_t>(1 + key.below(trial < 4 ? 6 : 14, position)));
      continue;
    }
    const int64_t reach = kReach[trial / 2 % 4] * static_cast<int64_t>(kDenominator);
    auto numerator = static_cast<int64_t>(1 + key.below(static_cast<uint64_t>(reach), position));
    const bool negative = trial == 1 || (trial > 1 && key.bits(position + 512) % 2 == 1);
    Rational value(negative ? -numerator : numerator);
    fmpz_set_ui(value.denominator(), kDenominator);
    fmpq_canonicalise(value.get());
    point[s] = std::move(value);
  }
}

bool has_sign_cases(const Expressions& e, NodeId id) {
  const Node& n = e[id];
  if (n.op == Op::absolute || n.op == Op::floor || n.op == Op::ceiling || n.op == Op::root) return true;
  if (n.op == Op::power && !e.is_integer(n.b)) return true;
  for (const NodeId child : {n.a, n.b, n.c, n.d})
    if (child != kNoNode && has_sign_cases(e, child)) return true;
  return false;
}

// Agreement at enough points of the domain; a single certain difference ends it.
Same sampled(const Expressions& e, NodeId a, NodeId b, const Sampling& sampling, const RandomKey& key, Budget& budget) {
  const bool cases = has_sign_cases(e, a) || has_sign_cases(e, b);
  const int wanted = cases ? 16 : 5, trials = 60;
  int agreed = 0;
  Point point(e.symbol_count());
  for (int trial = 0; trial < trials && agreed < wanted; ++trial) {
    if (trial >= 24 && agreed == 0) break;
    draw(sampling, key, static_cast<uint64_t>(trial), point);
    const Trial found = compare_at(e, a, b, point, budget);
    if (found.same == Same::unknown || (!found.real && sampling.domain != Domain::principal)) continue;
    if (found.same == Same::no) return Same::no;
    ++agreed;
  }
  return agreed >= wanted || (cases && agreed >= 8) ? Same::yes : Same::unknown;
}

// Where one side writes X for the other's x, upper case is read as lower: no symbol of either may come in both cases.
bool fold_case(Expressions& e, NodeId& a, NodeId& b) {
  const size_t n = e.symbol_count();
  std::vector<char> in_a(n, 0), in_b(n, 0);
  e.mark_symbols(a, in_a);
  e.mark_symbols(b, in_b);
  if (in_a == in_b) return true;
  std::vector<int32_t> to(n);
  for (size_t s = 0; s < n; ++s) {
    to[s] = static_cast<int32_t>(s);
    std::string lower = e.name(static_cast<int32_t>(s));
    if (lower.size() != 1 || lower[0] < 'A' || lower[0] > 'Z') continue;
    lower[0] = static_cast<char>(lower[0] + 32);
    for (size_t t = 0; t < n; ++t)
      if (e.name(static_cast<int32_t>(t)) == lower) {
        if ((in_a[s] && in_a[t]) || (in_b[s] && in_b[t])) return false;
        to[s] = static_cast<int32_t>(t);
      }
  }
  a = e.renamed(a, to);
  b = e.renamed(b, to);
  return true;
}

}  // namespace

bool same_expression(Expressions& e, NodeId a, NodeId b, uint64_t key, Budget& budget) {
  if (!fold_case(e, a, b)) return false;
  Sampling sampling{std::vector<char>(e.symbol_count(), 0), std::vector<char>(e.symbol_count(), 0), Domain::reals};
  e.mark_symbols(a, sampling.free);
  e.mark_symbols(b, sampling.free);
  if (std::count(sampling.free.begin(), sampling.free.end(), 1) == 0) {
    Point point(e.symbol_count());
    return compare_at(e, a, b, point, budget).same == Same::yes;
  }
  mark_whole(e, a, sampling.whole);
  mark_whole(e, b, sampling.whole);
  const RandomKey random(key, "answers.identity");
  const bool complex = e.contains(a, Op::i) || e.contains(b, Op::i);
  for (const Domain domain : {Domain::reals, Domain::integers, Domain::principal}) {
    if (complex && domain != Domain::principal) continue;
    sampling.domain = domain;
    const Same same = sampled(e, a, b, sampling, random, budget);
    if (same != Same::unknown) return same == Same::yes;
  }
  return false;
}

std::optional<int> compare_constants(Expressions& e, NodeId a, NodeId b, Budget& budget) {
  Point point(e.symbol_count());
  Rational x, y;
  const Exact state_a = evaluate_exactly(e, a, point, budget, x), state_b = evaluate_exactly(e, b, point, budget, y);
  if (state_a == Exact::undefined || state_b == Exact::undefined) return {};
  if (state_a == Exact::value && state_b == Exact::value) return fmpq_cmp(x.get(), y.get());
  const Trial trial = compare_at(e, a, b, point, budget);
  if (trial.same == Same::yes) return 0;
  if (trial.same == Same::unknown) return {};
  for (slong precision = kFirstPrecision; precision <= kLastPrecision; precision *= 2) {
    BallValue u, v;
    if (!evaluate_ball(e, a, point, precision, budget, u) || !evaluate_ball(e, b, point, precision, budget, v)) {
      if (u.hopeless || v.hopeless) return {};
      continue;
    }
    if (!u.value.is_real() || !v.value.is_real()) return {};
    if (arb_lt(u.value.real(), v.value.real())) return -1;
    if (arb_gt(u.value.real(), v.value.real())) return 1;
  }
  return {};
}

bool proportional(Expressions& e, NodeId a, NodeId b, bool positive, uint64_t key, Budget& budget) {
  if (!fold_case(e, a, b)) return false;
  Sampling sampling{std::vector<char>(e.symbol_count(), 0), std::vector<char>(e.symbol_count(), 0), Domain::reals};
  e.mark_symbols(a, sampling.free);
  e.mark_symbols(b, sampling.free);
  if (std::count(sampling.free.begin(), sampling.free.end(), 1) == 0) return false;
  // b at one point over a there is the constant, which must hold everywhere: a(x) b(p) = b(x) a(p).
  const RandomKey random(key, "answers.proportion");
  Point point(e.symbol_count());
  Rational at_a, at_b;
  for (uint64_t trial = 0; trial < 12; ++trial) {
    draw(sampling, random, trial, point);
    if (evaluate_exactly(e, a, point, budget, at_a) != Exact::value || at_a.is_zero() ||
        evaluate_exactly(e, b, point, budget, at_b) != Exact::value || at_b.is_zero())
      continue;
    if (positive && at_a.sign() != at_b.sign()) return false;
    const NodeId left = e.node(Op::multiply, a, e.number(at_b)), right = e.node(Op::multiply, b, e.number(at_a));
    return same_expression(e, left, right, key, budget);
  }
  // With roots or functions the constant is not rational: only equality up to the sign is tried.
  if (same_expression(e, a, b, key, budget)) return true;
  return !positive && same_expression(e, a, e.node(Op::negate, b), key, budget);
}

}  // namespace crescent
