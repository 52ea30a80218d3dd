#pragma once

#include <stddef.h>
#include <stdint.h>

// Continues a CRC32C over `count` more bytes; starts from 0. The check value of "123456789" is 0xE3069283.
uint32_t wk_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

// The same without the processor's instruction.
uint32_t wk_crc32c_scalar(uint32_t crc, const uint8_t *bytes, size_t count);

// Byte shuffle of `elements` values of `width` bytes each, and back; `in` and `out` do not overlap.
void wk_shuffle(const uint8_t *restrict in, uint8_t *restrict out, size_t elements, size_t width);
void wk_unshuffle(const uint8_t *restrict in, uint8_t *restrict out, size_t elements, size_t width);
