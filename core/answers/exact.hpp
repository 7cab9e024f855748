// Owners of FLINT's numbers: exact rationals, and complex balls (midpoint and rigorous radius, Arb). FLINT keeps its
// caches per thread, so these are safe on any thread as long as each object stays on its own.
#pragma once

#include <acb.h>
#include <flint/fmpq.h>

#include <cstdint>

namespace crescent {

class Rational {
 public:
  Rational() { fmpq_init(q_); }
  explicit Rational(int64_t numerator, uint64_t denominator = 1) : Rational() {
    fmpq_set_si(q_, numerator, denominator);
  }
  Rational(const Rational& other) : Rational() { fmpq_set(q_, other.q_); }
  Rational(Rational&& other) noexcept : Rational() { fmpq_swap(q_, other.q_); }
  Rational& operator=(Rational other) noexcept {
    fmpq_swap(q_, other.q_);
    return *this;
  }
  ~Rational() { fmpq_clear(q_); }

  fmpq* get() { return q_; }
  const fmpq* get() const { return q_; }
  fmpz* numerator() { return fmpq_numref(q_); }
  const fmpz* numerator() const { return fmpq_numref(q_); }
  fmpz* denominator() { return fmpq_denref(q_); }
  const fmpz* denominator() const { return fmpq_denref(q_); }
  bool is_zero() const { return fmpq_is_zero(q_); }
  bool is_integer() const { return fmpz_is_one(denominator()); }
  int sign() const { return fmpq_sgn(q_); }
  int64_t bits() const { return static_cast<int64_t>(fmpz_bits(numerator()) + fmpz_bits(denominator())); }
  bool operator==(const Rational& other) const { return fmpq_equal(q_, other.q_); }

 private:
  fmpq_t q_;
};

class Ball {
 public:
  Ball() { acb_init(z_); }
  Ball(const Ball&) = delete;
  Ball& operator=(const Ball&) = delete;
  ~Ball() { acb_clear(z_); }
  acb_ptr get() { return z_; }
  acb_srcptr get() const { return z_; }
  arb_ptr real() { return acb_realref(z_); }
  arb_ptr imaginary() { return acb_imagref(z_); }
  bool is_real() const { return acb_is_real(z_); }

 private:
  acb_t z_;
};

}  // namespace crescent
