// The kernels that differ by instruction set: each file that includes wk_template.h defines one such table.
#pragma once

#include "CKernels.h"

typedef struct {
  void (*dots)(const float *, const float *, size_t, size_t, float *);
  void (*dots_at)(const float *, const float *, size_t, const uint32_t *, size_t, float *);
  size_t (*select)(const float *, size_t, float, const uint64_t *, uint32_t, uint32_t *);
  void (*affine)(const wk_affine_shape *, const float *, const float *, const float *, float *);
  void (*activate)(int, float *, size_t);
} wk_table;

extern const wk_table wk_table_scalar;
#if defined(__x86_64__)
extern const wk_table wk_table_avx2;
extern const wk_table wk_table_avx512;
#elif defined(__aarch64__)
extern const wk_table wk_table_neon;
#endif
