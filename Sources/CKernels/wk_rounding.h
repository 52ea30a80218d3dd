// Rounding of a narrow layer's inputs, 16 at a time. Included by wk_template.h.

typedef uint8_t b16 __attribute__((ext_vector_type(16)));
typedef uint16_t h16 __attribute__((ext_vector_type(16)));
typedef uint8_t b16_unaligned __attribute__((ext_vector_type(16), aligned(1)));
typedef uint16_t h16_unaligned __attribute__((ext_vector_type(16), aligned(2)));

/// The nearest bf16 as the upper half of each lane, ties to even; below 2^-40 it is zero, a NaN stays one.
WK_INLINE u16 wk_nearest_bf16(f16 value) {
  const u16 bits = (u16)value, magnitude = bits & 0x7FFFFFFF;
  const u16 nearest = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
  const u16 is_nan = (u16)(magnitude > 0x7F800000), is_small = (u16)((nearest & 0x7FFFFFFF) < 0x2B800000);
  return (nearest & ~is_nan & ~is_small) | ((bits | 0x400000) & 0xFFFF0000 & is_nan);
}

static void wk_to_bf16_(const float *x, size_t x_row, size_t rows, size_t columns, uint16_t *to, size_t to_row) {
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < columns; k += 16)
      *(h16_unaligned *)(to + i * to_row + k) =
          __builtin_convertvector(wk_nearest_bf16(wk_load(x + i * x_row + k)) >> 16, h16);
}

static void wk_round_bf16_(const float *from, size_t count, float *to) {
  for (size_t i = 0; i < count; i += 16) wk_store(to + i, (f16)wk_nearest_bf16(wk_load(from + i)));
}

static void wk_to_int8_(const float *low, const float *inverse, const float *x, size_t x_row, size_t rows,
                        size_t columns, uint8_t *to, size_t to_row) {
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < columns; k += 16) {
      f16 value = (wk_load(x + i * x_row + k) - wk_load(low + k)) * wk_load(inverse + k);
      value = wk_choose(value < 255.0f, value, (f16)(255.0f));
      value = wk_choose(value > 0.0f, value, (f16)(0.0f));
      // Above 2^23 float32 counts in ones, so the addition rounds to a whole number, ties to even.
      const u16 whole = (u16)(value + 0x1p+23f) & 255;
      *(b16_unaligned *)(to + i * to_row + k) = __builtin_convertvector(whole, b16);
    }
}
