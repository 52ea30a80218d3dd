// AVX-512: 32 registers hold 6 rows of 64 neurons.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,popcnt"))), apply_to = function)
#define WK_TABLE wk_table_avx512
#define WK_ROWS 6
#define WK_BLOCKS 4
#define WK_SCAN "wk_scan_avx2.h"
#define WK_NARROW 512
#define WK_NARROW_ROWS 4
#define WK_NARROW_BLOCKS 2
#include "wk_template.h"
#pragma clang attribute pop
#endif
