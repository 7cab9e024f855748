// The distributions that tests and intervals need, by Boost.Math.
#pragma once

namespace crescent {

double t_quantile(double probability, double degrees);       // degrees > 0, of the lower tail
double t_two_sided(double t, double degrees);                // P(|T| >= |t|)
double f_upper(double f, double degrees1, double degrees2);  // P(F >= f); degrees may be fractions
// Power of a two-sided t test: P(|T| > critical) for T noncentral t with noncentrality `shift`.
double t_power(double critical, double degrees, double shift);
double chi_squared_quantile(double probability, double degrees);

}  // namespace crescent
