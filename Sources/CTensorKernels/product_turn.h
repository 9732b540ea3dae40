// Transposing small squares of elements in vector registers.
#pragma once

typedef float vae_lanes_f32 __attribute__((vector_size(32), aligned(4)));
typedef double vae_lanes_f64 __attribute__((vector_size(32), aligned(8)));

#define SHUFFLE __builtin_shufflevector

static inline __attribute__((always_inline)) void turn_f32(vae_lanes_f32 x[8]) {
  vae_lanes_f32 y[8];
  for (int i = 0; i < 8; i += 2) {
    y[i] = SHUFFLE(x[i], x[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    y[i + 1] = SHUFFLE(x[i], x[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      x[i + 2 * j] = SHUFFLE(y[i + j], y[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      x[i + 2 * j + 1] = SHUFFLE(y[i + j], y[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int i = 0; i < 4; i++) {
    y[i] = SHUFFLE(x[i], x[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    y[i + 4] = SHUFFLE(x[i], x[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int i = 0; i < 8; i++) x[i] = y[i];
}

static inline __attribute__((always_inline)) void turn_f64(vae_lanes_f64 x[4]) {
  vae_lanes_f64 y[4];
  for (int i = 0; i < 4; i += 2) {
    y[i] = SHUFFLE(x[i], x[i + 1], 0, 4, 2, 6);
    y[i + 1] = SHUFFLE(x[i], x[i + 1], 1, 5, 3, 7);
  }
  for (int i = 0; i < 2; i++) {
    x[i] = SHUFFLE(y[i], y[i + 2], 0, 1, 4, 5);
    x[i + 2] = SHUFFLE(y[i], y[i + 2], 2, 3, 6, 7);
  }
}

#undef SHUFFLE
