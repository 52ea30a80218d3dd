#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local const void *thread_mark;

void wl_thread_set_mark(const void *mark) { thread_mark = mark; }

const void *wl_thread_mark(void) { return thread_mark; }

int wl_thread_set_name(const char *name) { return -pthread_setname_np(pthread_self(), name); }

int wl_thread_set_slice(uint64_t nanoseconds) {
  // The kernel's struct sched_attr in its first version; the C library has no name for it.
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {0};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return -errno;
  if (attributes.policy != SCHED_OTHER) return 0;
  attributes.runtime = nanoseconds;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? 0 : -errno;
}

int wl_thread_give_way(int steps) {
  // On Linux niceness belongs to a thread, and 0 stands for the one that calls.
  errno = 0;
  int niceness = getpriority(PRIO_PROCESS, 0);
  if (errno != 0) return -errno;
  return setpriority(PRIO_PROCESS, 0, niceness + steps) == 0 ? 0 : -errno;
}

int wl_cpu_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

uint64_t wl_random(void) {
  uint64_t value;
  // A request of 8 bytes is never cut short once the kernel's pool is ready.
  while (getrandom(&value, sizeof value, 0) != sizeof value)
    if (errno != EINTR) abort();
  return value;
}

size_t wl_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

int wl_heap_keep_apart(int bytes) { return mallopt(M_MMAP_THRESHOLD, bytes) == 1 ? 0 : -EINVAL; }

int wl_signal_ignore(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -errno : 0; }

int wl_signal_release(int number) { return signal(number, SIG_DFL) == SIG_ERR ? -errno : 0; }

static int signal_write_end = -1;

static void handle(int number) {
  int saved = errno;
  uint8_t byte = (uint8_t)number;
  // A full pipe means that enough of them are waiting already.
  ssize_t ignored = write(signal_write_end, &byte, 1);
  (void)ignored;
  errno = saved;
}

int wl_signal_pipe(void) {
  int ends[2];
  if (signal_write_end >= 0) return -EALREADY;
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
  signal_write_end = ends[1];
  return ends[0];
}

int wl_signal_catch(int number) {
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL) < 0 ? -errno : 0;
}
