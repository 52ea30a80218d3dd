// Asks the CPU what it has, and hands each call to the table of its instruction set.
#include <string.h>

#include "wk_table.h"

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#pragma STDC FP_CONTRACT OFF

int wk_available(int isa) {
  switch (isa) {
    case WK_SCALAR: return 1;
#if defined(__x86_64__)
    case WK_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
             __builtin_cpu_supports("popcnt");
    case WK_AVX512:
      return wk_available(WK_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
    case WK_NEON: return 1;
#endif
    default: return 0;
  }
}

static const wk_table *table(int isa) {
  switch (isa) {
#if defined(__x86_64__)
    case WK_AVX2: return &wk_table_avx2;
    case WK_AVX512: return &wk_table_avx512;
#elif defined(__aarch64__)
    case WK_NEON: return &wk_table_neon;
#endif
    default: return &wk_table_scalar;
  }
}

double wk_norm_squared(const float *values, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    double square = (double)values[i] * (double)values[i];
    sum = sum + square;
  }
  return sum;
}

void wk_prefetch(const float *values, size_t count) {
  for (size_t i = 0; i < count; i += 16) __builtin_prefetch(values + i);
}

void wk_dots(int isa, const float *query, const float *rows, size_t stride, size_t count, float *scores) {
  table(isa)->dots(query, rows, stride, count, scores);
}

void wk_dots_at(int isa, const float *query, const float *rows, size_t stride, const uint32_t *indices, size_t count,
                float *scores) {
  table(isa)->dots_at(query, rows, stride, indices, count, scores);
}

size_t wk_select(int isa, const float *scores, size_t count, float at_least, const uint64_t *mask, uint32_t first,
                 uint32_t *selected) {
  return table(isa)->select(scores, count, at_least, mask, first, selected);
}

void wk_within(int isa, const uint8_t *bytes, size_t count, uint8_t low, uint8_t high, uint64_t *bits) {
  table(isa)->within(bytes, count, low, high, bits);
}

void wk_affine(int isa, const wk_affine_shape *shape, const float *x, const float *w, const float *start, float *y) {
  table(isa)->affine(shape, x, w, start, y);
}

void wk_activate(int isa, int kind, float *values, size_t count) { table(isa)->activate(kind, values, count); }

void wk_affine_int8(int isa, const wk_narrow_shape *shape, const uint8_t *x, const int8_t *w, const float *scales,
                    const float *start, float *y) {
#if defined(__x86_64__)
  if (isa == WK_AVX512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16")) {
    wk_int8_vnni(shape, x, w, scales, start, y);
    return;
  }
#endif
  table(isa)->affine_int8(shape, x, w, scales, start, y);
}

void wk_affine_bf16(int isa, const wk_narrow_shape *shape, const uint16_t *x, const uint16_t *w, const float *start,
                    float *y) {
#if defined(__x86_64__)
  if (isa == WK_AVX512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16")) {
    wk_bf16_avx512(shape, x, w, start, y);
    return;
  }
#endif
  table(isa)->affine_bf16(shape, x, w, start, y);
}

void wk_to_int8(int isa, const float *low, const float *inverse, const float *x, size_t x_row, size_t rows,
                size_t columns, uint8_t *to, size_t to_row) {
  table(isa)->to_int8(low, inverse, x, x_row, rows, columns, to, to_row);
}

void wk_to_bf16(int isa, const float *x, size_t x_row, size_t rows, size_t columns, uint16_t *to, size_t to_row) {
  table(isa)->to_bf16(x, x_row, rows, columns, to, to_row);
}

void wk_round_bf16(int isa, const float *from, size_t count, float *to) { table(isa)->round_bf16(from, count, to); }

void wk_normalise(int isa, const wk_normalisation *how, const double *values, size_t count, float *to, size_t to_row) {
  table(isa)->normalise(how, values, count, to, to_row);
}

void wk_activate_back(int isa, int kind, const float *sums, const float *outputs, float *gradients, size_t count) {
  table(isa)->activate_back(kind, sums, outputs, gradients, count);
}

void wk_dropout(int isa, uint32_t key, uint32_t first, uint32_t threshold, float scale, float *values, size_t count) {
  table(isa)->dropout(key, first, threshold, scale, values, count);
}

void wk_adam(int isa, const wk_adam_step *step, const float *gradients, float *values, float *first, float *second,
             size_t count) {
  table(isa)->adam(step, gradients, values, first, second, count);
}

void wk_sum(int isa, const float *parts, size_t part_stride, size_t part_count, float *sums, size_t count) {
  table(isa)->sum(parts, part_stride, part_count, sums, count);
}

void wk_cross_entropy(int isa, const float *logits, const float *targets, const float *weights, float scale,
                      float *gradients, float *losses, size_t count) {
  table(isa)->cross_entropy(logits, targets, weights, scale, gradients, losses, count);
}

float wk_softmax(int isa, float *values, size_t count, size_t target, float scale) {
  return table(isa)->softmax(values, count, target, scale);
}

float wk_pairwise(int isa, float *values, size_t count, float scale) {
  return table(isa)->pairwise(values, count, scale);
}

void wk_transpose(int isa, const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row) {
  table(isa)->transpose(from, from_row, rows, columns, to, to_row);
}

void wk_gather(const float *table, size_t stride, const uint32_t *indices, size_t count, size_t columns, float *to,
               size_t to_row) {
  for (size_t i = 0; i < count; i++)
    memcpy(to + i * to_row, table + (size_t)indices[i] * stride, columns * sizeof(float));
}

void wk_products(int isa, const wk_pairs *pairs, size_t columns, float *to, size_t to_row) {
  table(isa)->products(pairs, columns, to, to_row);
}

void wk_pair_dots(int isa, const wk_pairs *pairs, float *to, size_t to_row) {
  table(isa)->pair_dots(pairs, to, to_row);
}

void wk_pairs_back(int isa, const wk_pairs *pairs, size_t columns, const float *products, const float *dots,
                   size_t row, float *a_gradients, float *b_gradients) {
  table(isa)->pairs_back(pairs, columns, products, dots, row, a_gradients, b_gradients);
}

size_t wk_add_rows(int isa, const float *rows, size_t stride, const uint32_t *indices, size_t count, uint32_t first,
                   uint32_t last, uint32_t stamp, uint32_t *stamps, float *sums, uint32_t *touched) {
  return table(isa)->add_rows(rows, stride, indices, count, first, last, stamp, stamps, sums, touched);
}

size_t wk_add_links(int isa, const float *rows, const wk_links *links, size_t stride, uint32_t first, uint32_t last,
                    uint32_t stamp, uint32_t *stamps, float *sums, uint32_t *touched) {
  return table(isa)->add_links(rows, links, stride, first, last, stamp, stamps, sums, touched);
}

int wk_solve(int isa, float *a, size_t stride, size_t size, float *b) {
  return table(isa)->solve(a, stride, size, b);
}

void wk_recur(int isa, float decay, const float *weights, const float *events, size_t events_row, size_t count,
              size_t columns, const float *start, float *to, size_t to_row) {
  table(isa)->recur(decay, weights, events, events_row, count, columns, start, to, to_row);
}

void wk_recur_back(int isa, float decay, const float *weights, const float *slopes, size_t count, size_t stride,
                   float *to) {
  table(isa)->recur_back(decay, weights, slopes, count, stride, to);
}

void wk_scale_rows(int isa, const float *gain, const float *y, size_t count, size_t stride, int add, float *to) {
  table(isa)->scale_rows(gain, y, count, stride, add, to);
}

void wk_chain(int isa, const float *a, const float *b, size_t count, size_t stride, float *sums) {
  table(isa)->chain(a, b, count, stride, sums);
}

void wk_add(int isa, const float *x, size_t count, float *to) { table(isa)->add(x, count, to); }

void wk_norm(int isa, const wk_norm_shape *shape, const float *gain, const float *offset, const float *x, float *hat,
             float *scales, float *y) {
  table(isa)->norm(shape, gain, offset, x, hat, scales, y);
}

void wk_norm_back(int isa, const wk_norm_shape *shape, const float *gain, const float *hat, const float *scales,
                  const float *slopes, int add, float *to) {
  table(isa)->norm_back(shape, gain, hat, scales, slopes, add, to);
}

void wk_attend(int isa, const wk_attention *shape, const float *qkv, const float *weights, size_t first, float *shares,
               float *out) {
  table(isa)->attend(shape, qkv, weights, first, shares, out);
}

void wk_attend_back(int isa, const wk_attention *shape, const float *qkv, const float *shares, const float *slopes,
                    float *scratch, float *qkv_slopes) {
  table(isa)->attend_back(shape, qkv, shares, slopes, scratch, qkv_slopes);
}

void wk_gate(int isa, const float *a, const float *b, const float *state, size_t columns, float *gates, float *to) {
  table(isa)->gate(a, b, state, columns, gates, to);
}

void wk_gate_back(int isa, const float *b, const float *state, const float *gates, const float *slopes, size_t columns,
                  float *a_slopes, float *b_slopes, float *state_slopes) {
  table(isa)->gate_back(b, state, gates, slopes, columns, a_slopes, b_slopes, state_slopes);
}

void wk_rotate(int isa, size_t width, const float *signs, float *values) {
  table(isa)->rotate(width, signs, values);
}

void wk_encode(int isa, const wk_code_rows *in, const float *signs, float *scratch, uint8_t *record, int8_t *bytes,
               uint32_t *byte_scales, float *spread, float *norm) {
  table(isa)->encode(in, signs, scratch, record, bytes, byte_scales, spread, norm);
}

/// Runs of words that the same queries look at are scanned together.
static void scan_words(void (*scan)(const uint8_t *, size_t, size_t, size_t, const wk_code_query *, size_t),
                       const uint8_t *records, size_t width, const wk_code_query *queries, size_t count) {
  uint64_t left = 0;
  for (size_t k = 0; k < count; k++) left |= queries[k].words;
  while (left != 0) {
    const size_t first = (size_t)__builtin_ctzll(left);
    wk_code_query here[WK_SCAN_QUERIES];
    size_t some = 0;
    uint64_t alike = ~UINT64_C(0);
    for (size_t k = 0; k < count; k++)
      if (queries[k].words >> first & 1) {
        here[some++] = queries[k];
        alike &= queries[k].words;
      } else {
        alike &= ~queries[k].words;
      }
    const uint64_t others = ~(alike >> first);
    const size_t last = others ? first + (size_t)__builtin_ctzll(others) : 64;
    left = last < 64 ? left >> last << last : 0;
    // The run's end is as far as its own requests to memory go.
    if (left != 0) {
      const uint8_t *next = records + 4 * (size_t)__builtin_ctzll(left) * (8 * width + 64);
      for (size_t b = 0; b < 2 * (8 * width + 64); b += 64) __builtin_prefetch(next + b);
    }
    scan(records, 4 * first, 4 * last, width, here, some);
  }
}

void wk_scan(int isa, const uint8_t *records, size_t width, const wk_code_query *queries, size_t count) {
  void (*scan)(const uint8_t *, size_t, size_t, size_t, const wk_code_query *, size_t) = table(isa)->scan;
#if defined(__x86_64__)
  if (isa == WK_AVX512 && __builtin_cpu_supports("avx512vnni")) scan = wk_scan_vnni;
#elif defined(__aarch64__)
  if (isa == WK_NEON && (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) scan = wk_scan_dotprod;
#endif
  for (size_t start = 0; start < count; start += WK_SCAN_QUERIES) {
    const size_t some = count - start < WK_SCAN_QUERIES ? count - start : WK_SCAN_QUERIES;
    scan_words(scan, records, width, queries + start, some);
  }
}

void wk_bound_words(const wk_word_extents *words, size_t count, float error, float slack, float spread,
                    const float *along, const float *beside, float *restrict bounds, float *restrict hopes) {
  if (!words->directions) {
    for (size_t w = 0; w < count; w++) {
      bounds[w] = error * words->norms[w];
      hopes[w] = spread * bounds[w];
    }
    return;
  }
  // What belongs to the directions is gathered first; the rest becomes vectors.
  for (size_t first = 0; first < count; first += 64) {
    const size_t some = count - first < 64 ? count - first : 64;
    float p[64], o[64];
    for (size_t w = 0; w < some; w++) {
      p[w] = along[words->directions[first + w]];
      o[w] = beside[words->directions[first + w]];
    }
    const float *most = words->most + first, *least = words->least + first;
    const float *across = words->across + first, *norms = words->norms + first;
    float *out = bounds + first, *hope = hopes + first;
    for (size_t w = 0; w < some; w++) {
      const float high = p[w] * most[w], low = p[w] * least[w], by_length = error * norms[w];
      const float part = high > low ? high : low, rest = o[w] * across[w], by_angle = (part + rest) + slack * norms[w];
      out[w] = by_angle < by_length ? by_angle : by_length;
      hope[w] = part + spread * rest;
    }
  }
}

uint64_t wk_words_at_least(const float *bounds, size_t count, float at_least) {
  uint64_t words = 0;
  for (size_t w = 0; w < count; w++) words |= (uint64_t)(bounds[w] >= at_least) << w;
  return words;
}

void wk_split(const float *row, const float *direction, size_t columns, float *along, float *across) {
  // Eight sums side by side, which the compiler turns into vectors.
  double product[8] = {0}, square[8] = {0};
  for (size_t j = 0; j < columns; j++) {
    product[j % 8] += (double)row[j] * (double)direction[j];
    square[j % 8] += (double)direction[j] * (double)direction[j];
  }
  double dot = 0, length = 0, rest[8] = {0}, left = 0;
  for (size_t i = 0; i < 8; i++) dot += product[i], length += square[i];
  *along = length > 0 ? (float)(dot / length) : 0;
  for (size_t j = 0; j < columns; j++) {
    const double r = (double)row[j] - (double)*along * (double)direction[j];
    rest[j % 8] += r * r;
  }
  for (size_t i = 0; i < 8; i++) left += rest[i];
  // Each r is off by 2^-52 of its terms, and the sum by less than 2^-40.
  const double root = __builtin_sqrt(left) * (1 + 0x1p-36) + __builtin_fabs((double)*along) * 0x1p-40 * __builtin_sqrt(length);
  *across = (float)root;
  if ((double)*across < root) *across = __builtin_nextafterf(*across, __builtin_inff());
}

size_t wk_refine(int isa, const int8_t *bytes, const uint32_t *byte_scales, size_t width, const wk_byte_query *query,
                 const uint32_t *rows, size_t count, uint32_t *kept, float *lower) {
  return table(isa)->refine(bytes, byte_scales, width, query, rows, count, kept, lower);
}

size_t wk_list_places(const uint64_t *bits, size_t words, const uint16_t *order, const uint64_t *mask,
                      uint32_t *listed) {
  size_t found = 0;
  for (size_t w = 0; w < words; w++)
    for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
      const uint32_t row = order[64 * w + (size_t)__builtin_ctzll(rest)];
      listed[found] = row;
      found += mask ? mask[row / 64] >> row % 64 & 1 : 1;
    }
  return found;
}

size_t wk_list_rows(const uint64_t *bits, size_t words, const uint16_t *place, uint64_t wanted, uint32_t *listed) {
  size_t found = 0;
  for (size_t w = 0; w < words; w++)
    for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
      const uint32_t row = (uint32_t)(64 * w + (size_t)__builtin_ctzll(rest));
      listed[found] = row;
      found += wanted >> place[row] / 64 & 1;
    }
  return found;
}
