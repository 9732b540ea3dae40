// Modified Bessel functions of the first kind, of any order from 0 on.

#include <math.h>

#include "CTensorKernels.h"

static const double HALF_LOG_TWO_PI = 0.91893853320467274178;

/// log I_v(x) - x for large v: the uniform expansion of Debye, Abramowitz and Stegun 9.7.7.
static double log_bessel_uniform(double v, double x) {
  const double s = hypot(v, x), t = v / s, z = t * t, u = t / v;
  const double u1 = (3 - 5 * z) / 24;
  const double u2 = (81 + z * (-462 + z * 385)) / 1152;
  const double u3 = (30375 + z * (-369603 + z * (765765 - z * 425425))) / 414720;
  const double u4 =
      (4465125 + z * (-94121676 + z * (349922430 + z * (-446185740 + z * 185910725)))) / 39813120;
  const double u5 =
      (1519035525 + z * (-49286948607 + z * (284499769554 + z * (-614135872350 + z * (
          566098157625 - z * 188699385875))))) / 6688604160;
  const double u6 =
      (2757049477875 + z * (-127577298354750 + z * (1050760774457901 + z * (-3369032068261860
          + z * (5104696716244125 + z * (-3685299006138750 + z * 1023694168371875))))))
      / 4815794995200;
  const double sum = u * (u1 + u * (u2 + u * (u3 + u * (u4 + u * (u5 + u * u6)))));
  return v * v / (s + x) - v * asinh(v / x) - HALF_LOG_TWO_PI - log(s) / 2 + log1p(sum);
}

/// The order from which the uniform expansion serves, for a function of the order v.
static double order_above(double v) { return v + ceil(fmax(100 - v, 0)) + 10; }

/// I_{v+1} / I_v, from where it is known down by I_{v-1} = (2 v / x) I_v + I_{v+1}, which loses nothing.
///
/// `sum` receives the logarithms of the ratios from v up to `order_above(v)`, added.
static double ratio_of_orders(double v, double x, double *sum) {
  double order = order_above(v), product = 1;
  double ratio = exp(log_bessel_uniform(order + 1, x) - log_bessel_uniform(order, x));
  *sum = 0;
  while (order > v + 0.5) {
    ratio = 1 / (2 * order / x + ratio);
    order -= 1;
    product *= ratio;
    if (product < 1e-200) *sum += log(product), product = 1;
  }
  *sum += log(product);
  return ratio;
}

double vae_bessel_ratio(double v, double x) {
  double sum;
  if (!(x > 0)) return x == 0 ? 0 : NAN;
  if (x == INFINITY) return 1;
  if (x < 1e-150) return x / (2 * (v + 1));
  return ratio_of_orders(v, x, &sum);
}

double vae_log_bessel_scaled(double v, double x) {
  if (!(x > 0)) return x == 0 ? (v == 0 ? 0 : -INFINITY) : NAN;
  if (x == INFINITY) return -INFINITY;
  const double q = x * x / 4;
  if (q <= 5 * (v + 1)) {  // the power series, whose terms soon fall
    double term = 1, sum = 0;
    for (int k = 1; term > 1e-18 * (1 + sum); k++) term *= q / (k * (v + k)), sum += term;
    int sign;
    return (v == 0 ? 0 : v * log(x / 2) - lgamma_r(v + 1, &sign)) + log1p(sum) - x;
  }
  double sum;
  ratio_of_orders(v, x, &sum);
  return log_bessel_uniform(order_above(v), x) - sum;
}
