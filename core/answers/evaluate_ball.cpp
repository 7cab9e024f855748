#include <algorithm>

#include "core/answers/evaluate.hpp"

namespace crescent {

namespace {

constexpr slong kMaxTerms = 500;
constexpr int64_t kMaxMagnitude = 200'000;  // binary exponent of a value that is worth going on with
constexpr int64_t kMaxGrowth = 17;          // binary exponent of the argument of exp and its like: e^(2^17) < 2^200000
constexpr int64_t kMaxTurns = 2'000;        // binary exponent of the argument of sin and its like
constexpr flint_bitcnt_t kMaxPowerBits = 32;  // of a whole exponent

class BallEvaluator {
 public:
  BallEvaluator(const Expressions& e, Point& point, slong precision, Budget& budget, BallValue& report)
      : e_(e), point_(point), precision_(precision), budget_(budget), report_(report) {}

  bool run(NodeId id, acb_ptr out) {
    const Node& n = e_[id];
    budget_.spend(1 + precision_ / 64);
    if (!compute(n, id, out) || !acb_is_finite(out)) return false;
    return note_magnitude(out);
  }

 private:
  bool note_magnitude(acb_srcptr z) {
    if (acb_contains_zero(z)) return true;
    mag_t size;
    mag_init(size);
    acb_get_mag(size, z);
    const bool tame =
        fmpz_cmp_si(MAG_EXPREF(size), kMaxMagnitude) < 0 && fmpz_cmp_si(MAG_EXPREF(size), -kMaxMagnitude) > 0;
    if (!tame)
      report_.hopeless = true;
    else
      report_.smallest_exponent = std::min<int64_t>(report_.smallest_exponent, fmpz_get_si(MAG_EXPREF(size)) - 2);
    mag_clear(size);
    return tame;
  }

  bool is_below(acb_srcptr z, int64_t exponent) {
    mag_t size;
    mag_init(size);
    acb_get_mag(size, z);
    const bool below = mag_cmp_2exp_si(size, exponent) < 0;
    mag_clear(size);
    if (!below) report_.hopeless = true;
    return below;
  }

  bool compute(const Node& n, NodeId id, acb_ptr out) {
    switch (n.op) {
      case Op::number:
        acb_set_fmpq(out, e_.value(id).get(), precision_);
        return true;
      case Op::symbol:
        acb_set_fmpq(out, point_[static_cast<size_t>(n.index)].get(), precision_);
        return true;
      case Op::pi:
        acb_const_pi(out, precision_);
        return true;
      case Op::e:
        acb_set_si(out, 1);
        acb_exp(out, out, precision_);
        return true;
      case Op::i:
        acb_onei(out);
        return true;
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
        return arithmetic(n, out);
      case Op::power:
        return power(n, out);
      case Op::root:
        return root(n, out);
      case Op::log:
        return logarithm(n, out);
      case Op::sum:
      case Op::product:
        return series(n, out);
      case Op::factorial:
      case Op::double_factorial:
      case Op::binomial:
      case Op::floor:
      case Op::ceiling: {
        Rational value;  // of exact arguments only
        if (evaluate_exactly(e_, id, point_, budget_, value) == Exact::value) {
          acb_set_fmpq(out, value.get(), precision_);
          return true;
        }
        return (n.op == Op::floor || n.op == Op::ceiling) && run(n.a, out) && round(n.op, out);
      }
      default:
        return run(n.a, out) && function(n.op, out);
    }
  }

  bool round(Op op, acb_ptr out) {
    if (!acb_is_real(out)) return false;
    (op == Op::floor ? arb_floor : arb_ceil)(acb_realref(out), acb_realref(out), precision_);
    return arb_is_exact(acb_realref(out));
  }

  bool arithmetic(const Node& n, acb_ptr out) {
    Ball b;
    if (!run(n.a, out) || !run(n.b, b.get())) return false;
    if (n.op == Op::divide) {
      if (acb_contains_zero(b.get())) return false;
      acb_div(out, out, b.get(), precision_);
    } else {
      (n.op == Op::add ? acb_add : n.op == Op::subtract ? acb_sub : acb_mul)(out, out, b.get(), precision_);
    }
    return true;
  }

  bool is_negative(acb_srcptr z) const { return acb_is_real(z) && !arb_is_nonnegative(acb_realref(z)); }

  bool power(const Node& n, acb_ptr out) {
    Rational exponent;
    const Exact state = evaluate_exactly(e_, n.b, point_, budget_, exponent);
    if (state == Exact::undefined || !run(n.a, out)) return false;
    if (state == Exact::value && exponent.is_integer()) {
      if (acb_contains_zero(out) && exponent.sign() <= 0) return false;
      const flint_bitcnt_t bits = fmpz_bits(exponent.numerator());
      if (bits > kMaxPowerBits) return !(report_.hopeless = true);
      budget_.spend(static_cast<int64_t>(bits) * precision_ / 512);
      acb_pow_fmpz(out, out, exponent.numerator(), precision_);
      return true;
    }
    Ball b;
    if (!run(n.b, b.get())) return false;
    if (acb_contains_zero(out)) return false;
    if (is_negative(out)) report_.left_reals = true;
    budget_.spend(precision_ / 4);
    acb_log(out, out, precision_);
    acb_mul(out, out, b.get(), precision_);
    if (!is_below(out, kMaxGrowth)) return false;
    acb_exp(out, out, precision_);
    return true;
  }

  bool root(const Node& n, acb_ptr out) {
    Rational degree;
    if (evaluate_exactly(e_, n.b, point_, budget_, degree) != Exact::value || !degree.is_integer() ||
        fmpz_cmp_ui(degree.numerator(), 1000) > 0 || degree.sign() <= 0 || !run(n.a, out))
      return false;
    const ulong k = fmpz_get_ui(degree.numerator());
    budget_.spend(precision_ / 16);
    const bool negative = is_negative(out);
    if (negative && k % 2 == 1) {  // the real root
      if (!arb_is_negative(acb_realref(out))) return false;
      acb_neg(out, out);
      acb_root_ui(out, out, k, precision_);
      acb_neg(out, out);
      return true;
    }
    if (negative) report_.left_reals = true;
    acb_root_ui(out, out, k, precision_);
    return true;
  }

  bool logarithm(const Node& n, acb_ptr out) {
    Ball base;
    if (!run(n.a, out) || !run(n.b, base.get())) return false;
    if (!function(Op::ln, out) || !function(Op::ln, base.get()) || acb_contains_zero(base.get())) return false;
    acb_div(out, out, base.get(), precision_);
    return true;
  }

  bool series(const Node& n, acb_ptr out) {
    Rational first, last, terms;
    if (evaluate_exactly(e_, n.c, point_, budget_, first) != Exact::value ||
        evaluate_exactly(e_, n.d, point_, budget_, last) != Exact::value || !first.is_integer() || !last.is_integer())
      return false;
    fmpq_sub(terms.get(), last.get(), first.get());
    if (fmpz_cmp_si(terms.numerator(), kMaxTerms) > 0) return false;
    const bool add = n.op == Op::sum;
    acb_set_si(out, add ? 0 : 1);
    Ball term;
    Rational& bound = point_[static_cast<size_t>(e_[n.b].index)];
    for (bound = first; fmpq_cmp(bound.get(), last.get()) <= 0; fmpq_add_si(bound.get(), bound.get(), 1)) {
      if (!run(n.a, term.get())) return false;
      (add ? acb_add : acb_mul)(out, out, term.get(), precision_);
    }
    return true;
  }

  // out = f(out). A real argument outside of the real domain is noted; a pole or a cut within the ball gives nothing.
  bool function(Op op, acb_ptr z) {
    const slong p = precision_;
    budget_.spend(p / 8);
    const bool real = acb_is_real(z);
    if (op >= Op::sinh && op <= Op::tanh && !is_below(z, kMaxGrowth)) return false;
    if (op == Op::exp && !is_below(z, kMaxGrowth)) return false;
    if (op >= Op::sin && op <= Op::csc && !is_below(z, real ? kMaxTurns : kMaxGrowth)) return false;
    switch (op) {
      case Op::negate:
        acb_neg(z, z);
        return true;
      case Op::absolute:
        return absolute(z);
      case Op::exp:
        acb_exp(z, z, p);
        return true;
      case Op::ln:
        if (acb_contains_zero(z)) return false;
        if (is_negative(z)) report_.left_reals = true;
        acb_log(z, z, p);
        return true;
      case Op::sin:
        acb_sin(z, z, p);
        return true;
      case Op::cos:
        acb_cos(z, z, p);
        return true;
      case Op::tan:
        acb_tan(z, z, p);
        return true;
      case Op::cot:
        acb_cot(z, z, p);
        return true;
      case Op::sec:
        acb_sec(z, z, p);
        return true;
      case Op::csc:
        acb_csc(z, z, p);
        return true;
      case Op::sinh:
        acb_sinh(z, z, p);
        return true;
      case Op::cosh:
        acb_cosh(z, z, p);
        return true;
      case Op::tanh:
        acb_tanh(z, z, p);
        return true;
      case Op::arcsin:
        acb_asin(z, z, p);
        break;
      case Op::arccos:
        acb_acos(z, z, p);
        break;
      case Op::arctan:
        acb_atan(z, z, p);
        break;
      case Op::arccot: {  // pi/2 - arctan, the branch of (0, pi)
        Ball half;
        acb_const_pi(half.get(), p);
        acb_mul_2exp_si(half.get(), half.get(), -1);
        acb_atan(z, z, p);
        acb_sub(z, half.get(), z, p);
        return true;
      }
      case Op::arsinh:
        acb_asinh(z, z, p);
        break;
      case Op::arcosh:
        acb_acosh(z, z, p);
        break;
      case Op::artanh:
        acb_atanh(z, z, p);
        break;
      default:
        return false;
    }
    if (real && !acb_is_real(z)) report_.left_reals = true;
    return true;
  }

  bool absolute(acb_ptr z) {
    Ball size;
    acb_abs(size.real(), z, precision_);
    acb_set(z, size.get());
    return true;
  }

  const Expressions& e_;
  Point& point_;
  slong precision_;
  Budget& budget_;
  BallValue& report_;
};

}  // namespace

bool evaluate_ball(const Expressions& e, NodeId id, Point& point, slong precision_bits, Budget& budget,
                   BallValue& out) {
  out.left_reals = out.hopeless = false;
  out.smallest_exponent = 0;
  return BallEvaluator(e, point, precision_bits, budget, out).run(id, out.value.get());
}

}  // namespace crescent
