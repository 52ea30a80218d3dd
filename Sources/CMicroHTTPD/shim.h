#pragma once
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>

// What Swift cannot say: a variadic function, and the constants of closed enums.

// Serves what a listening socket accepts, each connection on a thread of its own; takes the socket over if it succeeds.
// Without a socket (-1) it serves what `wm_add` gives it.
// `seconds` of silence end a connection; `bytes` is what the head of a request may take.
static inline struct MHD_Daemon *wm_start(
  int socket, unsigned connections, unsigned seconds, size_t bytes, MHD_AccessHandlerCallback handler,
  MHD_RequestCompletedCallback completed, void *context
) {
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
    MHD_USE_PEDANTIC_CHECKS | (socket < 0 ? MHD_USE_NO_LISTEN_SOCKET : 0);
  // The last option is left out where there is no socket.
  return MHD_start_daemon(
    flags, 0, NULL, NULL, handler, context, MHD_OPTION_NOTIFY_COMPLETED, completed, context,
    MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT, seconds,
    MHD_OPTION_CONNECTION_MEMORY_LIMIT, bytes, MHD_OPTION_THREAD_STACK_SIZE, (size_t)(512 << 10),
    socket < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_END);
}

// Serves one more connection and takes its socket over; the ticket stands where the address of its peer would.
static inline void wm_add(struct MHD_Daemon *daemon, int socket, unsigned ticket) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(ticket)};
  MHD_add_connection(daemon, socket, (struct sockaddr *)&place, sizeof place);
}

// The ticket of a connection that `wm_add` gave; of another one its address, or 0.
static inline unsigned wm_ticket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (!info || !info->client_addr || info->client_addr->sa_family != AF_INET) return 0;
  return ntohl(((const struct sockaddr_in *)info->client_addr)->sin_addr.s_addr);
}

static inline enum MHD_Result wm_result(int yes) { return yes ? MHD_YES : MHD_NO; }

// The value of a header of a request; NULL if there is none.
static inline const char *wm_header(struct MHD_Connection *connection, const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

// Calls `each` with the arguments that stand behind the question mark.
static inline int wm_arguments(struct MHD_Connection *connection, MHD_KeyValueIterator each, void *context) {
  return MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, each, context);
}

// A response with a copy of these bytes; NULL if there is no memory.
static inline struct MHD_Response *wm_response(const void *bytes, size_t count) {
  return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}
