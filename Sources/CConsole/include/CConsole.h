// The files of the console as constants of the program: page, style and the modules of its script. They are read from
// files/ when the program is compiled, so the program is still one file. Nothing here allocates.
#pragma once

#include <stddef.h>

/// A file: its name, ended by a zero byte, and its bytes.
typedef struct {
  const char *name;
  const unsigned char *bytes;
  size_t count;
} wc_file;

/// How many files there are.
size_t wc_file_count(void);

/// A file; `index` is below `wc_file_count()`.
wc_file wc_file_at(size_t index);
