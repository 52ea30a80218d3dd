// The kernels of encoders of a history, once; included by wk_template.h, so compiled for each instruction set.

/// Of `blocks` * 16 columns at a time, so that their chains of FMA run side by side; `left` columns are there.
WK_INLINE void wk_recur_columns(float decay, const float *weights, const float *events, size_t events_row, size_t count,
                                size_t left, const float *start, float *to, size_t to_row, const int blocks) {
  f16 first[4], z[4];
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++) first[b] = wk_load_some(start + 16 * b, left - 16 * (size_t)b, 0), z[b] = wk_splat(0);
  for (size_t j = 0; j < count; j++) {
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) {
      f16 event = wk_load_some(events + j * events_row + 16 * b, left - 16 * (size_t)b, 0);
      if (weights) event = wk_splat(weights[j]) * event;
      z[b] = wk_fma(wk_splat(decay), z[b], event);
      if (to_row) wk_store_some(to + j * to_row + 16 * b, first[b] + z[b], left - 16 * (size_t)b);
    }
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks && !to_row; b++) wk_store_some(to + 16 * b, first[b] + z[b], left - 16 * (size_t)b);
}

static void wk_recur_(float decay, const float *weights, const float *events, size_t events_row, size_t count,
                      size_t columns, const float *start, float *to, size_t to_row) {
  size_t k = 0;
  for (; k + 64 <= columns; k += 64)
    wk_recur_columns(decay, weights, events + k, events_row, count, 64, start + k, to + k, to_row, 4);
  for (; k < columns; k += 16)
    wk_recur_columns(decay, weights, events + k, events_row, count, columns - k, start + k, to + k, to_row, 1);
}

static void wk_recur_back_(float decay, const float *weights, const float *slopes, size_t count, size_t stride,
                           float *to) {
  for (size_t k = 0; k < stride; k += 16) {
    f16 r = wk_splat(0);
    for (size_t j = count; j-- != 0;) {
      r = wk_fma(wk_splat(decay), r, wk_load(slopes + j * stride + k));
      wk_store(to + j * stride + k, wk_splat(weights[j]) * r);
    }
  }
}

static void wk_scale_rows_(const float *gain, const float *y, size_t count, size_t stride, int add, float *to) {
  for (size_t k = 0; k < stride; k += 16) {
    const f16 factor = wk_load(gain + k);
    for (size_t j = 0; j < count; j++) {
      const f16 value = wk_load(y + j * stride + k);
      float *at = to + j * stride + k;
      wk_store(at, add ? wk_fma(factor, value, wk_load(at)) : factor * value);
    }
  }
}

static void wk_chain_(const float *a, const float *b, size_t count, size_t stride, float *sums) {
  for (size_t k = 0; k < stride; k += 16) {
    f16 sum = wk_load(sums + k);
    for (size_t j = 0; j < count; j++) {
      const f16 value = wk_load(a + j * stride + k);
      sum = b ? wk_fma(value, wk_load(b + j * stride + k), sum) : sum + value;
    }
    wk_store(sums + k, sum);
  }
}

static void wk_add_(const float *x, size_t count, float *to) {
  for (size_t i = 0; i < count; i += 16) wk_store(to + i, wk_load(to + i) + wk_load(x + i));
}

// MARK: Norms

/// All ones in the lanes before `count`.
WK_INLINE i16 wk_lanes_before(size_t count) {
  const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return lane < (i16)(count < 16 ? (int32_t)count : 16);
}

static void wk_norm_(const wk_norm_shape *s, const float *gain, const float *offset, const float *x, float *hat,
                     float *scales, float *y) {
  const float count = (float)s->columns;
  for (size_t i = 0; i < s->rows; i++, x += s->stride, hat += s->stride, y += s->stride) {
    f16 sum = wk_splat(0);
    for (size_t k = 0; k < s->stride; k += 16) sum = sum + wk_load(x + k);
    const f16 mean = wk_splat(wk_fold(sum) / count);
    f16 squares = wk_splat(0);
    for (size_t k = 0; k < s->stride; k += 16) {
      const f16 centred = wk_choose(wk_lanes_before(s->columns - k), wk_load(x + k) - mean, wk_splat(0));
      wk_store(hat + k, centred);
      squares = wk_fma(centred, centred, squares);
    }
    const float scale = 1.0f / __builtin_sqrtf(wk_fold(squares) / count + 0x1.4f8b58p-17f);
    scales[i] = scale;
    for (size_t k = 0; k < s->stride; k += 16) {
      const f16 value = wk_load(hat + k) * wk_splat(scale);
      wk_store(hat + k, value);
      wk_store(y + k, wk_fma(value, wk_load(gain + k), wk_load(offset + k)));
    }
  }
}

static void wk_norm_back_(const wk_norm_shape *s, const float *gain, const float *hat, const float *scales,
                          const float *slopes, int add, float *to) {
  const float count = (float)s->columns;
  for (size_t i = 0; i < s->rows; i++, hat += s->stride, slopes += s->stride, to += s->stride) {
    f16 sum = wk_splat(0), product = wk_splat(0);
    for (size_t k = 0; k < s->stride; k += 16) {
      const f16 g = wk_load(slopes + k) * wk_load(gain + k);
      sum = sum + g;
      product = wk_fma(g, wk_load(hat + k), product);
    }
    const f16 mean = wk_splat(wk_fold(sum) / count), slope = wk_splat(wk_fold(product) / count);
    for (size_t k = 0; k < s->stride; k += 16) {
      const f16 g = wk_load(slopes + k) * wk_load(gain + k);
      f16 value = wk_splat(scales[i]) * wk_fma(-wk_load(hat + k), slope, g - mean);
      value = wk_choose(wk_lanes_before(s->columns - k), value, wk_splat(0));
      wk_store(to + k, add ? wk_load(to + k) + value : value);
    }
  }
}

// MARK: Attention

/// The 16-lane inner product of any number of values.
WK_INLINE float wk_dot_some(const float *a, const float *b, size_t count) {
  f16 sum = wk_splat(0);
  size_t k = 0;
  for (; k + 16 <= count; k += 16) sum = wk_fma(wk_load(a + k), wk_load(b + k), sum);
  if (k < count) sum = wk_fma(wk_load_some(a + k, count - k, 0), wk_load_some(b + k, count - k, 0), sum);
  return wk_fold(sum) + 0.0f;
}

/// to = fma(factor, x, to) for any number of values.
WK_INLINE void wk_add_multiple(float factor, const float *x, size_t count, float *to) {
  size_t k = 0;
  for (; k + 16 <= count; k += 16) wk_store(to + k, wk_fma(wk_splat(factor), wk_load(x + k), wk_load(to + k)));
  for (; k < count; k++) to[k] = __builtin_fmaf(factor, x[k], to[k]);
}

static void wk_attend_(const wk_attention *s, const float *qkv, const float *weights, size_t first, float *shares,
                       float *out) {
  const size_t dimension = s->heads * s->width;
  for (size_t j = first; j < s->count; j++)
    for (size_t h = 0; h < s->heads; h++) {
      const float *q = qkv + j * s->row + h * s->width;
      const float *k = qkv + dimension + h * s->width, *v = k + dimension;
      float *row = shares + j * s->shares_row + h * s->shares_head;
      float most = wk_dot_some(q, k + j * s->row, s->width) * s->scale;
      const float own = most;
      for (size_t t = 0; t < j; t++) {
        row[t] = wk_dot_some(q, k + t * s->row, s->width) * s->scale;
        if (weights[t] != 0) most = row[t] > most ? row[t] : most;
      }
      row[j] = own;
      f16 sum = wk_splat(0);
      for (size_t t = 0; t <= j; t += 16) {
        f16 e = wk_exp(wk_load(row + t) - wk_splat(most));
        wk_store(row + t, e);
        for (size_t l = t; l < t + 16; l++)
          if (l > j || (l < j && weights[l] == 0)) row[l] = 0;
        sum = sum + wk_load(row + t);
      }
      const f16 total = wk_splat(wk_fold(sum));
      for (size_t t = 0; t <= j; t += 16) wk_store(row + t, wk_load(row + t) / total);
      float *to = out + j * s->out_row + h * s->width;
      size_t c = 0;
      for (; c + 16 <= s->width; c += 16) {
        f16 o = wk_splat(0);
        for (size_t t = 0; t <= j; t++) o = wk_fma(wk_splat(row[t]), wk_load(v + t * s->row + c), o);
        wk_store(to + c, o);
      }
      for (; c < s->width; c++) {
        float o = 0;
        for (size_t t = 0; t <= j; t++) o = __builtin_fmaf(row[t], v[t * s->row + c], o);
        to[c] = o;
      }
    }
}

static void wk_attend_back_(const wk_attention *s, const float *qkv, const float *shares, const float *slopes,
                            float *scratch, float *qkv_slopes) {
  const size_t dimension = s->heads * s->width;
  for (size_t j = 0; j < s->count; j++) memset(qkv_slopes + j * s->row, 0, 3 * dimension * sizeof(float));
  for (size_t j = 0; j < s->count; j++)
    for (size_t h = 0; h < s->heads; h++) {
      const float *slope = slopes + j * s->out_row + h * s->width;
      const float *q = qkv + j * s->row + h * s->width;
      const float *k = qkv + dimension + h * s->width, *v = k + dimension;
      float *to_q = qkv_slopes + j * s->row + h * s->width;
      float *to_k = qkv_slopes + dimension + h * s->width, *to_v = to_k + dimension;
      const float *row = shares + j * s->shares_row + h * s->shares_head;
      for (size_t t = 0; t <= j; t++) scratch[t] = wk_dot_some(slope, v + t * s->row, s->width);
      const float mean = wk_dot_some(row, scratch, j + 1);
      for (size_t t = 0; t <= j; t++) {
        const float pull = row[t] * (scratch[t] - mean) * s->scale;
        wk_add_multiple(row[t], slope, s->width, to_v + t * s->row);
        wk_add_multiple(pull, q, s->width, to_k + t * s->row);
        wk_add_multiple(pull, k + t * s->row, s->width, to_q);
      }
    }
}

// MARK: Gates

static void wk_gate_(const float *a, const float *b, const float *state, size_t columns, float *gates, float *to) {
  for (size_t k = 0; k < columns; k += 16) {
    const size_t left = columns - k;
#define WK_PART(from, part) wk_load_some(from + part * columns + k, left, 0)
    const f16 r = wk_sigmoid(WK_PART(a, 0) + WK_PART(b, 0)), z = wk_sigmoid(WK_PART(a, 1) + WK_PART(b, 1));
    const f16 n = wk_tanh(wk_fma(r, WK_PART(b, 2), WK_PART(a, 2)));
    wk_store_some(gates + k, r, left);
    wk_store_some(gates + columns + k, z, left);
    wk_store_some(gates + 2 * columns + k, n, left);
    wk_store_some(to + k, wk_fma(z, WK_PART(state, 0) - n, n), left);
  }
}

static void wk_gate_back_(const float *b, const float *state, const float *gates, const float *slopes, size_t columns,
                          float *a_slopes, float *b_slopes, float *state_slopes) {
  for (size_t k = 0; k < columns; k += 16) {
    const size_t left = columns - k;
    const f16 r = WK_PART(gates, 0), z = WK_PART(gates, 1), n = WK_PART(gates, 2);
    const f16 g = WK_PART(slopes, 0), one = wk_splat(1);
    const f16 dn = (g * (one - z)) * wk_fma(-n, n, one);
    const f16 dz = (g * (WK_PART(state, 0) - n)) * (z * (one - z));
    const f16 dr = (dn * WK_PART(b, 2)) * (r * (one - r));
    wk_store_some(a_slopes + k, dr, left);
    wk_store_some(b_slopes + k, dr, left);
    wk_store_some(a_slopes + columns + k, dz, left);
    wk_store_some(b_slopes + columns + k, dz, left);
    wk_store_some(a_slopes + 2 * columns + k, dn, left);
    wk_store_some(b_slopes + 2 * columns + k, dn * r, left);
    wk_store_some(state_slopes + k, g * z, left);
  }
}
#undef WK_PART
