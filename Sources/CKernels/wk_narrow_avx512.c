// Layers on 8-bit and 16-bit inputs by AVX-512 VNNI and BF16: 32 registers hold 6 rows of 64 outputs.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma,bmi,popcnt"))), apply_to = function)
#include "wk_table.h"
#include "wk_vector.h"
#include "wk_activations.h"
#define WK_NARROW WK_NARROW_VNNI
#define WK_NARROW_ROWS 6
#define WK_NARROW_BLOCKS 4
#define WK_NARROW_SCOPE
#define WK_NARROW_INT8 wk_int8_vnni
#define WK_NARROW_BF16 wk_bf16_avx512
#include "wk_narrow.h"
#pragma clang attribute pop
#endif
