// What follows a product, of one element.
#pragma once

#include "CTensorKernels.h"
#include "fused_common.h"

INLINE float apply_f32(float x, vae_activation activation, float slope) {
  switch (activation) {
    case VAE_THEN_IDENTITY: return x;
    case VAE_THEN_RELU: return x < 0 ? 0 : x;  // keeps NaN
    case VAE_THEN_LEAKY_RELU: return x > 0 ? x : slope * x;
    case VAE_THEN_TANH: return tanh_f32(x);
    case VAE_THEN_SIGMOID: return sigmoid_from(x, exp_f32(-fabsf(x)));
    case VAE_THEN_ELU: return x > 0 ? x : slope * expm1_f32(x);
  }
  return x;
}

INLINE double apply_f64(double x, vae_activation activation, double slope) {
  switch (activation) {
    case VAE_THEN_IDENTITY: return x;
    case VAE_THEN_RELU: return x < 0 ? 0 : x;
    case VAE_THEN_LEAKY_RELU: return x > 0 ? x : slope * x;
    case VAE_THEN_TANH: return tanh(x);
    case VAE_THEN_SIGMOID: return 1 / (1 + exp(-x));
    case VAE_THEN_ELU: return x > 0 ? x : slope * expm1(x);
  }
  return x;
}
