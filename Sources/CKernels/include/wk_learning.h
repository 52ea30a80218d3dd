// What training needs beside the forward kernels. `isa` as in CKernels.h; every instruction set gives the same bits.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Multiplies gradients by an activation's derivative, from the layer's sums before it (read for GELU only) and its
/// outputs.
void wk_activate_back(int isa, int kind, const float *sums, const float *outputs, float *gradients, size_t count);

/// Keeps value i, multiplied by `scale`, if a hash of `key` and first + i is at least `threshold`; else sets it to 0.
void wk_dropout(int isa, uint32_t key, uint32_t first, uint32_t threshold, float scale, float *values, size_t count);

/// One step of Adam: g += decay p; m = fma(beta1, m, (1 - beta1) g); v = fma(beta2, v, ((1 - beta2) g) g);
/// p = p - (step m) / fma(sqrt(v), root_scale, epsilon).
typedef struct {
  float beta1, one_minus_beta1, beta2, one_minus_beta2;
  float step;        // learning rate / (1 - beta1^t)
  float root_scale;  // 1 / sqrt(1 - beta2^t)
  float epsilon, decay;
} wk_adam_step;

/// `count` is a multiple of 16; no gradients stand for zeros.
void wk_adam(int isa, const wk_adam_step *step, const float *gradients, float *values, float *first, float *second,
             size_t count);

/// sums[i] = parts[i] + parts[part_stride + i] + … in this order; `count` is a multiple of 16.
void wk_sum(int isa, const float *parts, size_t part_stride, size_t part_count, float *sums, size_t count);

/// Binary cross-entropy on logits: losses[i] = weights[i] * (max(z, 0) - z t + log(1 + e^-|z|)), and
/// gradients[i] = (sigmoid(z) - t) * (weights[i] * scale).
void wk_cross_entropy(int isa, const float *logits, const float *targets, const float *weights, float scale,
                      float *gradients, float *losses, size_t count);

/// Softmax cross-entropy of one row, in place: values become (p - [i = target]) * scale; returns the loss.
/// The sum of e^(z - max) runs in 16 lanes, folded 8-4-2-1.
float wk_softmax(int isa, float *values, size_t count, size_t target, float scale);

/// Pairwise ranking of one row whose first value is the positive's: the loss is the mean of log(1 + e^-(z0 - zj)) over
/// the others; values become its gradient times `scale`.
float wk_pairwise(int isa, float *values, size_t count, float scale);

/// to[j * to_row + i] = from[i * from_row + j].
void wk_transpose(int isa, const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row);

/// Copies `columns` floats of row indices[i] of a table to to + i * to_row.
void wk_gather(const float *table, size_t stride, const uint32_t *indices, size_t count, size_t columns, float *to,
               size_t to_row);

/// A batch of pairs: row a_indices[i] of table a with row b_indices[i] of table b, both of `stride` padded floats.
typedef struct {
  const float *a, *b;
  const uint32_t *a_indices, *b_indices;
  size_t stride, count;
} wk_pairs;

/// to[i * to_row + k] = a[k] * b[k] for k < columns.
void wk_products(int isa, const wk_pairs *pairs, size_t columns, float *to, size_t to_row);

/// to[i * to_row] = the inner product of the two rows.
void wk_pair_dots(int isa, const wk_pairs *pairs, float *to, size_t to_row);

/// The way back: adds product[k] * b[k] and dot * b[k] to a_gradients, and the same with a to b_gradients; the rows of
/// both are `stride` floats. `products` [count, products_row] or `dots` (one float a row) may be absent.
void wk_pairs_back(int isa, const wk_pairs *pairs, size_t columns, const float *products, const float *dots,
                   size_t row, float *a_gradients, float *b_gradients);

/// Adds row i of `rows` to row indices[i] of `sums` if that lies in first..<last, i ascending. A row whose stamp is not
/// `stamp` is overwritten instead and listed in `touched`; returns how many were listed.
size_t wk_add_rows(int isa, const float *rows, size_t stride, const uint32_t *indices, size_t count, uint32_t first,
                   uint32_t last, uint32_t stamp, uint32_t *stamps, float *sums, uint32_t *touched);

/// Which rows flow into which: row to[k] takes share[k] times row from[k], k ascending.
typedef struct {
  const uint32_t *from, *to;
  const float *share;
  size_t count;
} wk_links;

/// Lets rows of `rows` flow into those rows of `sums` that lie in first..<last, by FMA. With stamps, a row whose stamp is
/// not `stamp` starts from +0 and is listed in `touched`; returns how many were listed.
size_t wk_add_links(int isa, const float *rows, const wk_links *links, size_t stride, uint32_t first, uint32_t last,
                    uint32_t stamp, uint32_t *stamps, float *sums, uint32_t *touched);

/// Solves a x = b for a symmetric positive definite matrix of which the upper triangle is read, `stride` floats a row.
/// Overwrites both; b has `stride` floats. Returns 0 if the matrix is not positive definite in float32.
int wk_solve(int isa, float *a, size_t stride, size_t size, float *b);
