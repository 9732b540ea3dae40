// Where the rows of an operand lie in memory: one description for matrices and for the patches of
// images, so that a product reads patches where they are.
#pragma once

#include <string.h>

#include "CTensorKernels.h"
#include "fused_common.h"

/// Where a piece of a row stands, seen from the row's own pixel; also in bytes.
typedef struct { int64_t down, right, bytes; } vae_shift;

/// A matrix [rows, pieces * run] whose rows consist of pieces of `run` neighbouring elements.
///
/// Row r is the pixel (image, y, x) of a grid; its piece s stands in that image at row y * step_h +
/// shifts[s].down and column x * step_w + shifts[s].right, and is zero outside. A plain matrix is a
/// grid of images of one pixel.
typedef struct {
  const char *base;
  size_t size;
  int64_t rows, pieces, run;
  /// Elements from one pixel of an image to the next.
  int64_t pixel;
  int64_t height, width, grid_h, grid_w, step_h, step_w;
  const vae_shift *shifts;
  /// At least `run` zeros.
  const void *zeros;
} vae_rows;

/// Of a plain matrix.
static const vae_shift vae_no_shift = {0, 0, 0};
/// Of images whose rows are their own pixels.
static const vae_shift vae_here = {0, 0, 0};

INLINE vae_rows plain_rows(const void *base, size_t size, int64_t rows, int64_t columns,
                           int64_t step) {
  return (vae_rows){base, size, rows, 1, columns, step, 1, 1, 1, 1, 0, 0, &vae_no_shift, base};
}

/// Writes the places of `count` rows' pieces, `group` rows at a time: the first piece of each, then
/// the second, and so on. Rows beyond the last are the last again.
static void locate(const vae_rows *r, int64_t first, int64_t count, int64_t group,
                   const void **out) {
  const int64_t pixel = r->pixel * (int64_t)r->size, pieces = r->pieces;
  if (r->shifts == &vae_no_shift) {  // a plain matrix
    for (int64_t i = 0; i < count; i++)
      out[i] = r->base + (first + i < r->rows ? first + i : r->rows - 1) * pixel;
    return;
  }
  int64_t above = 0, below = 0, before = 0, behind = 0;
  for (int64_t s = 0; s < pieces; s++) {
    const vae_shift shift = r->shifts[s];
    if (-shift.down > above) above = -shift.down;
    if (shift.down > below) below = shift.down;
    if (-shift.right > before) before = -shift.right;
    if (shift.right > behind) behind = shift.right;
  }
  // Columns of the grid from which every piece is inside, as far as columns go.
  const int64_t step = r->step_w * pixel, room = r->width - behind;
  const int64_t left = r->step_w ? (before + r->step_w - 1) / r->step_w : 0;
  const int64_t right = room <= 0 ? 0 : r->step_w ? (room - 1) / r->step_w + 1 : r->grid_w;
  int64_t x = first % r->grid_w, y = first / r->grid_w % r->grid_h;
  int64_t image = first / (r->grid_w * r->grid_h), in_group = 0;
  const int64_t last = first + count < r->rows ? first + count : r->rows;
  for (int64_t row = first; row < last; x = 0) {
    const int64_t top = y * r->step_h;
    const int64_t end = row + r->grid_w - x < last ? row + r->grid_w - x : last;
    const int inside_rows = top >= above && top + below < r->height;
    const char *at = r->base + (image * r->height + top) * r->width * pixel + x * step;
    for (; row < end; row++, x++, at += step, out++) {
      if (inside_rows && x >= left && x < right)
        for (int64_t s = 0; s < pieces; s++) out[s * group] = at + r->shifts[s].bytes;
      else
        for (int64_t s = 0; s < pieces; s++) {
          const vae_shift shift = r->shifts[s];
          const int inside = (uint64_t)(top + shift.down) < (uint64_t)r->height &&
                             (uint64_t)(x * r->step_w + shift.right) < (uint64_t)r->width;
          out[s * group] = inside ? at + shift.bytes : r->zeros;
        }
      if (++in_group == group) in_group = 0, out += group * (pieces - 1);
    }
    if (++y == r->grid_h) y = 0, image++;
  }
  // Groups are filled up, so that the row before is near: in the same group.
  for (int64_t row = last; row < first + count; row++, out++)
    for (int64_t s = 0; s < pieces; s++)
      out[s * group] = in_group ? out[s * group - 1] : r->zeros;
}

/// The same rows, of their pieces only those with elements in [begin, end).
INLINE vae_rows some_pieces(const vae_rows *r, int64_t begin, int64_t end) {
  vae_rows some = *r;
  if (r->pieces == 1) return some;
  some.shifts += begin / r->run;
  some.pieces = (end + r->run - 1) / r->run - begin / r->run;
  return some;
}
