// The scan of 4-bit codes by vpmaddubsw: a pair of products is at most 2 * 15 * 127 = 3,810, so that int16 holds the
// sum of eight of them (30,480) before it must be widened. Included by wk_template.h.
#include <immintrin.h>

/// How many queries a tile holds in registers: two sums each, for rows 0...7 and 8...15.
#define WK_SCAN_TILE 4
/// Up to this width the codes of 16 rows are unpacked once for all queries; beyond it each tile unpacks them again.
#define WK_SCAN_UNPACKED 512

WK_INLINE __m256i wk_query4(const int8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, 4);
  return _mm256_set1_epi32(four);
}

WK_INLINE void wk_unpack_line(const uint8_t *line, __m256i codes[4]) {
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i a = _mm256_loadu_si256((const __m256i *)line), b = _mm256_loadu_si256((const __m256i *)(line + 32));
  codes[0] = _mm256_and_si256(a, low);
  codes[1] = _mm256_and_si256(b, low);
  codes[2] = _mm256_and_si256(_mm256_srli_epi16(a, 4), low);
  codes[3] = _mm256_and_si256(_mm256_srli_epi16(b, 4), low);
}

/// The sums of one record for `count` queries. `unpacked` has its codes one a byte, 128 bytes a line, if it is so.
WK_INLINE void wk_tile_sums(const uint8_t *record, const __m256i *unpacked, const int is_unpacked, size_t lines,
                            const wk_code_query *queries, const int count, __m256i sums[WK_SCAN_TILE][2]) {
#pragma clang loop unroll(full)
  for (int k = 0; k < count; k++) sums[k][0] = sums[k][1] = _mm256_setzero_si256();
  for (size_t h = 0; h < lines; h += 4) {
    const size_t end = h + 4 < lines ? h + 4 : lines;
    __m256i part[WK_SCAN_TILE][2];
#pragma clang loop unroll(full)
    for (int k = 0; k < count; k++) part[k][0] = part[k][1] = _mm256_setzero_si256();
    for (size_t i = h; i < end; i++) {
      __m256i own[4];
      const __m256i *codes = is_unpacked ? unpacked + 4 * i : own;
      if (!is_unpacked) wk_unpack_line(record + 64 * i, own);
#pragma clang loop unroll(full)
      for (int b = 0; b < 2; b++)
#pragma clang loop unroll(full)
        for (int k = 0; k < count; k++) {
          const __m256i query = wk_query4(queries[k].bytes + 8 * i + 4 * (size_t)b);
          part[k][0] = _mm256_add_epi16(part[k][0], _mm256_maddubs_epi16(codes[2 * b], query));
          part[k][1] = _mm256_add_epi16(part[k][1], _mm256_maddubs_epi16(codes[2 * b + 1], query));
        }
    }
    const __m256i ones = _mm256_set1_epi16(1);
#pragma clang loop unroll(full)
    for (int k = 0; k < count; k++)
#pragma clang loop unroll(full)
      for (int half = 0; half < 2; half++)
        sums[k][half] = _mm256_add_epi32(sums[k][half], _mm256_madd_epi16(part[k][half], ones));
  }
}

/// Eight rows of what wk_reach does with sixteen.
WK_INLINE unsigned wk_reach8(const wk_code_query *q, __m256i sums, __m256 scale, __m256 error) {
  const __m256 sum = _mm256_add_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(q->offset));
  const __m256 upper = _mm256_fmadd_ps(_mm256_set1_ps(q->error), error, _mm256_mul_ps(sum, scale));
  return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(upper, _mm256_set1_ps(q->at_least), _CMP_GE_OQ));
}

WK_INLINE __m256 wk_widen8(const uint8_t *halves) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)halves)), 16));
}

WK_INLINE void wk_scan_tile(const uint8_t *record, const __m256i *unpacked, const int is_unpacked, size_t width,
                            const wk_code_query *queries, const int count, size_t g) {
  __m256i sums[WK_SCAN_TILE][2];
  wk_tile_sums(record, unpacked, is_unpacked, width / 8, queries, count, sums);
  const uint8_t *scales = record + 8 * width;
  const __m256 scale0 = wk_widen8(scales), scale1 = wk_widen8(scales + 16);
  const __m256 error0 = wk_widen8(scales + 32), error1 = wk_widen8(scales + 48);
#pragma clang loop unroll(full)
  for (int k = 0; k < count; k++) {
    // A byte for eight rows: put together in a register, clang makes a slower instruction of the two masks.
    uint8_t *bits = (uint8_t *)(queries[k].reached + g);
    bits[0] = (uint8_t)wk_reach8(&queries[k], sums[k][0], scale0, error0);
    bits[1] = (uint8_t)wk_reach8(&queries[k], sums[k][1], scale1, error1);
  }
}

WK_INLINE void wk_scan_tiles(const uint8_t *record, const __m256i *unpacked, const int is_unpacked, size_t width,
                             const wk_code_query *queries, size_t count, size_t g) {
  size_t k = 0;
  for (; k + WK_SCAN_TILE <= count; k += WK_SCAN_TILE)
    wk_scan_tile(record, unpacked, is_unpacked, width, queries + k, WK_SCAN_TILE, g);
  for (; k + 2 <= count; k += 2)
    wk_scan_tile(record, unpacked, is_unpacked, width, queries + k, 2, g);
  for (; k < count; k++)
    wk_scan_tile(record, unpacked, is_unpacked, width, queries + k, 1, g);
}

static void wk_scan_(const uint8_t *records, size_t first, size_t last, size_t width, const wk_code_query *queries,
                     size_t count) {
  const size_t lines = width / 8;
  __m256i unpacked[4 * WK_SCAN_UNPACKED / 8];
  const uint8_t *record = records + first * (8 * width + 64);
  for (size_t g = first; g < last; g++, record += 8 * width + 64) {
    wk_prefetch_record(record, records + last * (8 * width + 64), width);
    if (count == 1) {
      wk_scan_tile(record, 0, 0, width, queries, 1, g);
    } else if (width <= WK_SCAN_UNPACKED) {
      for (size_t h = 0; h < lines; h++) wk_unpack_line(record + 64 * h, unpacked + 4 * h);
      wk_scan_tiles(record, unpacked, 1, width, queries, count, g);
    } else {
      wk_scan_tiles(record, 0, 0, width, queries, count, g);
    }
  }
}
