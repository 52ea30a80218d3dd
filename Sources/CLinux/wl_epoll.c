#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

_Static_assert(EPOLLIN == 0x001 && EPOLLOUT == 0x004 && EPOLLERR == 0x008 && EPOLLHUP == 0x010, "epoll numbers");
_Static_assert((uint32_t)EPOLLET == 1u << 31, "epoll numbers");

static int result(int value) { return value < 0 ? -errno : value; }

int wl_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t tag) {
  struct epoll_event event = {.events = events, .data.u64 = tag};
  return result(epoll_ctl(epoll, operation, fd, &event));
}

int wl_epoll_add(int epoll, int fd, uint32_t events, uint64_t tag) {
  return control(epoll, EPOLL_CTL_ADD, fd, events, tag);
}

int wl_epoll_modify(int epoll, int fd, uint32_t events, uint64_t tag) {
  return control(epoll, EPOLL_CTL_MOD, fd, events, tag);
}

int wl_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

// Kernels before 5.11 and some sandboxes lack epoll_pwait2; they get whole milliseconds, rounded up.
static int wait_milliseconds(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns) {
  int64_t milliseconds = timeout_ns < 0 ? -1 : timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
  if (milliseconds > 1 << 30) milliseconds = 1 << 30;
  return epoll_wait(epoll, events, capacity, (int)milliseconds);
}

int wl_epoll_wait(int epoll, wl_event *out, int capacity, int64_t timeout_ns) {
  static int lacks_pwait2;
  struct epoll_event events[WL_EVENTS_MAX];
  if (capacity > WL_EVENTS_MAX) capacity = WL_EVENTS_MAX;
  int count;
  if (timeout_ns <= 0 || __atomic_load_n(&lacks_pwait2, __ATOMIC_RELAXED)) {
    count = wait_milliseconds(epoll, events, capacity, timeout_ns);
  } else {
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    count = epoll_pwait2(epoll, events, capacity, &timeout, NULL);
    if (count < 0 && errno == ENOSYS) {
      __atomic_store_n(&lacks_pwait2, 1, __ATOMIC_RELAXED);
      count = wait_milliseconds(epoll, events, capacity, timeout_ns);
    }
  }
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) out[i] = (wl_event){.tag = events[i].data.u64, .events = events[i].events};
  return count;
}

int wl_eventfd_create(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int wl_eventfd_signal(int fd) {
  uint64_t one = 1;
  return write(fd, &one, sizeof one) < 0 ? -errno : 0;
}

int wl_close(int fd) { return result(close(fd)); }

int wl_open_null(void) { return result(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

int wl_read_byte(int fd) {
  uint8_t byte;
  ssize_t count = read(fd, &byte, 1);
  return count < 0 ? -errno : count == 0 ? -EPIPE : byte;
}
