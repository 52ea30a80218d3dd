// Asks the CPU what it has, and hands each call to the table of its instruction set.
#include "wk_table.h"

#pragma STDC FP_CONTRACT OFF

int wk_available(int isa) {
  switch (isa) {
    case WK_SCALAR: return 1;
#if defined(__x86_64__)
    case WK_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
             __builtin_cpu_supports("popcnt");
    case WK_AVX512:
      return wk_available(WK_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
    case WK_NEON: return 1;
#endif
    default: return 0;
  }
}

static const wk_table *table(int isa) {
  switch (isa) {
#if defined(__x86_64__)
    case WK_AVX2: return &wk_table_avx2;
    case WK_AVX512: return &wk_table_avx512;
#elif defined(__aarch64__)
    case WK_NEON: return &wk_table_neon;
#endif
    default: return &wk_table_scalar;
  }
}

double wk_norm_squared(const float *values, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    double square = (double)values[i] * (double)values[i];
    sum = sum + square;
  }
  return sum;
}

void wk_dots(int isa, const float *query, const float *rows, size_t stride, size_t count, float *scores) {
  table(isa)->dots(query, rows, stride, count, scores);
}

void wk_dots_at(int isa, const float *query, const float *rows, size_t stride, const uint32_t *indices, size_t count,
                float *scores) {
  table(isa)->dots_at(query, rows, stride, indices, count, scores);
}

size_t wk_select(int isa, const float *scores, size_t count, float at_least, const uint64_t *mask, uint32_t first,
                 uint32_t *selected) {
  return table(isa)->select(scores, count, at_least, mask, first, selected);
}

void wk_affine(int isa, const wk_affine_shape *shape, const float *x, const float *w, const float *start, float *y) {
  table(isa)->affine(shape, x, w, start, y);
}

void wk_activate(int isa, int kind, float *values, size_t count) { table(isa)->activate(kind, values, count); }
