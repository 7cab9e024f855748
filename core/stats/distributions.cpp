#include "core/stats/distributions.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace crescent {

namespace bm = boost::math;

double t_quantile(double probability, double degrees) { return bm::quantile(bm::students_t(degrees), probability); }

double t_two_sided(double t, double degrees) {
  return 2 * bm::cdf(bm::complement(bm::students_t(degrees), std::abs(t)));
}

double f_upper(double f, double degrees1, double degrees2) {
  return bm::cdf(bm::complement(bm::fisher_f(degrees1, degrees2), f));
}

double t_power(double critical, double degrees, double shift) {
  const bm::non_central_t alternative(degrees, shift);
  return bm::cdf(alternative, -critical) + bm::cdf(bm::complement(alternative, critical));
}

double chi_squared_quantile(double probability, double degrees) {
  return bm::quantile(bm::chi_squared(degrees), probability);
}

}  // namespace crescent
