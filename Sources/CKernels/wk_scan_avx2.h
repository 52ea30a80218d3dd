// The scan of 4-bit codes by vpmaddubsw: a pair of products is at most 2 * 15 * 127 = 3,810, so that int16 holds the
// sum of eight of them (30,480) before it must be widened. Included by wk_template.h.
#include <immintrin.h>

WK_INLINE __m256i wk_query4(const int8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, 4);
  return _mm256_set1_epi32(four);
}

static void wk_scan_(const uint8_t *records, size_t groups, size_t width, const wk_code_query *queries, size_t count,
                     uint16_t *reached, size_t stride) {
  const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  const size_t lines = width / 8;
  for (size_t g = 0; g < groups; g++, records += 8 * width + 64) {
    f16 scale, error;
    wk_scales(records + 8 * width, &scale, &error);
    for (size_t k = 0; k < count; k++) {
      const int8_t *query = queries[k].bytes;
      __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
      for (size_t h = 0; h < lines; h += 4) {
        const size_t end = h + 4 < lines ? h + 4 : lines;
        __m256i part[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t i = h; i < end; i++) {
          const __m256i first = wk_query4(query + 8 * i), second = wk_query4(query + 8 * i + 4);
          for (int half = 0; half < 2; half++) {
            const __m256i line = _mm256_loadu_si256((const __m256i *)(records + 64 * i + 32 * half));
            const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(line, 4), low);
            part[half] = _mm256_add_epi16(part[half], _mm256_maddubs_epi16(_mm256_and_si256(line, low), first));
            part[half] = _mm256_add_epi16(part[half], _mm256_maddubs_epi16(upper, second));
          }
        }
        for (int half = 0; half < 2; half++)
          sum[half] = _mm256_add_epi32(sum[half], _mm256_madd_epi16(part[half], ones));
      }
      i16 sums;
      memcpy(&sums, sum, sizeof sums);
      reached[k * stride + g] = wk_reach(&queries[k], sums, scale, error);
    }
  }
}
