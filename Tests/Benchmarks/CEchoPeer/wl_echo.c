#define _GNU_SOURCE
#include "CEchoPeer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

static void watch(int epoll, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void no_delay(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static struct sockaddr_in loopback(uint16_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int wl_echo_listen(uint16_t *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 128) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &size) < 0)
    return -errno;
  *port = ntohs(address.sin_port);
  return fd;
}

// A peer that does not read is waited for: this is a yardstick, not a server.
static int write_all(int fd, const uint8_t *bytes, ssize_t count) {
  while (count > 0) {
    ssize_t sent = send(fd, bytes, (size_t)count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return -errno;
    if (sent > 0) bytes += sent, count -= sent;
  }
  return 0;
}

void wl_echo_serve(int listener) {
  static uint8_t buffer[BUFFER_BYTES];
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  for (;;) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) continue;
        no_delay(accepted);
        watch(epoll, accepted);
        continue;
      }
      ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0 || write_all(fd, buffer, got) < 0) close(fd);
    }
  }
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int one_round(int epoll, int fd, uint8_t *buffer, uint32_t size) {
  int status = write_all(fd, buffer, size);
  if (status < 0) return status;
  for (uint32_t received = 0; received < size;) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) < 1) continue;
    ssize_t got = recv(fd, buffer, size - received, 0);
    if (got == 0) return -EPIPE;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return -errno;
    if (got > 0) received += (uint32_t)got;
  }
  return 0;
}

int wl_echo_drive(uint16_t port, uint32_t size, uint32_t rounds, uint64_t *out) {
  static uint8_t buffer[BUFFER_BYTES];
  if (size > sizeof buffer) return -EINVAL;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = loopback(port);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return -errno;
  no_delay(fd);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, fd);
  int status = 0;
  for (uint32_t round = 0; round < rounds && status == 0; round++) {
    uint64_t start = now();
    status = one_round(epoll, fd, buffer, size);
    out[round] = now() - start;
  }
  close(epoll);
  close(fd);
  return status;
}

int wl_echo_pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return sched_setaffinity(0, sizeof set, &set) < 0 ? -errno : 0;
}
