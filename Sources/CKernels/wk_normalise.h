// How numbers of attributes become inputs of the re-ranker, eight at a time. Included by wk_template.h.

typedef double d8 __attribute__((ext_vector_type(8)));
typedef int64_t l8 __attribute__((ext_vector_type(8)));
typedef float f8 __attribute__((ext_vector_type(8)));

WK_INLINE d8 wk_choose_double(l8 mask, d8 a, d8 b) { return (d8)(((l8)a & mask) | ((l8)b & ~mask)); }

WK_INLINE d8 wk_double_magnitude(d8 x) { return (d8)((l8)x & (l8)(INT64_MAX)); }

/// sign(x) ln(1 + |x|) of finite numbers, operation by operation as the page of the model has it.
WK_INLINE d8 wk_signed_log(d8 x) {
  const d8 y = 1.0 + wk_double_magnitude(x);
  l8 e = ((l8)y >> 52) - 1023;
  d8 m = (d8)(((l8)y & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
  const l8 large = m > 1.4142135623730951;
  m = wk_choose_double(large, m * 0.5, m);
  e -= large;  // a true lane is −1
  const d8 t = (m - 1.0) / (m + 1.0), s = t * t;
  d8 p = (d8)(0.0);
#pragma clang loop unroll(full)
  for (int k = 21; k >= 1; k -= 2) p = p * s + 1.0 / k;
  const d8 l = __builtin_convertvector(e, d8) * 0.6931471805599453 + (2.0 * t) * p;
  return wk_choose_double(x < 0.0, -l, l);
}

static void wk_normalise_(const wk_normalisation *how, const double *values, size_t count, float *to, size_t to_row) {
  for (size_t i = 0; i < count; i += 8) {
    const size_t some = count - i < 8 ? count - i : 8;
    d8 x = (d8)(0.0);
    memcpy(&x, values + i, some * sizeof(double));
    const l8 is_number = wk_double_magnitude(x) < __builtin_inf();
    if (how->takes_log) x = wk_signed_log(x);
    const f8 number = __builtin_convertvector(x, f8);
    const i8 is_float = ((i8)number & INT32_MAX) < 0x7F800000, mask = __builtin_convertvector(is_number, i8) & is_float;
    const f8 input = (number - how->mean) * how->scale;
    const i8 bits = ((i8)input & mask) | ((i8)(f8)(how->missing) & ~mask);
    for (size_t j = 0; j < some; j++) memcpy(to + (i + j) * to_row, (const int32_t *)&bits + j, sizeof(float));
  }
}
