// NEON, which every aarch64 has: 32 registers hold 6 rows of 16 neurons. Compiled for
// aarch64, not yet run there.
#if defined(__aarch64__)
#define WK_TABLE wk_table_neon
#define WK_ROWS 6
#define WK_BLOCKS 1
#define WK_NARROW_ROWS 4
#define WK_NARROW_BLOCKS 1
#include "wk_template.h"
#endif
