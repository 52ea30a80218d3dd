#pragma once
// The bare epoll echo that ours is compared with: as little as correct code can do.

#include <stdint.h>

// Listens on 127.0.0.1 and returns the descriptor; the port in `port`.
int wl_echo_listen(uint16_t *port);
// Echoes on every connection, for ever.
void wl_echo_serve(int listener);
// Sends `size` bytes and waits for them to come back, `rounds` times through its own epoll; the nanoseconds of each
// round in `out`. Returns 0 or a negated errno.
int wl_echo_drive(uint16_t port, uint32_t size, uint32_t rounds, uint64_t *out);
// Binds the calling thread, and those that it starts later, to one processor.
int wl_echo_pin(int processor);
