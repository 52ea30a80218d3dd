#pragma once
// What Swift's Glibc module hides or imports badly: epoll, eventfd, accept4, socket options, signals.
//
// Every function returns a value of 0 or more, or a negated errno, so that Swift code never reads errno itself.
// Nothing here allocates or keeps a pointer. The header must not define _GNU_SOURCE (it would clash with Glibc).

#include <stddef.h>
#include <stdint.h>

// Readiness, by the numbers of <sys/epoll.h>.
static const uint32_t WL_READABLE = 0x001;
static const uint32_t WL_WRITABLE = 0x004;
static const uint32_t WL_FAILED = 0x008;
static const uint32_t WL_HUNG_UP = 0x010;
static const uint32_t WL_EDGE = 1u << 31;

// The most events that one wait returns.
#define WL_EVENTS_MAX 64

typedef struct {
  uint64_t tag;
  uint32_t events;
} wl_event;

// An IPv4 or IPv6 socket address: a struct sockaddr_in or sockaddr_in6 of `size` bytes.
typedef struct {
  uint32_t size;
  uint8_t bytes[28];
} wl_address;

// epoll
int wl_epoll_create(void);
int wl_epoll_add(int epoll, int fd, uint32_t events, uint64_t tag);
int wl_epoll_modify(int epoll, int fd, uint32_t events, uint64_t tag);
int wl_epoll_remove(int epoll, int fd);
// Waits for at most `timeout_ns` (negative: for ever) and returns how many events stand in `out`; 0 when interrupted.
int wl_epoll_wait(int epoll, wl_event *out, int capacity, int64_t timeout_ns);

// An eventfd: a descriptor that becomes readable when signalled.
int wl_eventfd_create(void);
int wl_eventfd_signal(int fd);

// Descriptors
int wl_close(int fd);
int wl_open_null(void);
// Reads what is there into `out`; 0 at the end of the stream.
int64_t wl_receive(int fd, void *out, size_t count);
// Writes without blocking and without SIGPIPE; `more` says that another call follows at once.
int64_t wl_send(int fd, const void *bytes, size_t count, int more);
// Reads one byte from a pipe.
int wl_read_byte(int fd);

// Sockets. Every stream socket is non-blocking and close-on-exec, with TCP_NODELAY, keepalive and a user timeout of 20 s.
// Resolves a host and a port; `numeric` allows no name (never blocks), `passive` asks for addresses to listen on.
// Returns how many addresses stand in `out`; 0 if there are none.
int wl_resolve(const char *host, const char *port, int numeric, int passive, wl_address *out, int capacity);
// Starts to connect; the socket is writable when that is over, then ask wl_socket_error.
int wl_dial(const wl_address *address);
// The pending error of a socket, cleared by asking: 0 or a negated errno. A socket connected to itself is refused.
int wl_socket_error(int fd);
int wl_listen(const wl_address *address, int backlog);
int wl_accept(int fd, wl_address *peer);
int wl_shutdown_write(int fd);
// Closes with a reset, dropping what the kernel still holds.
int wl_abort(int fd);
int wl_set_buffers(int fd, int send_bytes, int receive_bytes);
int wl_local_address(int fd, wl_address *out);
// Writes `HOST:PORT` (`[HOST]:PORT` for IPv6) with a terminating zero.
int wl_address_text(const wl_address *address, char *out, size_t capacity);

// Threads
// A mark that each thread carries: which executor it is.
void wl_thread_set_mark(const void *mark);
const void *wl_thread_mark(void);
int wl_thread_set_name(const char *name);
// Asks for turns of this number of nanoseconds on a core: a thread that works a little at a time then gets its turn
// sooner, and no more time. Kernels before 6.12 take no notice.
int wl_thread_set_slice(uint64_t nanoseconds);
// Lets the calling thread give way to others by some steps of niceness: each is about a fifth less of a busy core.
int wl_thread_give_way(int steps);
// Processors on which this process may run.
int wl_cpu_count(void);

// Services
// Sends a text to the datagram socket of the local machine at this path; '@' at its beginning stands for an abstract name.
int wl_notify(const char *path, const char *text);

// Memory
// Bytes of the heap that are in use.
size_t wl_heap_bytes(void);
// From now on blocks of at least `bytes` get pages of their own, which go back to the system when they are freed.
int wl_heap_keep_apart(int bytes);

// Random bytes from the kernel.
uint64_t wl_random(void);

// Signals
int wl_signal_ignore(int number);
// Makes a pipe; returns its reading end. From then on the signals caught are written into it, a byte each.
int wl_signal_pipe(void);
int wl_signal_catch(int number);
// Gives a signal its default meaning back.
int wl_signal_release(int number);
