// Layers on 8-bit and 16-bit inputs, on vectors of 16 outputs. Included inside a region of one instruction set, with
//   WK_NARROW_ROWS, WK_NARROW_BLOCKS  rows and blocks of 16 outputs that stay in registers
//   WK_NARROW                         256 or 512: vpmaddwd of that width; VNNI: vpdpbusd and vdpbf16ps; else portable
// vpmaddubsw is of no use: 2 * 255 * 127 saturates its 16 bits.

#if defined(WK_NARROW)
#include <immintrin.h>
#endif
#define WK_NARROW_VNNI 1

// MARK: Four inputs at a time

#if WK_NARROW == WK_NARROW_VNNI
typedef i16 wk_four;
WK_INLINE wk_four wk_four_weights(const int8_t *from) { return *(const i16_unaligned *)from; }
WK_INLINE wk_four wk_four_inputs(const uint8_t *from) {
  int32_t four;
  memcpy(&four, from, 4);
  return (i16)(four);
}
WK_INLINE i16 wk_add_four(i16 sum, wk_four w, wk_four x) {
  return (i16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
}
#elif defined(WK_NARROW)
// As 16-bit numbers: inputs 0 and 2 of every output, and inputs 1 and 3.
typedef int16_t s32 __attribute__((ext_vector_type(32)));
typedef struct {
  s32 even, odd;
} wk_four;
WK_INLINE wk_four wk_four_weights(const int8_t *from) {
  const s32 w = (s32) * (const i16_unaligned *)from;
  return (wk_four){(w << 8) >> 8, w >> 8};
}
WK_INLINE wk_four wk_four_inputs(const uint8_t *from) {
  uint32_t four;
  memcpy(&four, from, 4);
  return (wk_four){(s32)(u16)(four & 0xFF00FF), (s32)(u16)(four >> 8 & 0xFF00FF)};
}
WK_INLINE i16 wk_madd(s32 w, s32 x) {
#if WK_NARROW == 512
  return (i16)_mm512_madd_epi16((__m512i)w, (__m512i)x);
#else
  i16 sums;
  sums.lo = (i8)_mm256_madd_epi16((__m256i)w.lo, (__m256i)x.lo);
  sums.hi = (i8)_mm256_madd_epi16((__m256i)w.hi, (__m256i)x.hi);
  return sums;
#endif
}
WK_INLINE i16 wk_add_four(i16 sum, wk_four w, wk_four x) { return sum + (wk_madd(w.even, x.even) + wk_madd(w.odd, x.odd)); }
#else
typedef i16 wk_four;
WK_INLINE wk_four wk_four_weights(const int8_t *from) { return *(const i16_unaligned *)from; }
WK_INLINE wk_four wk_four_inputs(const uint8_t *from) {
  uint32_t four;
  memcpy(&four, from, 4);
  return (i16)(u16)(four);
}
WK_INLINE i16 wk_add_four(i16 sum, wk_four w, wk_four x) {
#pragma clang loop unroll(full)
  for (int byte = 0; byte < 4; byte++) sum += (w << (24 - 8 * byte) >> 24) * (x >> (8 * byte) & 255);
  return sum;
}
#endif

WK_INLINE void wk_int8_tile(const wk_narrow_shape *s, const uint8_t *x, const int8_t *w, const float *scales,
                            const float *start, float *y, const int rows, const int blocks) {
  i16 sum[WK_NARROW_ROWS][WK_NARROW_BLOCKS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) sum[r][b] = (i16)(0);
  for (size_t k = 0; k < s->steps; k++, x += 4, w += 64) {
    wk_four weights[WK_NARROW_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) weights[b] = wk_four_weights(w + (size_t)b * 64 * s->steps);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const wk_four inputs = wk_four_inputs(x + (size_t)r * s->x_row);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) sum[r][b] = wk_add_four(sum[r][b], weights[b], inputs);
    }
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++) {
    const f16 scale = wk_load(scales + 16 * b), first = wk_load(start + 16 * b);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const f16 value = wk_fma(__builtin_convertvector(sum[r][b], f16), scale, first);
      wk_store(y + (size_t)r * s->y_row + 16 * b, s->relu ? wk_relu(value) : value);
    }
  }
}

#if WK_NARROW == 256
#include "wk_narrow_avx2.h"
#endif

// MARK: Two inputs at a time

#if WK_NARROW == WK_NARROW_VNNI
typedef i16 wk_two;
WK_INLINE wk_two wk_two_weights(const uint16_t *from) { return *(const i16_unaligned *)from; }
WK_INLINE wk_two wk_two_inputs(const uint16_t *from) {
  int32_t two;
  memcpy(&two, from, 4);
  return (i16)(two);
}
// Adds the second product, then the first, each by FMA. It takes subnormal numbers for zero, but there are none.
WK_INLINE f16 wk_add_two(f16 sum, wk_two w, wk_two x) {
  return (f16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)w);
}
#else
typedef struct {
  f16 even, odd;
} wk_two;
WK_INLINE wk_two wk_two_weights(const uint16_t *from) {
  const u16 w = (u16) * (const i16_unaligned *)from;
  return (wk_two){(f16)(w << 16), (f16)(w & 0xFFFF0000)};
}
WK_INLINE wk_two wk_two_inputs(const uint16_t *from) {
  uint32_t two;
  memcpy(&two, from, 4);
  return (wk_two){(f16)(u16)(two << 16), (f16)(u16)(two & 0xFFFF0000)};
}
WK_INLINE f16 wk_add_two(f16 sum, wk_two w, wk_two x) {
  return wk_fma(x.even, w.even, wk_fma(x.odd, w.odd, sum));
}
#endif

WK_INLINE void wk_bf16_tile(const wk_narrow_shape *s, const uint16_t *x, const uint16_t *w, const float *start, float *y,
                            const int rows, const int blocks) {
  f16 sum[WK_NARROW_ROWS][WK_NARROW_BLOCKS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) sum[r][b] = wk_load(start + 16 * b);
  for (size_t k = 0; k < s->steps; k++, x += 2, w += 32) {
    wk_two weights[WK_NARROW_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) weights[b] = wk_two_weights(w + (size_t)b * 32 * s->steps);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const wk_two inputs = wk_two_inputs(x + (size_t)r * s->x_row);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) sum[r][b] = wk_add_two(sum[r][b], weights[b], inputs);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++)
      wk_store(y + (size_t)r * s->y_row + 16 * b, s->relu ? wk_relu(sum[r][b]) : sum[r][b]);
}

// MARK: Layers

/// Calls TILE(row, output, rows, blocks) for all of a layer: many outputs and rows at a time as long as there are.
#define WK_NARROW_TILES(TILE)                                                                           \
  for (size_t o = 0; o < s->outputs;) {                                                                 \
    const int many = s->outputs - o > 16 * (WK_NARROW_BLOCKS - 1);                                      \
    size_t i = 0;                                                                                       \
    for (; i + WK_NARROW_ROWS <= s->rows; i += WK_NARROW_ROWS)                                          \
      if (many) TILE(i, o, WK_NARROW_ROWS, WK_NARROW_BLOCKS); else TILE(i, o, WK_NARROW_ROWS, 1);       \
    for (; i < s->rows; i++)                                                                            \
      if (many) TILE(i, o, 1, WK_NARROW_BLOCKS); else TILE(i, o, 1, 1);                                 \
    o += 16 * (size_t)(many ? WK_NARROW_BLOCKS : 1);                                                    \
  }

WK_NARROW_SCOPE void WK_NARROW_INT8(const wk_narrow_shape *s, const uint8_t *x, const int8_t *w, const float *scales,
                                    const float *start, float *y) {
#if WK_NARROW == 256
  if (s->steps <= WK_WIDE_STEPS && s->rows >= 4) {
    wk_int8_wide(s, x, w, scales, start, y);
    return;
  }
#endif
#define WK_TILE_AT(i, o, rows, blocks)                                                                       \
  wk_int8_tile(s, x + (i) * s->x_row, w + (o) * 4 * s->steps, scales + (o), start + (o), y + (i) * s->y_row + (o), \
               rows, blocks)
  WK_NARROW_TILES(WK_TILE_AT)
#undef WK_TILE_AT
}

WK_NARROW_SCOPE void WK_NARROW_BF16(const wk_narrow_shape *s, const uint16_t *x, const uint16_t *w, const float *start,
                                    float *y) {
#define WK_TILE_AT(i, o, rows, blocks) \
  wk_bf16_tile(s, x + (i) * s->x_row, w + (o) * 2 * s->steps, start + (o), y + (i) * s->y_row + (o), rows, blocks)
  WK_NARROW_TILES(WK_TILE_AT)
#undef WK_TILE_AT
}
