// Elements of float32 or float64, read and written as doubles.
#pragma once

#include "CTensorKernels.h"

static inline double get(vae_dtype t, const void *x, int64_t i) {
  return t == VAE_FLOAT32 ? ((const float *)x)[i] : ((const double *)x)[i];
}

static inline void set(vae_dtype t, void *x, int64_t i, double v) {
  if (t == VAE_FLOAT32) ((float *)x)[i] = (float)v;
  else ((double *)x)[i] = v;
}
