// The scan of 4-bit codes by the NEON dot product (ARMv8.2), four rows an instruction. Compiled for aarch64, not yet
// run there.
#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "wk_table.h"
#include "wk_vector.h"
#include "wk_reach.h"

void wk_scan_dotprod(const uint8_t *records, size_t first, size_t last, size_t width, const wk_code_query *queries,
                     size_t count) {
  const uint8x16_t low = vdupq_n_u8(15);
  for (size_t g = first; g < last; g++) {
    const uint8_t *record = records + g * (8 * width + 64);
    f16 scale, error;
    wk_scales(record + 8 * width, &scale, &error);
    for (size_t k = 0; k < count; k++) {
      const int8_t *query = queries[k].bytes;
      int32x4_t sum[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
      for (size_t h = 0; h < width / 8; h++) {
        int32_t four[2];
        memcpy(four, query + 8 * h, 8);
        const int8x16_t start = vreinterpretq_s8_s32(vdupq_n_s32(four[0]));
        const int8x16_t rest = vreinterpretq_s8_s32(vdupq_n_s32(four[1]));
        for (int part = 0; part < 4; part++) {
          const uint8x16_t line = vld1q_u8(record + 64 * h + 16 * part);
          sum[part] = vdotq_s32(sum[part], vreinterpretq_s8_u8(vandq_u8(line, low)), start);
          sum[part] = vdotq_s32(sum[part], vreinterpretq_s8_u8(vshrq_n_u8(line, 4)), rest);
        }
      }
      i16 sums;
      memcpy(&sums, sum, sizeof sums);
      queries[k].reached[g] = wk_reach(&queries[k], sums, scale, error);
    }
  }
}
#pragma clang attribute pop
#endif
