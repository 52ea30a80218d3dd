// Layers on 8-bit inputs by vpmaddwd. Inputs and weights are widened once for many products: inputs for all outputs,
// the weights of 16 outputs for all rows. Included by wk_narrow.h.

/// The longest layer for which there is room, in groups of four inputs.
#define WK_WIDE_STEPS 128
/// Words of widened inputs that are held at a time, two a group; a multiple of 8 * WK_WIDE_STEPS.
#define WK_WIDE_WORDS 6144

/// Inputs 0 and 2 of a group as 16-bit numbers in one word, and inputs 1 and 3 in the next.
WK_INLINE void wk_widen_inputs(const wk_narrow_shape *s, const uint8_t *x, size_t rows, uint32_t *wide) {
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < s->steps; k++, wide += 2) {
      uint32_t four;
      memcpy(&four, x + i * s->x_row + 4 * k, 4);
      wide[0] = four & 0xFF00FF;
      wide[1] = four >> 8 & 0xFF00FF;
    }
}

/// The same of the weights of 16 outputs: for each group the even ones of outputs 0...7 and 8...15, then the odd ones.
WK_INLINE void wk_widen_weights(const int8_t *w, size_t steps, __m256i *wide) {
  for (size_t k = 0; k < steps; k++, w += 64, wide += 4)
    for (int half = 0; half < 2; half++) {
      const __m256i bytes = _mm256_loadu_si256((const __m256i *)(w + 32 * half));
      wide[half] = _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8);
      wide[2 + half] = _mm256_srai_epi16(bytes, 8);
    }
}

WK_INLINE void wk_wide_tile(const wk_narrow_shape *s, const uint32_t *x, const __m256i *w, const float *scales,
                            const float *start, float *y, const int rows) {
  __m256i sum[4][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  for (size_t k = 0; k < s->steps; k++) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const uint32_t *inputs = x + 2 * ((size_t)r * s->steps + k);
      const __m256i even = _mm256_set1_epi32((int32_t)inputs[0]), odd = _mm256_set1_epi32((int32_t)inputs[1]);
#pragma clang loop unroll(full)
      for (int half = 0; half < 2; half++) {
        const __m256i a = _mm256_madd_epi16(w[4 * k + half], even), b = _mm256_madd_epi16(w[4 * k + 2 + half], odd);
        sum[r][half] = _mm256_add_epi32(sum[r][half], _mm256_add_epi32(a, b));
      }
    }
  }
  const f16 scale = wk_load(scales), first = wk_load(start);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    i16 sums;
    memcpy(&sums, sum[r], sizeof sums);
    const f16 value = wk_fma(__builtin_convertvector(sums, f16), scale, first);
    wk_store(y + (size_t)r * s->y_row, s->relu ? wk_relu(value) : value);
  }
}

/// At most WK_WIDE_STEPS groups of inputs and at least four rows.
static void wk_int8_wide(const wk_narrow_shape *s, const uint8_t *x, const int8_t *w, const float *scales,
                         const float *start, float *y) {
  uint32_t inputs[WK_WIDE_WORDS];
  __m256i weights[4 * WK_WIDE_STEPS];
  const size_t steps = s->steps, most = steps ? WK_WIDE_WORDS / (8 * steps) * 4 : s->rows;
  for (size_t first = 0; first < s->rows; first += most) {
    const size_t rows = s->rows - first < most ? s->rows - first : most;
    wk_widen_inputs(s, x + first * s->x_row, rows, inputs);
    for (size_t o = 0; o < s->outputs; o += 16) {
      wk_widen_weights(w + 4 * o * steps, steps, weights);
      float *to = y + first * s->y_row + o;
      size_t i = 0;
      for (; i + 4 <= rows; i += 4)
        wk_wide_tile(s, inputs + 2 * i * steps, weights, scales + o, start + o, to + i * s->y_row, 4);
      for (; i < rows; i++)
        wk_wide_tile(s, inputs + 2 * i * steps, weights, scales + o, start + o, to + i * s->y_row, 1);
    }
  }
}
