import Glibc
package import Telemetry
package import Transport
package import Vocabulary

/// The network of the machine: TCP over IPv4 and IPv6, on the event loops of a group.
package final class SocketNetwork: Network {
  private let group: EventLoopGroup
  /// `nil`: links are plain.
  package let door: Door?
  /// Connections that listeners closed at once, for lack of descriptors.
  package let turnedAway = Counter()

  /// A network on those loops, of plain links.
  package init(group: EventLoopGroup) { (self.group, door) = (group, nil) }

  /// A network whose links are all under TLS.
  ///
  /// - Parameter doorLoop: Where handshakes are made; `nil`: on the first of the loops.
  package init(group: EventLoopGroup, security: NetworkSecurity, doorLoop: EventLoop? = nil) {
    self.group = group
    door = Door(on: doorLoop ?? group.loops[0], security)
  }

  /// Dials each address of a name in turn until one answers.
  ///
  /// - Precondition: `executor`, if given, is an `EventLoop`.
  package func dial(
    _ address: String, deadline: Instant, executor: (any LinkExecutor)?,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) {
    let loop = eventLoop(of: executor)
    let target = try SocketAddress.split(address)
    let addresses = try await SocketAddress.resolve(target, deadline: deadline, loop: loop)
    let attempt = DialAttempt(
      address, addresses: addresses, loop: loop, security: door.map { ($0.security, target.host) }, receiver: receiver)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isPlanned = loop.runSoon { attempt.start(deadline: deadline, continuation) }
        if !isPlanned { continuation.resume(returning: .failure(.cancelled)) }
      }
    } onCancel: {
      loop.runSoon { attempt.cancel() }
    }
    try result.get()
  }

  /// Listens on an IPv4 or IPv6 literal (`[::1]:7700`) or `localhost`, which is 127.0.0.1 here.
  package func listen(
    _ address: String, whenFull: @escaping @Sendable () -> Void,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) -> any NetworkListener {
    let target = try SocketAddress.split(address)
    guard let local = target.literal(passive: true) else { throw .badAddress(address) }
    let listener = try SocketListener(
      address, local: local, group: group, door: door, turnedAway: turnedAway, whenFull: whenFull, receiver: receiver)
    try await listener.start()
    return listener
  }

  private func eventLoop(of executor: (any LinkExecutor)?) -> EventLoop {
    guard let executor else { return group.next() }
    guard let loop = executor as? EventLoop else { preconditionFailure("sockets live on event loops") }
    return loop
  }
}

extension NetworkError {
  /// The error for what the system said about an address.
  static func forAddress(_ address: String, errno number: Int32) -> NetworkError {
    switch number {
    // A reset during the dial comes from a listener that turns all dials away.
    case ECONNREFUSED, ECONNRESET: .refused(address)
    case EADDRINUSE: .addressInUse(address)
    case ETIMEDOUT: .timedOut
    default: .system(number)
    }
  }

  /// The errno of `.system`; 0 for the others.
  var systemNumber: Int32 {
    if case .system(let number) = self { number } else { 0 }
  }
}
