#include "core/answers/evaluate.hpp"

namespace crescent {

namespace {

constexpr int64_t kMaxBits = 40'000;
constexpr ulong kMaxFactorial = 2000, kMaxChoose = 5000;
constexpr slong kMaxTerms = 2000;

class ExactEvaluator {
 public:
  ExactEvaluator(const Expressions& e, Point& point, Budget& budget) : e_(e), point_(point), budget_(budget) {}

  Exact run(NodeId id, Rational& out) {
    const Node& n = e_[id];
    budget_.spend(1);
    switch (n.op) {
      case Op::number:
        out = e_.value(id);
        return Exact::value;
      case Op::symbol:
        out = point_[static_cast<size_t>(n.index)];
        return Exact::value;
      case Op::sum:
      case Op::product:
        return series(n, out);
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
      case Op::power:
      case Op::root:
      case Op::binomial:
        return binary(n, out);
      case Op::negate:
      case Op::factorial:
      case Op::double_factorial:
      case Op::absolute:
      case Op::floor:
      case Op::ceiling:
        return unary(n, out);
      default:
        return Exact::irrational;
    }
  }

 private:
  Exact bounded(const Rational& value) {
    const int64_t bits = value.bits();
    budget_.spend(bits / 256 + bits * bits / 65536);  // a product reduced to lowest terms is quadratic
    return bits > kMaxBits ? Exact::irrational : Exact::value;
  }

  Exact unary(const Node& n, Rational& out) {
    Rational a;
    if (const Exact state = run(n.a, a); state != Exact::value) return state;
    switch (n.op) {
      case Op::negate:
        fmpq_neg(out.get(), a.get());
        return Exact::value;
      case Op::absolute:
        fmpq_abs(out.get(), a.get());
        return Exact::value;
      case Op::floor:
      case Op::ceiling: {
        Rational rounded(0);
        (n.op == Op::floor ? fmpz_fdiv_q : fmpz_cdiv_q)(rounded.numerator(), a.numerator(), a.denominator());
        out = std::move(rounded);
        return Exact::value;
      }
      default:
        break;
    }
    if (!a.is_integer() || a.sign() < 0) return Exact::undefined;
    if (fmpz_cmp_ui(a.numerator(), kMaxFactorial) > 0) return Exact::irrational;
    const ulong k = fmpz_get_ui(a.numerator());
    out = Rational(1);
    if (n.op == Op::factorial) {
      fmpz_fac_ui(out.numerator(), k);
    } else {
      for (ulong i = k; i > 1; i -= 2) fmpz_mul_ui(out.numerator(), out.numerator(), i);
    }
    return bounded(out);
  }

  Exact binary(const Node& n, Rational& out) {
    Rational a, b;
    const Exact left = run(n.a, a);
    if (left == Exact::undefined) return left;
    const Exact right = run(n.b, b);
    if (right == Exact::undefined) return right;
    if (n.op == Op::divide && right == Exact::value && b.is_zero()) return Exact::undefined;
    if (left != Exact::value || right != Exact::value) return Exact::irrational;
    switch (n.op) {
      case Op::add:
        fmpq_add(out.get(), a.get(), b.get());
        break;
      case Op::subtract:
        fmpq_sub(out.get(), a.get(), b.get());
        break;
      case Op::multiply:
        fmpq_mul(out.get(), a.get(), b.get());
        break;
      case Op::divide:
        fmpq_div(out.get(), a.get(), b.get());
        break;
      case Op::power:
        return power(a, b, out);
      case Op::root: {
        if (b.is_zero()) return Exact::undefined;
        Rational inverse;
        fmpq_inv(inverse.get(), b.get());
        return a.sign() < 0 ? negative_root(a, b, out) : power(a, inverse, out);
      }
      default:
        return binomial(a, b, out);
    }
    return bounded(out);
  }

  // \sqrt[3]{-8} is -2; a root of even degree is not real.
  Exact negative_root(const Rational& a, const Rational& degree, Rational& out) {
    if (!degree.is_integer() || fmpz_is_even(degree.numerator())) return Exact::irrational;
    Rational inverse, positive;
    fmpq_inv(inverse.get(), degree.get());
    fmpq_neg(positive.get(), a.get());
    const Exact state = power(positive, inverse, out);
    if (state == Exact::value) fmpq_neg(out.get(), out.get());
    return state;
  }

  Exact power(const Rational& base, const Rational& exponent, Rational& out) {
    if (base.is_zero()) {
      if (exponent.sign() <= 0) return Exact::undefined;
      out = Rational(0);
      return Exact::value;
    }
    Rational root = base;
    if (!exponent.is_integer()) {  // only where the root is rational: 4^{3/2}
      if (base.sign() < 0 || fmpz_cmp_ui(exponent.denominator(), 64) > 0) return Exact::irrational;
      const auto degree = static_cast<slong>(fmpz_get_ui(exponent.denominator()));
      if (!exact_root(root.numerator(), degree) || !exact_root(root.denominator(), degree)) return Exact::irrational;
    }
    if (fmpz_cmpabs(exponent.numerator(), Rational(kMaxBits).numerator()) > 0) {
      if (!fmpz_is_pm1(root.numerator()) || !fmpz_is_one(root.denominator())) return Exact::irrational;
      out = Rational(root.sign() > 0 || fmpz_is_even(exponent.numerator()) ? 1 : -1);
      return Exact::value;
    }
    const slong times = fmpz_get_si(exponent.numerator());
    if (root.bits() * std::abs(times) > kMaxBits + 2) return Exact::irrational;
    fmpq_pow_si(out.get(), root.get(), times);
    return bounded(out);
  }

  bool exact_root(fmpz* value, slong degree) {
    Rational root;
    fmpz_root(root.numerator(), value, degree);
    budget_.spend(1 + static_cast<int64_t>(fmpz_bits(value)) / 64);
    Rational back(0);
    fmpz_pow_ui(back.numerator(), root.numerator(), static_cast<ulong>(degree));
    if (!fmpz_equal(back.numerator(), value)) return false;
    fmpz_set(value, root.numerator());
    return true;
  }

  Exact binomial(const Rational& n, const Rational& k, Rational& out) {
    if (!n.is_integer() || !k.is_integer() || n.sign() < 0) return Exact::undefined;
    if (k.sign() < 0 || fmpq_cmp(k.get(), n.get()) > 0) {
      out = Rational(0);
      return Exact::value;
    }
    if (fmpz_cmp_ui(n.numerator(), kMaxChoose) > 0) return Exact::irrational;
    out = Rational(0);
    fmpz_bin_uiui(out.numerator(), fmpz_get_ui(n.numerator()), fmpz_get_ui(k.numerator()));
    return bounded(out);
  }

  Exact series(const Node& n, Rational& out) {
    Rational first, last;
    if (run(n.c, first) != Exact::value || run(n.d, last) != Exact::value) return Exact::irrational;
    if (!first.is_integer() || !last.is_integer()) return Exact::undefined;
    Rational terms;
    fmpq_sub(terms.get(), last.get(), first.get());
    if (fmpz_cmp_si(terms.numerator(), kMaxTerms) > 0) return Exact::irrational;
    const bool add = n.op == Op::sum;
    Rational total(add ? 0 : 1), term;
    Rational& bound = point_[static_cast<size_t>(e_[n.b].index)];
    for (bound = first; fmpq_cmp(bound.get(), last.get()) <= 0; fmpq_add_si(bound.get(), bound.get(), 1)) {
      if (const Exact state = run(n.a, term); state != Exact::value) return state;
      (add ? fmpq_add : fmpq_mul)(total.get(), total.get(), term.get());
      if (bounded(total) != Exact::value) return Exact::irrational;
    }
    out = std::move(total);
    return Exact::value;
  }

  const Expressions& e_;
  Point& point_;
  Budget& budget_;
};

}  // namespace

Exact evaluate_exactly(const Expressions& e, NodeId id, Point& point, Budget& budget, Rational& out) {
  return ExactEvaluator(e, point, budget).run(id, out);
}

}  // namespace crescent
