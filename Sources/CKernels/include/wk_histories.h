// What encoders of a history need beside affine layers (proto-spec/09-arithmetic.md, 9.9). `isa` as in CKernels.h; every
// instruction set gives the same bits.
#pragma once

#include <stddef.h>

/// The decayed sum of events: z = 0, then z = fma(decay, z, weights[j] * events[j]) and to[j] = start + z for j ascending.
/// No weights stand for ones; `to_row` 0 leaves the last alone. Exactly `columns` floats of each row are read and written.
void wk_recur(int isa, float decay, const float *weights, const float *events, size_t events_row, size_t count,
              size_t columns, const float *start, float *to, size_t to_row);

/// Its way back: r = 0, then r = fma(decay, r, slopes[j]) and to[j] = weights[j] * r for j descending. Rows are `stride`
/// floats, a multiple of 16.
void wk_recur_back(int isa, float decay, const float *weights, const float *slopes, size_t count, size_t stride,
                   float *to);

/// to[j] = fma(gain, y[j], to[j]), or gain * y[j] if it does not `add`; rows are `stride` floats, a multiple of 16.
void wk_scale_rows(int isa, const float *gain, const float *y, size_t count, size_t stride, int add, float *to);

/// sums = fma(a[j], b[j], sums) for j ascending; without b, sums = sums + a[j].
void wk_chain(int isa, const float *a, const float *b, size_t count, size_t stride, float *sums);
