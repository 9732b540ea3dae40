// Special functions of each element.

#include <math.h>

#include "CTensorKernels.h"
#include "elements.h"

enum { GRAIN = 256 };  // elements, some tens of microseconds of them

static const double HALF_LOG_TWO_PI = 0.91893853320467274178;

/// The C library's own keeps the sign in a global variable.
static double log_gamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

// MARK: The gamma function and its derivatives

static double digamma(double x) {
  if (x == 0) return -copysign(INFINITY, x);
  double shift = 0;
  if (x < 0) {
    if (x == floor(x)) return NAN;
    shift = -M_PI / tan(M_PI * (x - floor(x)));
    x = 1 - x;
  }
  for (; x < 10; x += 1) shift -= 1 / x;
  const double z = 1 / x / x;
  const double tail = z * (1 / 12. - z * (1 / 120. - z * (1 / 252. - z * (1 / 240. - z * (
      1 / 132. - z * (691 / 32760. - z / 12))))));
  return shift + log(x) - 0.5 / x - tail;
}

/// The sum of (q + k)^-s over k >= 0, for whole s > 1, by Euler and Maclaurin's formula.
static double hurwitz_zeta(double s, double q) {
  // (2 k)! over the Bernoulli numbers.
  static const double FACTORS[] = {
      12, -720, 30240, -1209600, 47900160, -1.8924375803183791606e9, 7.47242496e10,
      -2.950130727918164224e12, 1.1646782814350067249e14, -4.5979787224074726105e15,
      1.8152105401943546773e17, -7.1661652561756670113e18};
  if (q < -1e6) return NAN;  // so many terms that nothing is left of q
  double at = q, term = pow(q, -s), sum = term;
  for (int i = 0; i < 9 || at <= 9; i++) {
    at += 1;
    term = pow(at, -s);
    sum += term;
  }
  sum += term * at / (s - 1) - term / 2;
  double factor = 1;
  for (int k = 0; k < 12; k++) {
    factor *= s + 2 * k;
    term /= at;
    sum += factor * term / FACTORS[k];
    factor *= s + 2 * k + 1;
    term /= at;
  }
  return sum;
}

static double polygamma(double order, double x) {
  const double sign = fmod(order, 2) == 1 ? 1 : -1;
  if (x == INFINITY) return 0 * sign;
  return sign * tgamma(order + 1) * hurwitz_zeta(order + 1, x);
}

// MARK: The normal distribution

static double polynomial(const double *c, double x) {
  double y = c[7];
  for (int i = 6; i >= 0; i--) y = y * x + c[i];
  return y;
}

/// Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988, at p = (x + 1) / 2.
static double erf_inverse(double x) {
  static const double A[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                             1.9715909503065514427e3, 1.3731693765509461125e4,
                             4.5921953931549871457e4, 6.7265770927008700853e4,
                             3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double B[] = {1,
                             4.2313330701600911252e1,
                             6.8718700749205790830e2,
                             5.3941960214247511077e3,
                             2.1213794301586595867e4,
                             3.9307895800092710610e4,
                             2.8729085735721942674e4,
                             5.2264952788528545610e3};
  static const double C[] = {1.42343711074968357734e0, 4.63033784615654529590e0,
                             5.76949722146069140550e0, 3.64784832476320460504e0,
                             1.27045825245236838258e0, 2.41780725177450611770e-1,
                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double D[] = {1,
                             2.05319162663775882187e0,
                             1.67638483018380384940e0,
                             6.89767334985100004550e-1,
                             1.48103976427480074590e-1,
                             1.51986665636164571966e-2,
                             5.47593808499534494600e-4,
                             1.05075007164441684324e-9};
  static const double E[] = {6.65790464350110377720e0, 5.46378491116411436990e0,
                             1.78482653991729133580e0, 2.96560571828504891230e-1,
                             2.65321895265761230930e-2, 1.24266094738807843860e-3,
                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double F[] = {1,
                             5.99832206555887937690e-1,
                             1.36929880922735805310e-1,
                             1.48753612908506148525e-2,
                             7.86869131145613259100e-4,
                             1.84631831751005468180e-5,
                             1.42151175831644588870e-7,
                             2.04426310338993978564e-15};
  const double q = x / 2;
  if (fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return M_SQRT1_2 * q * polynomial(A, r) / polynomial(B, r);
  }
  if (!(fabs(x) < 1)) return fabs(x) == 1 ? copysign(INFINITY, x) : NAN;
  const double r = sqrt(-log((1 - fabs(x)) / 2));
  const double y = r <= 5 ? polynomial(C, r - 1.6) / polynomial(D, r - 1.6)
                          : polynomial(E, r - 5) / polynomial(F, r - 5);
  return copysign(M_SQRT1_2 * y, x);
}

static double log_normal_cdf(double x) {
  if (x > 0) return log1p(-erfc(x * M_SQRT1_2) / 2);
  if (!(x < -20)) return log(erfc(-x * M_SQRT1_2) / 2);
  double term = 1, sum = 1;
  for (int k = 1; k <= 10; k++) term *= -(2 * k - 1) / x / x, sum += term;
  return -x * x / 2 - log(-x) - HALF_LOG_TWO_PI + log(sum);
}

// MARK: The gamma distribution

/// P is the distribution function: the slope of log z is -(dP / da) / (dP / d log z), by differentiating the series or the
/// continued fraction of P along.
///
/// Source: Figurnov, Mohamed and Mnih, "Implicit Reparameterization Gradients", arXiv:1805.08498.
double vae_log_gamma_slope(double a, double log_z) {
  if (!(a > 0) || isinf(a)) return NAN;
  const double z = exp(log_z);
  if (z < a + 1) {
    // P = z^a e^-z / Gamma(a + 1) S with S the sum of z^k / ((a + 1) ... (a + k)).
    double term = 1, slope = 0, sum = 1, sum_slope = 0;
    for (double k = 1; term > 1e-17 * sum || k < z; k++) {
      slope = (slope - term / (a + k)) * (z / (a + k));
      term *= z / (a + k);
      sum += term, sum_slope += slope;
    }
    return -(sum * (log_z - digamma(a + 1)) + sum_slope) / a;
  }
  // 1 - P = z^a e^-z / Gamma(a) C with the continued fraction C, by Lentz's method.
  double b = z + 1 - a, db = -1;
  double c = 1e300, dc = 0, d = 1 / b, dd = -db * d * d, h = d, dh = dd;
  for (int i = 1; i < 100000; i++) {
    const double n = -i * (i - a), dn = i;
    b += 2;
    const double new_d = 1 / (n * d + b);
    dd = -(dn * d + n * dd + db) * new_d * new_d, d = new_d;
    dc = dn / c - n * dc / c / c + db, c = b + n / c;
    const double step = c * d, dstep = dc * d + c * dd;
    dh = dh * step + h * dstep, h *= step;
    if (fabs(step - 1) < 1e-15 && fabs(dstep) < 1e-15 * (1 + fabs(dh / h))) break;
  }
  return h * (log_z - digamma(a)) + dh;
}

double vae_special_value(vae_special_op op, double constant, double x) {
  switch (op) {
    case VAE_LOG_GAMMA: return log_gamma(x);
    case VAE_DIGAMMA: return digamma(x);
    case VAE_POLYGAMMA: return polygamma(constant, x);
    case VAE_ERFC: return erfc(x);
    case VAE_ERF_INVERSE: return erf_inverse(x);
    case VAE_LOG_NORMAL_CDF: return log_normal_cdf(x);
    case VAE_LOG_BESSEL_SCALED: return vae_log_bessel_scaled(constant, x);
    case VAE_BESSEL_RATIO: return vae_bessel_ratio(constant, x);
  }
  return NAN;
}

// MARK: Whole tensors

typedef struct {
  vae_dtype t;
  vae_special_op op;
  double constant;
  const void *x, *y, *g;
  void *out;
} arguments;

static void special_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *p = context;
  for (int64_t i = begin; i < end; i++)
    set(p->t, p->out, i, vae_special_value(p->op, p->constant, get(p->t, p->x, i)));
}

void vae_special(vae_dtype t, vae_special_op op, double constant, size_t n, const void *x,
                 void *y) {
  arguments p = {.t = t, .op = op, .constant = constant, .x = x, .out = y};
  vae_parallel_for((int64_t)n, GRAIN, special_chunk, &p);
}

static void slope_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *p = context;
  for (int64_t i = begin; i < end; i++)
    set(p->t, p->out, i,
        get(p->t, p->g, i) * vae_log_gamma_slope(get(p->t, p->x, i), get(p->t, p->y, i)));
}

void vae_log_gamma_pullback(vae_dtype t, size_t n, const void *a, const void *log_z, const void *g,
                            void *out) {
  arguments p = {.t = t, .x = a, .y = log_z, .g = g, .out = out};
  vae_parallel_for((int64_t)n, GRAIN, slope_chunk, &p);
}
