// The numeric kernels of Winnow, in C for run-time choice of the instruction set. Nothing here allocates, keeps a
// pointer, reads the environment or has state. Every instruction set gives the same bits (proto-spec/09-arithmetic.md).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wk_bytes.h"
#include "wk_histories.h"
#include "wk_learning.h"

/// Instruction sets; an argument of every kernel. One that this machine lacks must not be passed.
enum { WK_SCALAR = 0, WK_AVX2 = 1, WK_AVX512 = 2, WK_NEON = 3 };

/// Whether this build and this CPU have the instruction set.
int wk_available(int isa);

/// Float64 sum of squares, ascending.
double wk_norm_squared(const float *values, size_t count);

/// scores[i] = query · (row i at rows + i * stride); `stride` floats a row, a multiple of 16, the query as long.
void wk_dots(int isa, const float *query, const float *rows, size_t stride, size_t count, float *scores);

/// scores[i] = query · (row indices[i] at rows + indices[i] * stride).
void wk_dots_at(int isa, const float *query, const float *rows, size_t stride, const uint32_t *indices, size_t count,
                float *scores);

/// Writes first + i for every i < count, ascending, with scores[i] >= at_least and bit i of `mask` set (no mask: all);
/// returns how many. `selected` has room for `count`; `mask` has (count + 63) / 64 words.
size_t wk_select(int isa, const float *scores, size_t count, float at_least, const uint64_t *mask, uint32_t first,
                 uint32_t *selected);

/// Bit i of `bits` tells whether low <= bytes[i] <= high; `count` is a multiple of 64.
void wk_within(int isa, const uint8_t *bytes, size_t count, uint8_t low, uint8_t high, uint64_t *bits);

/// Asks memory for values that are read soon.
void wk_prefetch(const float *values, size_t count);

/// Shapes of an affine product; strides in floats.
typedef struct {
  size_t rows, inputs, outputs;
  size_t x_row, x_step;     // x of row i, input k at i * x_row + k * x_step
  size_t w_step, w_block;   // weights of input k, neurons 16 b … 16 b + 15 at k * w_step + b * w_block
  size_t start_row;         // start of row i at i * start_row; 0 gives every row the same; padded to 16 neurons
  size_t y_row;             // y of row i at i * y_row
  int relu;                 // whether WK_RELU is applied to y as it is stored
} wk_affine_shape;

/// y[i, o] = start[i, o], then for k ascending: y[i, o] = fma(x[i, k], w[k, o], y[i, o]). `y` may be `start`; no start
/// stands for zeros.
void wk_affine(int isa, const wk_affine_shape *shape, const float *x, const float *w, const float *start, float *y);

/// Activations; an argument of `wk_activate`.
enum { WK_RELU = 1, WK_SIGMOID = 2, WK_TANH = 3, WK_GELU = 4 };

/// Applies an activation to each value in place.
void wk_activate(int isa, int kind, float *values, size_t count);

/// Shapes of a layer on narrow inputs: `steps` groups of 4 int8 or 2 bf16 inputs; x_row in elements, y_row in floats, a
/// multiple of 16. Weights stand in blocks of 16 outputs, within a block by group, within a group by output.
typedef struct {
  size_t rows, steps, outputs, x_row, y_row;
  int relu;  // whether WK_RELU is applied to y as it is stored
} wk_narrow_shape;

/// y[i, o] = fma(float(sum of x[i, k] * w[o, k]), scales[o], start[o]); the sum is exact. All padded to 16 outputs.
void wk_affine_int8(int isa, const wk_narrow_shape *shape, const uint8_t *x, const int8_t *w, const float *scales,
                    const float *start, float *y);

/// y[i, o] = start[o], then for each pair of inputs the product of the second and then that of the first, by FMA.
void wk_affine_bf16(int isa, const wk_narrow_shape *shape, const uint16_t *x, const uint16_t *w, const float *start,
                    float *y);

/// Rounds rows of inputs to whole numbers 0...255: (x - low) * inverse, nearest, ties to even. `columns` is a multiple of 16.
void wk_to_int8(int isa, const float *low, const float *inverse, const float *x, size_t x_row, size_t rows,
                size_t columns, uint8_t *to, size_t to_row);

/// Rounds rows of inputs to bf16, ties to even; what is below 2^-40 becomes 0. `columns` is a multiple of 16.
void wk_to_bf16(int isa, const float *x, size_t x_row, size_t rows, size_t columns, uint16_t *to, size_t to_row);

/// Rounds values as `wk_to_bf16` does and widens them again; `count` is a multiple of 16.
void wk_round_bf16(int isa, const float *from, size_t count, float *to);

/// How numbers become inputs of the re-ranker (proto-spec/08-files/model.md).
typedef struct {
  float mean, scale, missing;
  int takes_log;
} wk_normalisation;

/// to[i * to_row] = the input for values[i]; `missing` for a NaN and every other value that is no finite float32.
void wk_normalise(int isa, const wk_normalisation *how, const double *values, size_t count, float *to, size_t to_row);

// MARK: Codes (see Sources/Kernels/Kernels.docc/Bounds.md)

/// Sixteen rows to encode: order[i], `columns` floats, at rows + order[i] * stride; `width` is `columns` rounded up to 16.
typedef struct {
  const float *rows;
  size_t stride, columns, width;
  const uint16_t *order;
} wk_code_rows;

/// A query as the scan of 4-bit codes sees it: a row is reached if
/// fma(error, e, (float(sum of code * byte) + offset) * s) >= at_least, with s and e the row's scale and error. Only
/// the words of the set bits are looked at, word w being records 4 w ... 4 w + 3; bit i of reached[g] tells of row i of
/// record g.
typedef struct {
  const int8_t *bytes;  // [width]
  float offset, error, at_least;
  uint64_t words;
  uint16_t *reached;
} wk_code_query;

/// What is known of the rows of each word of a block: the greatest norm and, where the rows lie by direction, the number
/// of their direction c, the range of a where x = a c + r, and the greatest norm of r; all rounded outward.
typedef struct {
  const float *norms;
  const float *most, *least, *across;  // NULL: the rows do not lie by direction
  const uint32_t *directions;
} wk_word_extents;

/// A query as the second look sees it: fma(error, e, (dot(values, codes) + offset) * s) >= at_least.
typedef struct {
  const float *values;  // [width]
  float offset, error, at_least;
} wk_byte_query;

/// Rotates 16 vectors side by side, `values` [width][16]; `signs` [2 * width] are +-1.
void wk_rotate(int isa, size_t width, const float *signs, float *values);

/// Encodes 16 rows: `record` takes 8 * width + 64 bytes; `bytes` [width] and `byte_scales` lie as the rows do; `scratch`
/// is [width][16], 64-byte aligned. Raises `*spread` and `*norm` to the greatest norm of 4-bit codes less 7.5 and of rows.
void wk_encode(int isa, const wk_code_rows *in, const float *signs, float *scratch, uint8_t *record, int8_t *bytes,
               uint32_t *byte_scales, float *spread, float *norm);

/// Scans records of 16 rows, at most 64 words of four records, for several queries at once.
void wk_scan(int isa, const uint8_t *records, size_t width, const wk_code_query *queries, size_t count);

/// bounds[w] = min(error * norms[w], max(p * most[w], p * least[w]) + o * across[w] + slack * norms[w]) with p = along[d]
/// and o = beside[d] of the word's direction d; the first term alone where rows do not lie by direction. What a word may
/// be hoped to reach, hopes[w], is the same with `spread` times o, without slack, and with spread * error alone.
void wk_bound_words(const wk_word_extents *words, size_t count, float error, float slack, float spread,
                    const float *along, const float *beside, float *bounds, float *hopes);

/// The bits of those of at most 64 bounds that are no less than `at_least`.
uint64_t wk_words_at_least(const float *bounds, size_t count, float at_least);

/// Splits a row into a part along a direction and the rest, x = along * c + r: `along` is any number near x.c / c.c, and
/// `across` no less than the norm of r.
void wk_split(const float *row, const float *direction, size_t columns, float *along, float *across);

/// Keeps those of `rows` whose 8-bit codes may reach the threshold; `lower` takes what each of them reaches at least:
/// fma(-error, e, (dot(values, codes) - offset) * s).
size_t wk_refine(int isa, const int8_t *bytes, const uint32_t *byte_scales, size_t width, const wk_byte_query *query,
                 const uint32_t *rows, size_t count, uint32_t *kept, float *lower);

/// Lists the rows order[i] of the bits i set in `words` words, those alone whose own bit is set in `mask` if there is one;
/// returns how many.
size_t wk_list_places(const uint64_t *bits, size_t words, const uint16_t *order, const uint64_t *mask, uint32_t *listed);

/// Lists the rows of the bits set in `words` words whose place lies in a word of `wanted`; returns how many.
size_t wk_list_rows(const uint64_t *bits, size_t words, const uint16_t *place, uint64_t wanted, uint32_t *listed);
