// The last step of a scan, from sums to bits. Included inside a region of one instruction set.
#pragma once

#include "wk_table.h"
#include "wk_vector.h"

#pragma STDC FP_CONTRACT OFF

/// Which of 16 rows may reach the query's threshold, from their sums of code times query byte.
WK_INLINE uint16_t wk_reach(const wk_code_query *q, i16 sums, f16 scale, f16 error) {
  typedef _Bool b16 __attribute__((ext_vector_type(16)));
  f16 upper = wk_fma((f16)(q->error), error, (__builtin_convertvector(sums, f16) + q->offset) * scale);
  b16 passed = __builtin_convertvector(upper >= (f16)(q->at_least), b16);
  uint16_t bits;
  memcpy(&bits, &passed, sizeof bits);
  return bits;
}

/// Asks for the record `WK_SCAN_AHEAD` bytes behind this one, if it comes before `end`.
WK_INLINE void wk_prefetch_record(const uint8_t *record, const uint8_t *end, size_t width) {
  const uint8_t *ahead = record + WK_SCAN_AHEAD;
  for (size_t b = 0; ahead + b < end && b < 8 * width + 64; b += 64) __builtin_prefetch(ahead + b);
}

WK_INLINE void wk_scales(const uint8_t *line, f16 *scale, f16 *error) {
  typedef uint16_t h16 __attribute__((ext_vector_type(16), aligned(2)));
  *scale = (f16)(__builtin_convertvector(*(const h16 *)line, u16) << 16u);
  *error = (f16)(__builtin_convertvector(*(const h16 *)(line + 32), u16) << 16u);
}
