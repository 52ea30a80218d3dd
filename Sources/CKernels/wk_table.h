// The kernels that differ by instruction set: each file that includes wk_template.h defines one such table.
#pragma once

#include "CKernels.h"

/// How many queries a scan holds in registers and L1 at a time.
#define WK_SCAN_QUERIES 16
/// How many bytes ahead of itself a scan asks memory for: the hardware stops at every page, this does not.
#define WK_SCAN_AHEAD 8192

typedef struct {
  void (*dots)(const float *, const float *, size_t, size_t, float *);
  void (*dots_at)(const float *, const float *, size_t, const uint32_t *, size_t, float *);
  size_t (*select)(const float *, size_t, float, const uint64_t *, uint32_t, uint32_t *);
  void (*affine)(const wk_affine_shape *, const float *, const float *, const float *, float *);
  void (*activate)(int, float *, size_t);
  void (*affine_int8)(const wk_narrow_shape *, const uint8_t *, const int8_t *, const float *, const float *, float *);
  void (*affine_bf16)(const wk_narrow_shape *, const uint16_t *, const uint16_t *, const float *, float *);
  void (*to_int8)(const float *, const float *, const float *, size_t, size_t, size_t, uint8_t *, size_t);
  void (*to_bf16)(const float *, size_t, size_t, size_t, uint16_t *, size_t);
  void (*round_bf16)(const float *, size_t, float *);
  void (*normalise)(const wk_normalisation *, const double *, size_t, float *, size_t);
  void (*activate_back)(int, const float *, const float *, float *, size_t);
  void (*dropout)(uint32_t, uint32_t, uint32_t, float, float *, size_t);
  void (*adam)(const wk_adam_step *, const float *, float *, float *, float *, size_t);
  void (*sum)(const float *, size_t, size_t, float *, size_t);
  void (*cross_entropy)(const float *, const float *, const float *, float, float *, float *, size_t);
  float (*softmax)(float *, size_t, size_t, float);
  float (*pairwise)(float *, size_t, float);
  void (*transpose)(const float *, size_t, size_t, size_t, float *, size_t);
  void (*products)(const wk_pairs *, size_t, float *, size_t);
  void (*pair_dots)(const wk_pairs *, float *, size_t);
  void (*pairs_back)(const wk_pairs *, size_t, const float *, const float *, size_t, float *, float *);
  size_t (*add_rows)(const float *, size_t, const uint32_t *, size_t, uint32_t, uint32_t, uint32_t, uint32_t *, float *,
                     uint32_t *);
  size_t (*add_links)(const float *, const wk_links *, size_t, uint32_t, uint32_t, uint32_t, uint32_t *, float *,
                      uint32_t *);
  int (*solve)(float *, size_t, size_t, float *);
  void (*recur)(float, const float *, const float *, size_t, size_t, size_t, const float *, float *, size_t);
  void (*recur_back)(float, const float *, const float *, size_t, size_t, float *);
  void (*scale_rows)(const float *, const float *, size_t, size_t, int, float *);
  void (*chain)(const float *, const float *, size_t, size_t, float *);
  void (*add)(const float *, size_t, float *);
  void (*norm)(const wk_norm_shape *, const float *, const float *, const float *, float *, float *, float *);
  void (*norm_back)(const wk_norm_shape *, const float *, const float *, const float *, const float *, int, float *);
  void (*attend)(const wk_attention *, const float *, const float *, size_t, float *, float *);
  void (*attend_back)(const wk_attention *, const float *, const float *, const float *, float *, float *);
  void (*gate)(const float *, const float *, const float *, size_t, float *, float *);
  void (*gate_back)(const float *, const float *, const float *, const float *, size_t, float *, float *, float *);
  void (*rotate)(size_t, const float *, float *);
  void (*encode)(const wk_code_rows *, const float *, float *, uint8_t *, int8_t *, uint32_t *, float *, float *);
  size_t (*refine)(const int8_t *, const uint32_t *, size_t, const wk_byte_query *, const uint32_t *, size_t,
                   uint32_t *, float *);
  /// Scans records that begin at the first, from one number to before another, for the given number of queries.
  void (*scan)(const uint8_t *, size_t, size_t, size_t, const wk_code_query *, size_t);
  void (*within)(const uint8_t *, size_t, uint8_t, uint8_t, uint64_t *);
} wk_table;

extern const wk_table wk_table_scalar;
#if defined(__x86_64__)
extern const wk_table wk_table_avx2;
extern const wk_table wk_table_avx512;

/// The scan of wk_table_avx512 for processors with VNNI.
void wk_scan_vnni(const uint8_t *, size_t, size_t, size_t, const wk_code_query *, size_t);
/// The narrow layers of wk_table_avx512 for processors with VNNI and BF16.
void wk_int8_vnni(const wk_narrow_shape *, const uint8_t *, const int8_t *, const float *, const float *, float *);
void wk_bf16_avx512(const wk_narrow_shape *, const uint16_t *, const uint16_t *, const float *, float *);
#elif defined(__aarch64__)
extern const wk_table wk_table_neon;
/// The scan of wk_table_neon for processors with the dot product.
void wk_scan_dotprod(const uint8_t *, size_t, size_t, size_t, const wk_code_query *, size_t);
#endif
