// Rotation and quantisation of rows, and the scan of their codes, in portable vectors. Included by wk_template.h.
//
// Sixteen rows go side by side: lane i of every vector belongs to row i, so nothing is ever summed across lanes and
// all instruction sets give the same codes. Sources/Kernels/Kernels.docc/Bounds.md derives what the numbers promise.

#include "wk_reach.h"

#pragma STDC FP_CONTRACT OFF

typedef int8_t c16 __attribute__((ext_vector_type(16), aligned(1)));

WK_INLINE f16 wk_abs(f16 x) { return (f16)((u16)x & 0x7FFFFFFFu); }
WK_INLINE f16 wk_max(f16 a, f16 b) { return wk_choose(a > b, a, b); }
WK_INLINE f16 wk_min(f16 a, f16 b) { return wk_choose(a < b, a, b); }
WK_INLINE f16 wk_round(f16 x) { return (x + 0x1.8p+23f) - 0x1.8p+23f; }  // to nearest even, |x| < 2^22
/// The nearest bfloat16 of a positive number, and the least one that is not below it.
WK_INLINE f16 wk_bf16_near(f16 x) { return (f16)(((u16)x + 0x8000u) & 0xFFFF0000u); }
WK_INLINE f16 wk_bf16_up(f16 x) { return (f16)(((u16)x + 0xFFFFu) & 0xFFFF0000u); }

/// Unnormalised Walsh-Hadamard transform of 16 vectors of `count` (a power of two), then times `scale`.
WK_INLINE void wk_hadamard(f16 *x, size_t count, float scale) {
  for (size_t half = 1; half < count; half *= 2)
    for (size_t i = 0; i < count; i += 2 * half)
      for (size_t j = i; j < i + half; j++) {
        f16 a = x[j], b = x[j + half];
        x[j] = a + b;
        x[j + half] = a - b;
      }
  for (size_t j = 0; j < count; j++) x[j] *= scale;
}

/// Signs, transform of the first 2^m dimensions; again with other signs and the last 2^m.
static void wk_rotate_(size_t width, const float *signs, float *values) {
  f16 *x = (f16 *)values;
  size_t power = 16;
  while (2 * power <= width) power *= 2;
  float scale = 1.0f / __builtin_sqrtf((float)power);
  for (size_t j = 0; j < width; j++) x[j] *= signs[j];
  wk_hadamard(x, power, scale);
  for (size_t j = 0; j < width; j++) x[j] *= signs[width + j];
  wk_hadamard(x + (width - power), power, scale);
}

/// The 4-bit codes of one value of 16 rows under a scale and its inverse, as whole floats 0…15.
WK_INLINE f16 wk_code4(f16 y, f16 inverse) {
  f16 c = y * inverse + 7.5f;
  return wk_round(wk_min(wk_max(c, (f16)(0.0f)), (f16)(15.0f)));
}

/// Rounds a float32 sum of squares to a bfloat16 that is no less than the true root, in units of 2^exponent.
WK_INLINE f16 wk_root_up(f16 squares, f16 unit) {
  return wk_bf16_up(__builtin_elementwise_sqrt(squares) * (1 + 0x1p-11f) + 0x1p-20f) * unit;
}

static void wk_encode_(const wk_code_rows *in, const float *signs, float *scratch, uint8_t *record, int8_t *bytes,
                       uint32_t *byte_scales, float *spread, float *norm) {
  const size_t width = in->width;
  f16 *x = (f16 *)scratch;
  for (size_t j = 0; j < width; j++) x[j] = (f16)(0.0f);
  for (size_t i = 0; i < 16; i++)
    for (size_t j = 0; j < in->columns; j++) scratch[16 * j + i] = in->rows[in->order[i] * in->stride + j];
  wk_rotate_(width, signs, scratch);

  // Each row in units of the power of two at its largest value, so that no square under- or overflows.
  f16 largest = (f16)(0.0f);
  for (size_t j = 0; j < width; j++) largest = wk_max(largest, wk_abs(x[j]));
  const i16 tiny = largest < 0x1p-100f;
  const f16 unit = wk_choose(tiny, (f16)(1.0f), (f16)((u16)largest & 0x7F800000u));
  const f16 per_unit = (f16)(0x7F000000u - (u16)unit);
  for (size_t j = 0; j < width; j++) x[j] *= per_unit;
  largest = wk_choose(tiny, (f16)(1.0f), largest * per_unit);

  // The scale of least error among a few.
  static const float clips[] = {1.0f, 0.94f, 0.88f, 0.82f, 0.76f, 0.7f, 0.64f, 0.58f};
  f16 scale = (f16)(0.0f), least = (f16)(__builtin_inff());
  for (size_t t = 0; t < sizeof clips / sizeof *clips; t++) {
    const f16 s = wk_bf16_near(largest * (clips[t] / 7.5f)), inverse = 1.0f / s;
    f16 sum = (f16)(0.0f);
    for (size_t j = 0; j < width; j++) {
      f16 e = x[j] - s * (wk_code4(x[j], inverse) - 7.5f);
      sum = wk_fma(e, e, sum);
    }
    const i16 better = sum < least;
    least = wk_choose(better, sum, least);
    scale = wk_choose(better, s, scale);
  }

  // Byte 4 i + b of line h holds dimension 8 h + b of row i in its low half and 8 h + 4 + b in its high half.
  const f16 inverse = 1.0f / scale, scale8 = wk_bf16_up(largest * (1.0f / 127)), inverse8 = 1.0f / scale8;
  f16 errors = (f16)(0.0f), errors8 = errors, spreads = errors, squares = errors;
  for (size_t h = 0; h < width / 8; h++) {
    u16 line = (u16)(0u);
    for (size_t b = 0; b < 8; b++) {
      const f16 y = x[8 * h + b], c = wk_code4(y, inverse), e = y - scale * (c - 7.5f);
      errors = wk_fma(e, e, errors);
      spreads += (c - 7.5f) * (c - 7.5f);
      squares = wk_fma(y, y, squares);
      line |= __builtin_convertvector(c, u16) << (unsigned)(8 * (b % 4) + 4 * (b / 4));
    }
    memcpy(record + 64 * h, &line, 64);
    for (size_t g = 0; g < 2; g++) {
      u16 word = (u16)(0u);
      for (size_t b = 0; b < 4; b++) {
        const f16 y = x[8 * h + 4 * g + b];
        const f16 c = wk_round(wk_min(wk_max(y * inverse8, (f16)(-127.0f)), (f16)(127.0f)));
        const f16 e = y - scale8 * c;
        errors8 = wk_fma(e, e, errors8);
        word |= ((u16)__builtin_convertvector(c, i16) & 0xFFu) << (unsigned)(8 * b);
      }
      for (size_t i = 0; i < 16; i++) {
        uint32_t four = word[i];
        memcpy(bytes + in->order[i] * width + 8 * h + 4 * g, &four, 4);
      }
    }
  }

  f16 error = wk_root_up(errors, unit), error8 = wk_root_up(errors8, unit);
  f16 norms = wk_root_up(squares, unit);
  scale = wk_choose(tiny, (f16)(0.0f), scale * unit);
  f16 out8 = wk_choose(tiny, (f16)(0.0f), scale8 * unit);
  for (size_t i = 0; i < 16; i++)
    if (tiny[i]) {
      // Too small to be worth codes: all of the row is error.
      float root = (float)__builtin_sqrt(wk_norm_squared(in->rows + in->order[i] * in->stride, in->columns)) * (1 + 0x1p-11f);
      f16 whole = wk_bf16_up((f16)(root + 0x1p-149f));
      error[i] = error8[i] = norms[i] = whole[0];
    }
  uint16_t scales[32];
  for (size_t i = 0; i < 16; i++) {
    scales[i] = (uint16_t)(((u16)scale)[i] >> 16);
    scales[16 + i] = (uint16_t)(((u16)error)[i] >> 16);
    byte_scales[in->order[i]] = ((u16)out8)[i] >> 16 | (((u16)error8)[i] & 0xFFFF0000u);
    float root = __builtin_sqrtf(spreads[i]) * (1 + 0x1p-11f);
    if (!tiny[i] && root > *spread) *spread = root;
    if (norms[i] > *norm) *norm = norms[i];
  }
  memcpy(record + 8 * width, scales, sizeof scales);
}

// MARK: Scan

__attribute__((unused)) static void wk_scan_portable(const uint8_t *records, size_t first, size_t last, size_t width,
                                                     const wk_code_query *queries, size_t count) {
  for (size_t g = first; g < last; g++) {
    const uint8_t *record = records + g * (8 * width + 64);
    f16 scale, error;
    wk_scales(record + 8 * width, &scale, &error);
    for (size_t k = 0; k < count; k++) {
      const int8_t *query = queries[k].bytes;
      i16 sums = (i16)(0);
      for (size_t h = 0; h < width / 8; h++) {
        u16 line;
        memcpy(&line, record + 64 * h, 64);
        for (size_t b = 0; b < 4; b++) {
          sums += (i16)(line >> (unsigned)(8 * b) & 15u) * (int32_t)query[8 * h + b];
          sums += (i16)(line >> (unsigned)(8 * b + 4) & 15u) * (int32_t)query[8 * h + 4 + b];
        }
      }
      queries[k].reached[g] = wk_reach(&queries[k], sums, scale, error);
    }
  }
}

// MARK: Second look

WK_INLINE void wk_prefetch_codes(const int8_t *bytes, const uint32_t *byte_scales, size_t width, uint32_t row) {
  __builtin_prefetch(byte_scales + row);
  for (size_t j = 0; j < width; j += 64) __builtin_prefetch(bytes + (size_t)row * width + j);
}

static size_t wk_refine_(const int8_t *bytes, const uint32_t *byte_scales, size_t width, const wk_byte_query *query,
                         const uint32_t *rows, size_t count, uint32_t *kept, float *lower) {
  size_t found = 0;
  const size_t ahead = 16;
  for (size_t i = 0; i < ahead && i < count; i++) wk_prefetch_codes(bytes, byte_scales, width, rows[i]);
  for (size_t i = 0; i < count; i++) {
    if (i + ahead < count) wk_prefetch_codes(bytes, byte_scales, width, rows[i + ahead]);
    const uint32_t row = rows[i], scales = byte_scales[row];
    const int8_t *codes = bytes + (size_t)row * width;
    f16 sum = (f16)(0.0f);
    for (size_t j = 0; j < width; j += 16)
      sum = wk_fma(wk_load(query->values + j), __builtin_convertvector(*(const c16 *)(codes + j), f16), sum);
    float __attribute__((ext_vector_type(8))) eight = sum.lo + sum.hi;
    float __attribute__((ext_vector_type(4))) four = eight.lo + eight.hi;
    float __attribute__((ext_vector_type(2))) two = four.lo + four.hi;
    uint32_t low = scales << 16, high = scales & 0xFFFF0000u;
    float scale, error;
    memcpy(&scale, &low, 4);
    memcpy(&error, &high, 4);
    const float dot = two.lo + two.hi;
    float upper = __builtin_fmaf(query->error, error, (dot + query->offset) * scale);
    kept[found] = row;
    lower[found] = __builtin_fmaf(-query->error, error, (dot - query->offset) * scale);
    found += upper >= query->at_least;
  }
  return found;
}
