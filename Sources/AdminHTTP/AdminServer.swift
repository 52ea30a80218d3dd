import CMicroHTTPD
import Glibc
package import SocketTransport
package import Transport
package import Vocabulary

/// A small HTTP server for people and their tools: metrics, health, console. Queries do not pass through it.
///
/// It answers GET, HEAD and, where a route says so, POST; it has no CORS, and refuses what a page of another site sends.
/// Connections, time and sizes are bounded by `AdminLimits`.
@safe package final class AdminServer: Sendable {
  // SAFETY: `daemon` is used by one at a time, who has taken it out of the lock.
  @safe private struct Daemon: @unchecked Sendable {
    let pointer: OpaquePointer
    let context: Unmanaged<AdminDesk>
    /// The listening socket, once it listens no more; closed when no thread can use it any longer.
    var socket: Int32?
  }

  /// Where it listens, `HOST:PORT`; empty: another one listens for it.
  package let address: String
  private let desk: AdminDesk
  private let daemon: Lock<Daemon?>

  /// Where its connections come from.
  package enum Door: Sendable {
    /// A socket that listens, which is taken over.
    case plain(ListeningSocket)
    /// Another listener under TLS, which gives each connection to `take`.
    case secure(isLoopback: Bool)
  }

  /// Takes connections; `run` answers.
  ///
  /// - Parameters:
  ///   - routes: No two of the same path and method.
  ///   - access: Who may ask for what; `nil`: everyone for everything.
  /// - Throws: `.system` if there is no thread or memory left.
  package init(
    _ door: Door, routes: [AdminRoute], access: (any AdminAccess)? = nil, limits: AdminLimits = AdminLimits(),
    clock: any MonotonicClock
  ) throws(NetworkError) {
    let socket: ListeningSocket?
    switch door {
    case .plain(let listening):
      (socket, address) = (listening, listening.address)
      desk = AdminDesk(limits, isLoopback: listening.isLoopback, isSecure: false, access: access, clock: clock)
    case .secure(let isLoopback):
      (socket, address) = (nil, "")
      desk = AdminDesk(limits, isLoopback: isLoopback, isSecure: true, access: access, clock: clock)
    }
    desk.add(routes)
    let context = unsafe Unmanaged.passRetained(desk)
    guard
      let pointer = unsafe wm_start(
        socket?.descriptor ?? -1, UInt32(limits.connectionsMax), UInt32(limits.silenceSecondsMax), limits.headBytesMax,
        requestCame, requestEnded, context.toOpaque())
    else {
      unsafe context.release()
      socket?.close()
      throw .system(ENOMEM)
    }
    daemon = unsafe Lock(Daemon(pointer: pointer, context: context))
  }

  deinit { stop() }

  /// Takes a connection over whose bytes a link under TLS carries.
  ///
  /// - Returns: What has to be called when the link has ended.
  package func take(_ descriptor: Int32, of link: any ByteLink) -> @Sendable () -> Void {
    let ticket = desk.admit(link)
    daemon.withLock { daemon in
      // SAFETY: the daemon runs for as long as it is there; it takes the descriptor over, also where it refuses it.
      guard let daemon else {
        Glibc.close(descriptor)
        return
      }
      unsafe wm_add(daemon.pointer, descriptor, ticket)
    }
    return { [desk] in desk.forget(ticket) }
  }

  /// Answers further paths.
  package func add(_ routes: [AdminRoute]) { desk.add(routes) }

  /// Answers requests, several at once, until `close`; then the open ones get their answers and the server ends.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for await exchange in desk.exchanges {
        group.addTask { [desk] in
          exchange.give(await exchange.route.answer(exchange.request))
          desk.answered()
        }
      }
    }
    stop()
  }

  /// Stops listening and takes no new requests.
  package func close() {
    // SAFETY: the library is told once, before its end.
    daemon.withLock { daemon in
      guard let running = daemon, running.socket == nil else { return }
      let socket = unsafe MHD_quiesce_daemon(running.pointer)
      guard socket >= 0 else { return }
      shutdown(socket, Int32(SHUT_RDWR))
      daemon?.socket = socket
    }
    desk.close()
  }

  /// Blocks until all connections have ended.
  private func stop() {
    let taken = daemon.withLock { daemon in
      defer { daemon = nil }
      return daemon
    }
    guard let taken else { return }
    desk.close()
    desk.waitUntilIdle(microseconds: desk.limits.endMicrosecondsMax)
    // SAFETY: the pointer was taken out of the lock, so no other call has it; when this call returns, no thread of
    // libmicrohttpd is left that uses the desk.
    unsafe MHD_stop_daemon(taken.pointer)
    if let socket = taken.socket { Glibc.close(socket) }
    unsafe taken.context.release()
  }
}
