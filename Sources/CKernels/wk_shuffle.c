// Byte shuffle: the first bytes of all elements, then the second bytes, and so on.
#include "CKernels.h"

void wk_shuffle(const uint8_t *restrict in, uint8_t *restrict out, size_t elements, size_t width) {
  for (size_t b = 0; b < width; b++) {
    uint8_t *plane = out + b * elements;
    for (size_t i = 0; i < elements; i++) plane[i] = in[i * width + b];
  }
}

void wk_unshuffle(const uint8_t *restrict in, uint8_t *restrict out, size_t elements, size_t width) {
  for (size_t b = 0; b < width; b++) {
    const uint8_t *plane = in + b * elements;
    for (size_t i = 0; i < elements; i++) out[i * width + b] = plane[i];
  }
}
