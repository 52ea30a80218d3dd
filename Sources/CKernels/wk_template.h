// The kernels themselves, once, on vectors of 16 floats that the compiler splits into the registers of the target.
// Included by one file per instruction set, which defines
//   WK_TABLE            the table to fill
//   WK_ROWS, WK_BLOCKS  rows and blocks of 16 neurons that the affine product keeps in registers
//   WK_NARROW, …        what wk_narrow.h wants to know
//   WK_SCAN             the file of its scan of codes, or nothing for the portable one

#include <string.h>

#include "wk_activations.h"
#include "wk_table.h"

#pragma STDC FP_CONTRACT OFF

// MARK: Inner products

static void wk_dots_(const float *query, const float *rows, size_t stride, size_t count, float *scores) {
  for (size_t i = 0; i < count; i++) scores[i] = wk_dot(query, rows + i * stride, stride);
}

WK_INLINE void wk_prefetch_row(const float *row, size_t count) {
  for (size_t j = 0; j < count; j += 16) __builtin_prefetch(row + j);
}

static void wk_dots_at_(const float *query, const float *rows, size_t stride, const uint32_t *indices, size_t count,
                        float *scores) {
  const size_t ahead = 8;
  for (size_t i = 0; i < ahead && i < count; i++) wk_prefetch_row(rows + (size_t)indices[i] * stride, stride);
  for (size_t i = 0; i < count; i++) {
    if (i + ahead < count) wk_prefetch_row(rows + (size_t)indices[i + ahead] * stride, stride);
    scores[i] = wk_dot(query, rows + (size_t)indices[i] * stride, stride);
  }
}

// MARK: Selection

WK_INLINE uint64_t wk_at_least(const float *scores, float at_least) {
  typedef _Bool b16 __attribute__((ext_vector_type(16)));
  b16 passed = __builtin_convertvector(wk_load(scores) >= (f16)(at_least), b16);
  uint16_t bits;
  memcpy(&bits, &passed, sizeof bits);
  return bits;
}

static size_t wk_select_(const float *scores, size_t count, float at_least, const uint64_t *mask, uint32_t first,
                         uint32_t *selected) {
  size_t found = 0;
  for (size_t i = 0; i < count; i += 64) {
    uint64_t bits = mask ? mask[i / 64] : ~(uint64_t)0;
    if (bits == 0) continue;
    if (count - i >= 64) {
      bits &= wk_at_least(scores + i, at_least) | wk_at_least(scores + i + 16, at_least) << 16 |
              wk_at_least(scores + i + 32, at_least) << 32 | wk_at_least(scores + i + 48, at_least) << 48;
    } else {
      uint64_t passed = 0;
      for (size_t j = 0; i + j < count; j++) passed |= (uint64_t)(scores[i + j] >= at_least) << j;
      bits &= passed;
    }
    for (; bits != 0; bits &= bits - 1) selected[found++] = first + (uint32_t)(i + (size_t)__builtin_ctzll(bits));
  }
  return found;
}

static void wk_within_(const uint8_t *bytes, size_t count, uint8_t low, uint8_t high, uint64_t *bits) {
  typedef uint8_t b64 __attribute__((ext_vector_type(64), aligned(1)));
  typedef _Bool p64 __attribute__((ext_vector_type(64)));
  const b64 start = (b64)(low), span = (b64)((uint8_t)(high - low));
  for (size_t i = 0; i < count; i += 64) {
    p64 passed = __builtin_convertvector((*(const b64 *)(bytes + i) - start) <= span, p64);
    memcpy(bits + i / 64, &passed, sizeof *bits);
  }
}

// MARK: Affine product

/// One tile of `rows` × `blocks` * 16 neurons, held in registers while k ascends; `width` neurons are stored.
WK_INLINE void wk_tile(const wk_affine_shape *s, const float *x, const float *w, const float *start, float *y,
                       size_t width, const int rows, const int blocks) {
  f16 sum[WK_ROWS][WK_BLOCKS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++)
      sum[r][b] = start ? wk_load(start + (size_t)r * s->start_row + 16 * b) : (f16)(0.0f);
  const size_t x_row = s->x_row, x_step = s->x_step, w_step = s->w_step, w_block = s->w_block;
  for (size_t k = s->inputs; k != 0; k--, x += x_step, w += w_step) {
    f16 weights[WK_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) weights[b] = wk_load(w + (size_t)b * w_block);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const f16 input = (f16)(x[(size_t)r * x_row]);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) sum[r][b] = wk_fma(input, weights[b], sum[r][b]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) {
      float *to = y + (size_t)r * s->y_row + 16 * b;
      if (s->relu) sum[r][b] = wk_relu(sum[r][b]);
      if (width >= 16 * (size_t)(b + 1)) wk_store(to, sum[r][b]);
      else memcpy(to, &sum[r][b], (width - 16 * (size_t)b) * sizeof(float));
    }
}

WK_INLINE const float *wk_start(const float *start, size_t offset) { return start ? start + offset : start; }

WK_INLINE void wk_column(const wk_affine_shape *s, const float *x, const float *w, const float *start, float *y,
                         size_t width, const int blocks) {
  size_t i = 0;
  for (; i + WK_ROWS <= s->rows; i += WK_ROWS)
    wk_tile(s, x + i * s->x_row, w, wk_start(start, i * s->start_row), y + i * s->y_row, width, WK_ROWS, blocks);
  for (; i + 2 <= s->rows; i += 2)
    wk_tile(s, x + i * s->x_row, w, wk_start(start, i * s->start_row), y + i * s->y_row, width, 2, blocks);
  for (; i < s->rows; i++)
    wk_tile(s, x + i * s->x_row, w, wk_start(start, i * s->start_row), y + i * s->y_row, width, 1, blocks);
}

#if WK_BLOCKS > 1
WK_INLINE void wk_transpose_block(const float *from, size_t from_row, float *to, size_t to_row);

/// Sixteen rows of a layer with one output, a row a lane, so that no lane computes in vain.
static void wk_single(const wk_affine_shape *s, const float *x, const float *w, const float *start, float *y) {
  f16 sum = (f16)(0.0f);
  for (size_t i = 0; start && i < 16; i++) sum[i] = start[i * s->start_row];
  size_t k = 0;
  for (; k + 16 <= s->inputs; k += 16) {
    float inputs[16 * 16] __attribute__((aligned(64)));
    wk_transpose_block(x + k, s->x_row, inputs, 16);
#pragma clang loop unroll(full)
    for (size_t j = 0; j < 16; j++) sum = wk_fma(wk_load(inputs + 16 * j), (f16)(w[(k + j) * s->w_step]), sum);
  }
  for (; k < s->inputs; k++) {
    f16 input;
    for (size_t i = 0; i < 16; i++) input[i] = x[i * s->x_row + k];
    sum = wk_fma(input, (f16)(w[k * s->w_step]), sum);
  }
  if (s->relu) sum = wk_relu(sum);
  for (size_t i = 0; i < 16; i++) y[i * s->y_row] = sum[i];
}
#elif WK_ROWS > 2
typedef float f8 __attribute__((ext_vector_type(8)));
typedef float f8_unaligned __attribute__((ext_vector_type(8), aligned(4)));

/// The same where registers are narrower: eight rows and inputs at a time change places.
static void wk_single(const wk_affine_shape *s, const float *x, const float *w, const float *start, float *y) {
  f8 sum[2] = {(f8)(0.0f), (f8)(0.0f)};
  for (size_t i = 0; start && i < 16; i++) sum[i / 8][i % 8] = start[i * s->start_row];
  size_t k = 0;
  for (; k + 8 <= s->inputs; k += 8)
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2; half++) {
      f8 r[8], t[8];
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 8; i++) r[i] = *(const f8_unaligned *)(x + (8 * half + i) * s->x_row + k);
      // Pairs, then pairs of pairs within each half of a register, then the halves.
#pragma clang loop unroll(full)
      for (int i = 0; i < 8; i += 2) {
        t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < 8; i += 4)
#pragma clang loop unroll(full)
        for (int j = 0; j < 2; j++) {
          r[i + j] = __builtin_shufflevector(t[i + j], t[i + 2 + j], 0, 1, 8, 9, 4, 5, 12, 13);
          r[i + 2 + j] = __builtin_shufflevector(t[i + j], t[i + 2 + j], 2, 3, 10, 11, 6, 7, 14, 15);
        }
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++) {
        t[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        t[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
      }
#pragma clang loop unroll(full)
      for (size_t j = 0; j < 8; j++)
        sum[half] = __builtin_elementwise_fma(t[j], (f8)(w[(k + j) * s->w_step]), sum[half]);
    }
  for (; k < s->inputs; k++)
    for (size_t i = 0; i < 16; i++)
      sum[i / 8][i % 8] = __builtin_fmaf(x[i * s->x_row + k], w[k * s->w_step], sum[i / 8][i % 8]);
  for (size_t i = 0; i < 16; i++) {
    const float value = sum[i / 8][i % 8];
    y[i * s->y_row] = s->relu && value <= 0 ? 0 : value;
  }
}
#endif

static void wk_affine_(const wk_affine_shape *s, const float *x, const float *w, const float *start, float *y) {
  size_t o = 0;
#if WK_BLOCKS > 1 || WK_ROWS > 2
  if (s->outputs == 1 && s->x_step == 1 && s->rows >= 16) {
    wk_affine_shape rest = *s;
    for (; rest.rows >= 16; rest.rows -= 16) {
      wk_single(s, x, w, start, y);
      x += 16 * s->x_row, y += 16 * s->y_row, start = wk_start(start, 16 * s->start_row);
    }
    wk_column(&rest, x, w, start, y, 1, 1);
    return;
  }
#endif
#if WK_BLOCKS > 1
  for (; o + 16 * (WK_BLOCKS - 1) < s->outputs; o += 16 * WK_BLOCKS) {
    size_t width = s->outputs - o < 16 * WK_BLOCKS ? s->outputs - o : 16 * WK_BLOCKS;
    wk_column(s, x, w + o / 16 * s->w_block, wk_start(start, o), y + o, width, WK_BLOCKS);
  }
#endif
  for (; o < s->outputs; o += 16) {
    size_t width = s->outputs - o < 16 ? s->outputs - o : 16;
    wk_column(s, x, w + o / 16 * s->w_block, wk_start(start, o), y + o, width, 1);
  }
}

// MARK: Activations

WK_INLINE void wk_map(float *values, size_t count, f16 (*function)(f16)) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) wk_store(values + i, function(wk_load(values + i)));
  if (i < count) {
    float tail[16] = {0};
    memcpy(tail, values + i, (count - i) * sizeof(float));
    wk_store(tail, function(wk_load(tail)));
    memcpy(values + i, tail, (count - i) * sizeof(float));
  }
}

static void wk_activate_(int kind, float *values, size_t count) {
  switch (kind) {
    case WK_RELU: wk_map(values, count, wk_relu); break;
    case WK_SIGMOID: wk_map(values, count, wk_sigmoid); break;
    case WK_TANH: wk_map(values, count, wk_tanh); break;
    case WK_GELU: wk_map(values, count, wk_gelu); break;
    default: break;
  }
}

#include "wk_normalise.h"

// MARK: Narrow layers

#define WK_NARROW_SCOPE static
#define WK_NARROW_INT8 wk_affine_int8_
#define WK_NARROW_BF16 wk_affine_bf16_
#include "wk_narrow.h"
#include "wk_rounding.h"

#include "wk_learning_template.h"
#include "wk_histories_template.h"

// MARK: Codes

#include "wk_codes.h"

#ifdef WK_SCAN
#include WK_SCAN
#else
#define wk_scan_ wk_scan_portable
#endif

const wk_table WK_TABLE = {
    wk_dots_,          wk_dots_at_,   wk_select_,  wk_affine_,   wk_activate_,
    wk_affine_int8_,   wk_affine_bf16_, wk_to_int8_, wk_to_bf16_, wk_round_bf16_, wk_normalise_, wk_activate_back_,
    wk_dropout_,       wk_adam_,      wk_sum_,     wk_cross_entropy_, wk_softmax_, wk_pairwise_,
    wk_transpose_,     wk_products_,  wk_pair_dots_, wk_pairs_back_, wk_add_rows_, wk_add_links_, wk_solve_,
    wk_recur_,         wk_recur_back_, wk_scale_rows_, wk_chain_,      wk_add_,         wk_norm_,
    wk_norm_back_,     wk_attend_,     wk_attend_back_, wk_gate_,   wk_gate_back_,
    wk_rotate_,        wk_encode_,    wk_refine_,  wk_scan_,     wk_within_,
};
