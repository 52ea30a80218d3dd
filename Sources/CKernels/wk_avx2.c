// AVX2 and FMA: 16 registers hold 6 rows of 16 neurons.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,popcnt"))), apply_to = function)
#define WK_TABLE wk_table_avx2
#define WK_ROWS 6
#define WK_BLOCKS 1
#define WK_SCAN "wk_scan_avx2.h"
#define WK_NARROW 256
#define WK_NARROW_ROWS 4
#define WK_NARROW_BLOCKS 1
#include "wk_template.h"
#pragma clang attribute pop
#endif
