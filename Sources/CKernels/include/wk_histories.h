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

/// to += x, value by value; `count` is a multiple of 16.
void wk_add(int isa, const float *x, size_t count, float *to);

/// Rows of `columns` floats, `stride` apart and padded with zeros, each less its mean and over its deviation.
typedef struct {
  size_t rows, columns, stride;
} wk_norm_shape;

/// hat = (x - mean) * scale with scale = 1 / sqrt(variance + 1e-5), and y = fma(hat, gain, offset). The mean is the sum
/// in 16 lanes, folded 8-4-2-1, divided by the columns; the variance the inner product of x - mean with itself, divided.
void wk_norm(int isa, const wk_norm_shape *shape, const float *gain, const float *offset, const float *x, float *hat,
             float *scales, float *y);

/// to += scale * ((g - mean(g)) - hat * mean(g hat)) with g = slopes * gain; or to = that if it does not `add`.
void wk_norm_back(int isa, const wk_norm_shape *shape, const float *gain, const float *hat, const float *scales,
                  const float *slopes, int add, float *to);

/// A window of causal self-attention: rows of queries, keys and values side by side, [count, 3 * heads * width].
typedef struct {
  size_t count, heads, width;
  size_t row;          // floats from a row of queries, keys and values to the next
  size_t out_row;      // floats from a row of `out` to the next
  size_t shares_row;   // floats from a row of `shares` to the next: head h at h * shares_head
  size_t shares_head;  // a multiple of 16, count or more
  float scale;         // of the scores
} wk_attention;

/// out[j] = sum of shares[j, t] * v[t] for each head and j from `first` on, t ascending by FMA; shares are the softmax of
/// (q[j] · k[t]) * scale over t <= j with t = j or weights[t] != 0, and 0 for the others.
void wk_attend(int isa, const wk_attention *shape, const float *qkv, const float *weights, size_t first, float *shares,
               float *out);

/// The way back: slopes of `out` to slopes of queries, keys and values, which are overwritten. `scratch` has shares_head
/// floats.
void wk_attend_back(int isa, const wk_attention *shape, const float *qkv, const float *shares, const float *slopes,
                    float *scratch, float *qkv_slopes);

/// One step of a gated unit: r = sigmoid(a_r + b_r), z = sigmoid(a_z + b_z), n = tanh(fma(r, b_n, a_n)) and
/// to = fma(z, state - n, n); a and b are three parts of `columns` floats, and so are the gates r, z, n.
void wk_gate(int isa, const float *a, const float *b, const float *state, size_t columns, float *gates, float *to);

/// Its way back from the slopes of the new state: those of a, of b and of the state, all overwritten.
void wk_gate_back(int isa, const float *b, const float *state, const float *gates, const float *slopes, size_t columns,
                  float *a_slopes, float *b_slopes, float *state_slopes);
