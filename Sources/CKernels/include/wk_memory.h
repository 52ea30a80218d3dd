#pragma once

#include <stddef.h>

/// Memory for what a search reads: large pieces lie side by side in huge pages, where the system has them, so that a
/// row anywhere in a gigabyte costs no walk of page tables. Aligned to 64 bytes; ends the process if there is none.
void *_Nonnull wk_allocate(size_t bytes);

/// Gives back what `wk_allocate` gave for the same number of bytes.
void wk_deallocate(void *_Nonnull memory, size_t bytes);
