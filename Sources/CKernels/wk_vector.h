// Vectors of 16 floats, and the inner product on them. Included inside a region of one instruction set.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// How a function is handed a vector depends on the target; ours are all inlined or called by their own file only.
#pragma clang diagnostic ignored "-Wpsabi"

#define WK_INLINE static inline __attribute__((always_inline))

typedef float f16 __attribute__((ext_vector_type(16)));
typedef int32_t i16 __attribute__((ext_vector_type(16)));
typedef uint32_t u16 __attribute__((ext_vector_type(16)));
typedef int32_t i8 __attribute__((ext_vector_type(8)));
typedef int32_t i16_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef float f16_unaligned __attribute__((ext_vector_type(16), aligned(4)));

WK_INLINE f16 wk_load(const float *from) { return *(const f16_unaligned *)from; }
WK_INLINE void wk_store(float *to, f16 value) { *(f16_unaligned *)to = value; }
WK_INLINE f16 wk_fma(f16 a, f16 b, f16 c) { return __builtin_elementwise_fma(a, b, c); }

/// `a` where the mask is all ones, `b` where it is zero.
WK_INLINE f16 wk_choose(i16 mask, f16 a, f16 b) { return (f16)(((i16)a & mask) | ((i16)b & ~mask)); }

/// The 16-lane inner product; `count` is a multiple of 16.
WK_INLINE float wk_dot(const float *a, const float *b, size_t count) {
  f16 sum = (f16)(0.0f);
  for (size_t j = 0; j < count; j += 16) sum = wk_fma(wk_load(a + j), wk_load(b + j), sum);
  float __attribute__((ext_vector_type(8))) eight = sum.lo + sum.hi;
  float __attribute__((ext_vector_type(4))) four = eight.lo + eight.hi;
  float __attribute__((ext_vector_type(2))) two = four.lo + four.hi;
  return (two.lo + two.hi) + 0.0f;  // + 0 turns -0 into +0
}
