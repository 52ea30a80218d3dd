// The kernels of encoders of a history, once; included by wk_template.h, so compiled for each instruction set.

static void wk_recur_(float decay, const float *weights, const float *events, size_t events_row, size_t count,
                      size_t columns, const float *start, float *to, size_t to_row) {
  for (size_t k = 0; k < columns; k += 16) {
    const size_t left = columns - k;
    const f16 first = wk_load_some(start + k, left, 0);
    f16 z = wk_splat(0), out = first;
    for (size_t j = 0; j < count; j++) {
      f16 event = wk_load_some(events + j * events_row + k, left, 0);
      if (weights) event = wk_splat(weights[j]) * event;
      z = wk_fma(wk_splat(decay), z, event);
      out = first + z;
      if (to_row) wk_store_some(to + j * to_row + k, out, left);
    }
    if (!to_row) wk_store_some(to + k, out, left);
  }
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
