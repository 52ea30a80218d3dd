// What every target has: the compiler lowers the 16 lanes to the vectors of the target, FMA to a call of fmaf if need
// be.
#define WK_TABLE wk_table_scalar
#define WK_ROWS 2
#define WK_BLOCKS 1
#define WK_NARROW_ROWS 2
#define WK_NARROW_BLOCKS 1
#include "wk_template.h"
