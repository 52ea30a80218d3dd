// The scan of 4-bit codes by AVX-512 VNNI: each vpdpbusd adds four dimensions of 16 rows, with no sum across lanes.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,bmi,popcnt"))), apply_to = function)
#include "wk_table.h"
#include "wk_vector.h"
#include "wk_reach.h"

WK_INLINE __m512i wk_query4(const int8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, 4);
  return _mm512_set1_epi32(four);
}

/// Adds `lines` lines (8 dimensions each) of one record to the sums of all queries; they are unpacked once.
WK_INLINE void wk_add_lines(const uint8_t *record, const int lines, size_t first, const wk_code_query *queries,
                            size_t count, __m512i *sums) {
  const __m512i low = _mm512_set1_epi8(15);
  __m512i codes[16];
#pragma clang loop unroll(full)
  for (int h = 0; h < lines; h++) {
    const __m512i line = _mm512_load_si512(record + 64 * (first + (size_t)h));
    codes[2 * h] = _mm512_and_si512(line, low);
    codes[2 * h + 1] = _mm512_and_si512(_mm512_srli_epi16(line, 4), low);
  }
  for (size_t k = 0; k < count; k++) {
    const int8_t *query = queries[k].bytes + 8 * first;
    __m512i a = sums[k], b = _mm512_setzero_si512();
#pragma clang loop unroll(full)
    for (int h = 0; h < lines; h++) {
      a = _mm512_dpbusd_epi32(a, codes[2 * h], wk_query4(query + 8 * h));
      b = _mm512_dpbusd_epi32(b, codes[2 * h + 1], wk_query4(query + 8 * h + 4));
    }
    sums[k] = _mm512_add_epi32(a, b);
  }
}

void wk_scan_vnni(const uint8_t *records, size_t first, size_t last, size_t width, const wk_code_query *queries,
                  size_t count) {
  const size_t lines = width / 8;
  for (size_t start = 0; start < count; start += WK_SCAN_QUERIES) {
    const size_t some = count - start < WK_SCAN_QUERIES ? count - start : WK_SCAN_QUERIES;
    const wk_code_query *these = queries + start;
    const uint8_t *record = records + first * (8 * width + 64);
    for (size_t g = first; g < last; g++, record += 8 * width + 64) {
      wk_prefetch_record(record, records + last * (8 * width + 64), width);
      __m512i sums[WK_SCAN_QUERIES];
      for (size_t k = 0; k < some; k++) sums[k] = _mm512_setzero_si512();
      size_t h = 0;
      for (; h + 8 <= lines; h += 8) wk_add_lines(record, 8, h, these, some, sums);
      for (; h < lines; h += 2) wk_add_lines(record, 2, h, these, some, sums);
      const __m512i scales = _mm512_load_si512(record + 8 * width);
      const __m512 scale = _mm512_castsi512_ps(
          _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(scales)), 16));
      const __m512 error = _mm512_castsi512_ps(
          _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(scales, 1)), 16));
      for (size_t k = 0; k < some; k++) {
        const wk_code_query *q = &these[k];
        __m512 sum = _mm512_add_ps(_mm512_cvtepi32_ps(sums[k]), _mm512_set1_ps(q->offset));
        __m512 upper = _mm512_fmadd_ps(_mm512_set1_ps(q->error), error, _mm512_mul_ps(sum, scale));
        q->reached[g] = _mm512_cmp_ps_mask(upper, _mm512_set1_ps(q->at_least), _CMP_GE_OQ);
      }
    }
  }
}
#pragma clang attribute pop
#endif
