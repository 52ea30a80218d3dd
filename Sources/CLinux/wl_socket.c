#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int64_t wl_receive(int fd, void *out, size_t count) {
  ssize_t got;
  do got = recv(fd, out, count, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

int64_t wl_send(int fd, const void *bytes, size_t count, int more) {
  ssize_t sent;
  do sent = send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

static socklen_t load(const wl_address *address, struct sockaddr_storage *storage) {
  memset(storage, 0, sizeof *storage);
  socklen_t size = address->size <= sizeof address->bytes ? address->size : sizeof address->bytes;
  memcpy(storage, address->bytes, size);
  return size;
}

static int store(const void *socket_address, socklen_t size, wl_address *out) {
  memset(out, 0, sizeof *out);
  if (size > sizeof out->bytes) return -EAFNOSUPPORT;
  out->size = size;
  memcpy(out->bytes, socket_address, size);
  return 0;
}

int wl_resolve(const char *host, const char *port, int numeric, int passive, wl_address *out, int capacity) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
  if (numeric) hints.ai_flags |= AI_NUMERICHOST;
  if (passive) hints.ai_flags |= AI_PASSIVE;
  struct addrinfo *list = NULL;
  if (getaddrinfo(host, port, &hints, &list) != 0) return 0;
  int count = 0;
  for (struct addrinfo *each = list; each && count < capacity; each = each->ai_next)
    if (store(each->ai_addr, each->ai_addrlen, &out[count]) == 0) count++;
  freeaddrinfo(list);
  return count;
}

// Best effort: a socket that lacks an option still works.
static void set_options(int fd) {
  int on = 1, timeout_ms = 20000, idle_s = 10, interval_s = 5, probes = 2;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

static int stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

static int close_failed(int fd) {
  int error = errno;
  close(fd);
  return -error;
}

int wl_dial(const wl_address *address) {
  struct sockaddr_storage storage;
  socklen_t size = load(address, &storage);
  int fd = stream_socket(storage.ss_family);
  if (fd < 0) return -errno;
  set_options(fd);
  if (connect(fd, (struct sockaddr *)&storage, size) < 0 && errno != EINPROGRESS && errno != EINTR)
    return close_failed(fd);
  return fd;
}

int wl_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -errno;
  if (error) return -error;
  // A dial to a free port of the ephemeral range may meet itself (simultaneous open).
  wl_address local;
  struct sockaddr_storage storage;
  socklen_t peer_size = sizeof storage;
  if (getpeername(fd, (struct sockaddr *)&storage, &peer_size) < 0) return -errno;
  wl_address peer;
  if (store(&storage, peer_size, &peer) == 0 && wl_local_address(fd, &local) == 0 &&
      memcmp(&local, &peer, sizeof local) == 0)
    return -ECONNREFUSED;
  return 0;
}

int wl_listen(const wl_address *address, int backlog) {
  struct sockaddr_storage storage;
  socklen_t size = load(address, &storage);
  int fd = stream_socket(storage.ss_family);
  if (fd < 0) return -errno;
  int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      bind(fd, (struct sockaddr *)&storage, size) < 0 || listen(fd, backlog) < 0)
    return close_failed(fd);
  return fd;
}

int wl_accept(int fd, wl_address *peer) {
  struct sockaddr_storage storage;
  socklen_t size = sizeof storage;
  int accepted = accept4(fd, (struct sockaddr *)&storage, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted < 0) return -errno;
  set_options(accepted);
  store(&storage, size, peer);
  return accepted;
}

int wl_shutdown_write(int fd) { return result(shutdown(fd, SHUT_WR)); }

int wl_abort(int fd) {
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return result(close(fd));
}

int wl_set_buffers(int fd, int send_bytes, int receive_bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) < 0) return -errno;
  return result(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes));
}

int wl_local_address(int fd, wl_address *out) {
  struct sockaddr_storage storage;
  socklen_t size = sizeof storage;
  if (getsockname(fd, (struct sockaddr *)&storage, &size) < 0) return -errno;
  return store(&storage, size, out);
}

int wl_address_text(const wl_address *address, char *out, size_t capacity) {
  struct sockaddr_storage storage;
  load(address, &storage);
  char host[INET6_ADDRSTRLEN] = "";
  int count;
  if (storage.ss_family == AF_INET6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&storage;
    inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
    count = snprintf(out, capacity, "[%s]:%u", host, ntohs(six->sin6_port));
  } else {
    struct sockaddr_in *four = (struct sockaddr_in *)&storage;
    inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
    count = snprintf(out, capacity, "%s:%u", host, ntohs(four->sin_port));
  }
  return count >= 0 && (size_t)count < capacity ? count : -ENOSPC;
}

int wl_notify(const char *path, const char *text) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return -EINVAL;
  memcpy(address.sun_path, path, length);
  // The name of an abstract socket begins with a zero, and has none behind it.
  if (path[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  ssize_t sent = sendto(
      fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  int status = sent < 0 ? -errno : 0;
  close(fd);
  return status;
}
