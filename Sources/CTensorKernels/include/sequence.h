// Loops over batches of sequences of different lengths.
#pragma once

#include "CTensorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Recurrences

typedef enum { VAE_GRU = 0, VAE_LSTM = 1 } vae_cell;

/// Each row of [batch, time] runs over its own `lengths` steps; reversed, from the last real one.
///
/// There are G gates (3, or 4 for LSTM) of `hidden` elements in PyTorch's order, and S vectors of
/// state (h, and c for LSTM), side by side.
typedef struct {
  vae_cell cell;
  int32_t reversed;
  /// Products with the recurrent weight, which then comes in bfloat16, round their other operand to that too.
  int32_t rounds;
  int64_t batch, time, hidden;
  const int64_t *lengths;
} vae_recurrence;

/// The states after each step, [batch, time, S * hidden], zero in the padding.
///
/// `gates`, [batch, time, G * hidden], comes with the inputs' share and goes with the gates' values.
/// `w` is the recurrent weight [G * hidden, hidden], `bias` its bias. For GRU `kept`, [batch, time,
/// hidden], receives what the pullback needs besides; it may be null.
void vae_recurrence_forward(vae_dtype t, const vae_recurrence *p, const void *w, const void *bias,
                            const void *initial, void *gates, void *kept, void *states);
/// From `g`, the gradient of the states: by the inputs' share of the gates (`dgates`), by the
/// recurrent share (`dshare`, for LSTM the same and null) and by the first state; `before` receives
/// h before each step. All but `dinitial` are zero in the padding.
void vae_recurrence_backward(vae_dtype t, const vae_recurrence *p, const void *w,
                             const void *initial, const void *gates, const void *kept,
                             const void *states, const void *g, void *dgates, void *dshare,
                             void *before, void *dinitial);

// MARK: Softmax over the last axis

/// x is [batch, rows, n]: total[b] = sum over the first `lengths[b]` rows of the log-softmax at the
/// row's index; `norm`, [batch, rows], receives the logarithms of the normalizers.
void vae_categorical(vae_dtype t, int64_t batch, int64_t rows, int64_t n, const int64_t *lengths,
                     const int32_t *index, const void *x, void *total, void *norm);
/// out = g[b] * (one-hot - softmax(x)), zero in the other rows; `out` may be `x`.
void vae_categorical_pullback(vae_dtype t, int64_t batch, int64_t rows, int64_t n,
                              const int64_t *lengths, const int32_t *index, const void *norm,
                              const void *g, const void *x, void *out);
/// softmax(scale * x) for x [batch, heads, queries, keys] over the keys that a query sees: the first
/// `lengths[b]` and, where causal, none behind its own place, counted from the last.
void vae_attention(vae_dtype t, int64_t batch, int64_t heads, int64_t queries, int64_t keys,
                   const int64_t *lengths, int causal, double scale, const void *x, void *out);
/// out = scale * y * (g - sum of y * g) for each row, the pullback of y = softmax(scale * x).
void vae_softmax_pullback(vae_dtype t, int64_t rows, int64_t n, double scale, const void *y,
                          const void *g, void *out);

#ifdef __cplusplus
}
#endif
