// Large pieces of memory in huge pages. Pieces are cut from chunks one after another; one that is given back waits for
// another of its size, and a chunk without a piece in use goes back to the system.
#include "wk_memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WK_HUGE_PAGE ((size_t)2 << 20)
#define WK_CHUNK ((size_t)64 << 20)
/// Smaller pieces are left to the allocator of the system, larger ones than the second get a chunk of their own.
#define WK_PIECE_MIN ((size_t)32 << 10)
#define WK_PIECE_MAX (WK_CHUNK / 4)

typedef struct wk_chunk {
  size_t used;   // bytes from the chunk's start that were ever given out
  size_t pieces; // in use
} wk_chunk;

/// A piece that was given back, and the next one.
typedef struct wk_piece {
  struct wk_piece *next;
  size_t bytes;
} wk_piece;

static pthread_mutex_t wk_memory_lock = PTHREAD_MUTEX_INITIALIZER;
static wk_chunk *wk_current;
/// Pieces by a hash of their size.
static wk_piece *wk_waiting[64];

static size_t wk_rounded(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

static void wk_out_of_memory(size_t bytes) {
  fprintf(stderr, "out of memory: no %zu bytes\n", bytes);
  abort();
}

/// Fresh memory from the system, whose address is a multiple of its size or of a huge page.
static void *wk_map(size_t bytes, size_t alignment) {
  uint8_t *whole = mmap(0, bytes + alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (whole == MAP_FAILED) wk_out_of_memory(bytes);
  uint8_t *start = (uint8_t *)wk_rounded((uintptr_t)whole, alignment);
  if (start > whole) munmap(whole, (size_t)(start - whole));
  munmap(start + bytes, (size_t)(whole + alignment - start));
  madvise(start, bytes, MADV_HUGEPAGE);
  return start;
}

static wk_piece **wk_list(size_t bytes) { return &wk_waiting[(bytes / 64 * 0x9E3779B97F4A7C15u) >> 58]; }

static wk_chunk *wk_chunk_of(void *memory) { return (wk_chunk *)((uintptr_t)memory / WK_CHUNK * WK_CHUNK); }

/// A piece from those that wait or from the current chunk.
static void *wk_cut(size_t bytes) {
  for (wk_piece **at = wk_list(bytes); *at; at = &(*at)->next)
    if ((*at)->bytes == bytes) {
      wk_piece *piece = *at;
      *at = piece->next;
      wk_chunk_of(piece)->pieces++;
      return piece;
    }
  if (!wk_current || WK_CHUNK - wk_current->used < bytes) {
    wk_current = wk_map(WK_CHUNK, WK_CHUNK);
    *wk_current = (wk_chunk){.used = 64, .pieces = 0};
  }
  void *piece = (uint8_t *)wk_current + wk_current->used;
  wk_current->used += bytes;
  wk_current->pieces++;
  return piece;
}

static void wk_return(void *memory, size_t bytes) {
  wk_chunk *chunk = wk_chunk_of(memory);
  wk_piece *piece = memory, **list = wk_list(bytes);
  *piece = (wk_piece){.next = *list, .bytes = bytes};
  *list = piece;
  if (--chunk->pieces > 0) return;
  for (size_t i = 0; i < sizeof wk_waiting / sizeof *wk_waiting; i++)
    for (wk_piece **at = &wk_waiting[i]; *at;) {
      if (wk_chunk_of(*at) == chunk) *at = (*at)->next;
      else at = &(*at)->next;
    }
  if (chunk == wk_current) chunk->used = 64;
  else munmap(chunk, WK_CHUNK);
}

void *wk_allocate(size_t bytes) {
  bytes = wk_rounded(bytes > 0 ? bytes : 1, 64);
  if (bytes < WK_PIECE_MIN) {
    void *memory = aligned_alloc(64, bytes);
    if (!memory) wk_out_of_memory(bytes);
    return memory;
  }
  if (bytes > WK_PIECE_MAX) return wk_map(wk_rounded(bytes, WK_HUGE_PAGE), WK_HUGE_PAGE);
  pthread_mutex_lock(&wk_memory_lock);
  void *piece = wk_cut(bytes);
  pthread_mutex_unlock(&wk_memory_lock);
  return piece;
}

void wk_deallocate(void *memory, size_t bytes) {
  bytes = wk_rounded(bytes > 0 ? bytes : 1, 64);
  if (bytes < WK_PIECE_MIN) {
    free(memory);
  } else if (bytes > WK_PIECE_MAX) {
    munmap(memory, wk_rounded(bytes, WK_HUGE_PAGE));
  } else {
    pthread_mutex_lock(&wk_memory_lock);
    wk_return(memory, bytes);
    pthread_mutex_unlock(&wk_memory_lock);
  }
}
