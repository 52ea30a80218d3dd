// The kernels of training, once; included by wk_template.h, so compiled for each instruction set.

/// log(1 + e) for e between 0 and 1, within 1.2e-7.
WK_INLINE f16 wk_log1p(f16 e) {
  f16 p = wk_splat(0x1.584a66p-8f);
  p = wk_fma(p, e, wk_splat(-0x1.e4c732p-6f));
  p = wk_fma(p, e, wk_splat(0x1.40f82ap-4f));
  p = wk_fma(p, e, wk_splat(-0x1.180f2ep-3f));
  p = wk_fma(p, e, wk_splat(0x1.8766f0p-3f));
  p = wk_fma(p, e, wk_splat(-0x1.fcd00cp-3f));
  p = wk_fma(p, e, wk_splat(0x1.553078p-2f));
  p = wk_fma(p, e, wk_splat(-0x1.fffeb2p-2f));
  p = wk_fma(p, e, wk_splat(1));
  return p * e;
}

/// The logarithm of a normal number: exponent times ln 2, plus log1p of the fraction.
WK_INLINE float wk_log(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  float exponent = (float)((int32_t)(bits >> 23) - 127);
  bits = (bits & 0x7FFFFF) | 0x3F800000;
  float fraction;
  memcpy(&fraction, &bits, sizeof fraction);
  fraction = fraction - 1.0f;
  return __builtin_fmaf(exponent, 0x1.62e430p-1f, wk_log1p(wk_splat(fraction))[0]);
}

WK_INLINE f16 wk_load_some(const float *from, size_t count, float rest) {
  if (count >= 16) return wk_load(from);
  float all[16];
  for (size_t i = 0; i < 16; i++) all[i] = i < count ? from[i] : rest;
  return wk_load(all);
}

WK_INLINE void wk_store_some(float *to, f16 values, size_t count) {
  if (count >= 16) wk_store(to, values);
  else memcpy(to, &values, count * sizeof(float));
}

WK_INLINE float wk_fold(f16 lanes) {
  float __attribute__((ext_vector_type(8))) eight = lanes.lo + lanes.hi;
  float __attribute__((ext_vector_type(4))) four = eight.lo + eight.hi;
  float __attribute__((ext_vector_type(2))) two = four.lo + four.hi;
  return two.lo + two.hi;
}

// MARK: Derivatives

WK_INLINE f16 wk_slope(int kind, f16 x, f16 y) {
  switch (kind) {
    case WK_SIGMOID: return y * (wk_splat(1) - y);
    case WK_TANH: return wk_fma(-y, y, wk_splat(1));
    case WK_GELU: {
      f16 half = wk_splat(0.5f) * (wk_splat(1) + wk_erf(x * wk_splat(0x1.6a09e6p-1f)));
      f16 density = wk_splat(0x1.988454p-2f) * wk_exp((x * wk_splat(-0.5f)) * x);
      return wk_fma(x, density, half);
    }
    default: return wk_splat(1);
  }
}

WK_INLINE void wk_back(int kind, const float *sums, const float *outputs, float *gradients, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    const size_t left = count - i;
    f16 y = wk_load_some(outputs + i, left, 0);
    f16 g = wk_load_some(gradients + i, left, 0);
    if (kind == WK_RELU) g = wk_choose(y > wk_splat(0), g, wk_splat(0));
    else g = g * wk_slope(kind, kind == WK_GELU ? wk_load_some(sums + i, left, 0) : y, y);
    wk_store_some(gradients + i, g, left);
  }
}

static void wk_activate_back_(int kind, const float *sums, const float *outputs, float *gradients, size_t count) {
  switch (kind) {
    case WK_RELU: wk_back(WK_RELU, sums, outputs, gradients, count); break;
    case WK_SIGMOID: wk_back(WK_SIGMOID, sums, outputs, gradients, count); break;
    case WK_TANH: wk_back(WK_TANH, sums, outputs, gradients, count); break;
    case WK_GELU: wk_back(WK_GELU, sums, outputs, gradients, count); break;
    default: break;
  }
}

static void wk_dropout_(uint32_t key, uint32_t first, uint32_t threshold, float scale, float *values, size_t count) {
  const u16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (size_t i = 0; i < count; i += 16) {
    u16 h = ((u16)(first + (uint32_t)i) + lane) * (u16)(0x9E3779B9) + (u16)(key);
    h ^= h >> 16;
    h *= (u16)(0x7FEB352D);
    h ^= h >> 15;
    h *= (u16)(0x846CA68B);
    h ^= h >> 16;
    f16 v = wk_load_some(values + i, count - i, 0);
    v = wk_choose((i16)(h >= (u16)(threshold)), v * wk_splat(scale), wk_splat(0));
    wk_store_some(values + i, v, count - i);
  }
}

// MARK: Adam

WK_INLINE void wk_adam_run(const wk_adam_step *a, const float *gradients, float *values, float *first, float *second,
                           size_t count, const int has_gradients, const int has_decay) {
  const f16 beta1 = wk_splat(a->beta1), rest1 = wk_splat(a->one_minus_beta1);
  const f16 beta2 = wk_splat(a->beta2), rest2 = wk_splat(a->one_minus_beta2);
  const f16 step = wk_splat(a->step), root_scale = wk_splat(a->root_scale), epsilon = wk_splat(a->epsilon);
  const f16 decay = wk_splat(a->decay);
  for (size_t i = 0; i < count; i += 16) {
    f16 p = wk_load(values + i), m = wk_load(first + i), v = wk_load(second + i);
    f16 g = wk_splat(0);
    if (has_gradients) g = wk_load(gradients + i);
    if (has_decay) g = wk_fma(decay, p, g);
    if (has_gradients || has_decay) {
      m = wk_fma(beta1, m, rest1 * g);
      v = wk_fma(beta2, v, (rest2 * g) * g);
    } else {
      m = beta1 * m;
      v = beta2 * v;
    }
    p = p - (step * m) / wk_fma(__builtin_elementwise_sqrt(v), root_scale, epsilon);
    wk_store(values + i, p);
    wk_store(first + i, m);
    wk_store(second + i, v);
  }
}

static void wk_adam_(const wk_adam_step *a, const float *gradients, float *values, float *first, float *second,
                     size_t count) {
  if (!gradients && a->decay == 0) wk_adam_run(a, gradients, values, first, second, count, 0, 0);
  else if (!gradients) wk_adam_run(a, gradients, values, first, second, count, 0, 1);
  else if (a->decay == 0) wk_adam_run(a, gradients, values, first, second, count, 1, 0);
  else wk_adam_run(a, gradients, values, first, second, count, 1, 1);
}

static void wk_sum_(const float *parts, size_t part_stride, size_t part_count, float *sums, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    f16 sum = wk_load(parts + i);
    for (size_t p = 1; p < part_count; p++) sum = sum + wk_load(parts + p * part_stride + i);
    wk_store(sums + i, sum);
  }
}

// MARK: Losses

static void wk_cross_entropy_(const float *logits, const float *targets, const float *weights, float scale,
                              float *gradients, float *losses, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    const size_t left = count - i;
    f16 z = wk_load_some(logits + i, left, 0), t = wk_load_some(targets + i, left, 0);
    f16 w = wk_load_some(weights + i, left, 0);
    f16 e = wk_exp(-wk_magnitude(z));
    f16 positive = wk_choose(z < wk_splat(0), wk_splat(0), z);
    f16 loss = wk_fma(-z, t, positive) + wk_log1p(e);
    f16 probability = wk_choose(z < wk_splat(0), e, wk_splat(1)) / (wk_splat(1) + e);
    wk_store_some(losses + i, w * loss, left);
    wk_store_some(gradients + i, (probability - t) * (w * wk_splat(scale)), left);
  }
}

static float wk_softmax_(float *values, size_t count, size_t target, float scale) {
  float most = values[0];
  for (size_t i = 1; i < count; i++) most = values[i] > most ? values[i] : most;
  const float aim = values[target];
  f16 sum = wk_splat(0);
  for (size_t i = 0; i < count; i += 16) {
    const size_t left = count - i;
    f16 e = wk_exp(wk_load_some(values + i, left, -1e30f) - wk_splat(most));
    wk_store_some(values + i, e, left);
    if (left < 16) e = wk_load_some(values + i, left, 0);
    sum = sum + e;
  }
  const float total = wk_fold(sum);
  const float factor = scale / total;
  for (size_t i = 0; i < count; i += 16)
    wk_store_some(values + i, wk_load_some(values + i, count - i, 0) * wk_splat(factor), count - i);
  values[target] = values[target] - scale;
  return wk_log(total) + (most - aim);
}

static float wk_pairwise_(float *values, size_t count, float scale) {
  const float others = (float)(count - 1);
  const float factor = scale / others;
  const float positive = values[0];
  float loss = 0, pull = 0;
  for (size_t i = 1; i < count; i += 16) {
    const size_t left = count - i;
    f16 d = wk_splat(positive) - wk_load_some(values + i, left, 0);
    f16 e = wk_exp(-wk_magnitude(d));
    f16 losses = wk_choose(d < wk_splat(0), -d, wk_splat(0)) + wk_log1p(e);
    // sigmoid(-d)
    f16 push = wk_choose(d < wk_splat(0), wk_splat(1), e) / (wk_splat(1) + e) * wk_splat(factor);
    wk_store_some(values + i, push, left);
    for (size_t l = 0; l < 16 && l < left; l++) {
      loss = loss + losses[l];
      pull = pull + push[l];
    }
  }
  values[0] = -pull;
  return loss / others;
}

// MARK: Rows

WK_INLINE void wk_transpose_block(const float *from, size_t from_row, float *to, size_t to_row) {
  f16 r[16], s[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) r[i] = wk_load(from + (size_t)i * from_row);
#define WK_EVEN(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define WK_ODD(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
  // Four perfect shuffles of 256 values swap the two halves of an 8-bit index.
#pragma clang loop unroll(full)
  for (int pass = 0; pass < 2; pass++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) s[2 * i] = WK_EVEN(r[i], r[i + 8]), s[2 * i + 1] = WK_ODD(r[i], r[i + 8]);
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) r[2 * i] = WK_EVEN(s[i], s[i + 8]), r[2 * i + 1] = WK_ODD(s[i], s[i + 8]);
  }
#undef WK_EVEN
#undef WK_ODD
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) wk_store(to + (size_t)i * to_row, r[i]);
}

static void wk_transpose_(const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row) {
  for (size_t i = 0; i < rows; i += 16)
    for (size_t j = 0; j < columns; j += 16) {
      const size_t height = rows - i < 16 ? rows - i : 16, width = columns - j < 16 ? columns - j : 16;
      if (height == 16 && width == 16) {
        wk_transpose_block(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
        continue;
      }
      for (size_t a = 0; a < height; a++)
        for (size_t b = 0; b < width; b++) to[(j + b) * to_row + i + a] = from[(i + a) * from_row + j + b];
    }
}

WK_INLINE const float *wk_a(const wk_pairs *p, size_t i) { return p->a + (size_t)p->a_indices[i] * p->stride; }
WK_INLINE const float *wk_b(const wk_pairs *p, size_t i) { return p->b + (size_t)p->b_indices[i] * p->stride; }

static void wk_products_(const wk_pairs *p, size_t columns, float *to, size_t to_row) {
  for (size_t i = 0; i < p->count; i++)
    for (size_t k = 0; k < columns; k += 16)
      wk_store_some(to + i * to_row + k, wk_load(wk_a(p, i) + k) * wk_load(wk_b(p, i) + k), columns - k);
}

static void wk_pair_dots_(const wk_pairs *p, float *to, size_t to_row) {
  for (size_t i = 0; i < p->count; i++) to[i * to_row] = wk_dot(wk_a(p, i), wk_b(p, i), p->stride);
}

static void wk_pairs_back_(const wk_pairs *p, size_t columns, const float *products, const float *dots, size_t row,
                           float *a_gradients, float *b_gradients) {
  for (size_t i = 0; i < p->count; i++) {
    const float *a = wk_a(p, i), *b = wk_b(p, i);
    const f16 dot = wk_splat(dots ? dots[i * row] : 0);
    for (size_t k = 0; k < columns; k += 16) {
      float *to_a = a_gradients + i * p->stride + k, *to_b = b_gradients + i * p->stride + k;
      f16 x = wk_load(a + k), y = wk_load(b + k), ga = wk_load(to_a), gb = wk_load(to_b);
      if (products) {
        f16 g = wk_load_some(products + i * row + k, columns - k, 0);
        ga = wk_fma(g, y, ga);
        gb = wk_fma(g, x, gb);
      }
      if (dots) {
        ga = wk_fma(dot, y, ga);
        gb = wk_fma(dot, x, gb);
      }
      wk_store(to_a, ga);
      wk_store(to_b, gb);
    }
  }
}

static size_t wk_add_rows_(const float *rows, size_t stride, const uint32_t *indices, size_t count, uint32_t first,
                           uint32_t last, uint32_t stamp, uint32_t *stamps, float *sums, uint32_t *touched) {
  size_t listed = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t index = indices[i];
    if (index < first || index >= last) continue;
    float *to = sums + (size_t)index * stride;
    const float *from = rows + i * stride;
    if (stamps[index] != stamp) {
      stamps[index] = stamp;
      touched[listed++] = index;
      memcpy(to, from, stride * sizeof(float));
    } else {
      for (size_t k = 0; k < stride; k += 16) wk_store(to + k, wk_load(to + k) + wk_load(from + k));
    }
  }
  return listed;
}

static size_t wk_add_links_(const float *rows, const wk_links *links, size_t stride, uint32_t first, uint32_t last,
                            uint32_t stamp, uint32_t *stamps, float *sums, uint32_t *touched) {
  size_t listed = 0;
  for (size_t i = 0; i < links->count; i++) {
    const uint32_t index = links->to[i];
    if (index < first || index >= last) continue;
    float *to = sums + (size_t)index * stride;
    const float *from = rows + (size_t)links->from[i] * stride;
    const f16 share = wk_splat(links->share[i]);
    if (stamps && stamps[index] != stamp) {
      stamps[index] = stamp;
      touched[listed++] = index;
      memset(to, 0, stride * sizeof(float));
    }
    for (size_t k = 0; k < stride; k += 16) wk_store(to + k, wk_fma(share, wk_load(from + k), wk_load(to + k)));
  }
  return listed;
}

// MARK: Linear equations

static int wk_solve_(float *a, size_t stride, size_t size, float *b) {
  // a = uᵀ u, the rows of u in place of a's.
  for (size_t k = 0; k < size; k++) {
    float *pivot_row = a + k * stride;
    const float square = pivot_row[k];
    if (!(square > 0)) return 0;
    const float inverse = 1.0f / __builtin_sqrtf(square);
    for (size_t c = k & ~(size_t)15; c < stride; c += 16)
      wk_store(pivot_row + c, wk_load(pivot_row + c) * wk_splat(inverse));
    b[k] = b[k] * inverse;
    for (size_t i = k + 1; i < size; i++) {
      float *row = a + i * stride;
      const f16 factor = wk_splat(-pivot_row[i]);
      for (size_t c = i & ~(size_t)15; c < stride; c += 16)
        wk_store(row + c, wk_fma(factor, wk_load(pivot_row + c), wk_load(row + c)));
      b[i] = __builtin_fmaf(-pivot_row[i], b[k], b[i]);
    }
  }
  for (size_t k = size; k-- != 0;) {
    const float *row = a + k * stride;
    float sum = b[k];
    for (size_t c = k + 1; c < size; c++) sum = __builtin_fmaf(-row[c], b[c], sum);
    b[k] = sum / row[k];
  }
  return 1;
}
