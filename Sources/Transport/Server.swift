package import Vocabulary

/// A listening address and the connections that came in over it.
package final class Server: Sendable {
  private struct State {
    var connections: [ObjectIdentifier: ServerConnection] = [:]
    var totals = ServerSnapshot()
    var isDraining = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    /// Of the last connection.
    var lastNumber: UInt64 = 0
    /// How many connections there were when the network was last short of room for more.
    var shortageCount = Int.max
  }

  /// With room for fewer connections an idle one makes room, before a newcomer is refused.
  private static let marginMin = 4

  private let handler: any RequestHandler
  private let configuration: ServerConfiguration
  private let memory: RequestMemory
  private let random: any RandomSource
  private let failures = AuthFailures()
  private let keyConnections = KeyConnections()
  private let state = Lock(State())
  private let listener = Lock<(any NetworkListener)?>(nil)

  private init(handler: any RequestHandler, configuration: ServerConfiguration, random: any RandomSource) {
    self.handler = handler
    self.configuration = configuration
    self.random = random
    memory = RequestMemory(byteCountMax: configuration.requestBytesMax)
  }

  /// Listens on `HOST:PORT` (port 0: any free one) and serves every connection until `drain`.
  package static func listen(
    _ address: String, over network: any Network, handler: any RequestHandler,
    configuration: ServerConfiguration = ServerConfiguration(), random: any RandomSource
  ) async throws(NetworkError) -> Server {
    let server = Server(handler: handler, configuration: configuration, random: random)
    let listener = try await network.listen(address, whenFull: { server.noteShortage() }) {
      server.accept($0)
    }
    server.listener.withLock { $0 = listener }
    return server
  }

  /// The address in use, with the real port.
  package var address: String { listener.withLock { $0?.address } ?? "" }

  /// Bytes that the requests of all connections hold, in work or not yet whole.
  package var requestByteCount: Int { memory.usedByteCount }

  /// The server's counts so far.
  package func snapshot() async -> ServerSnapshot {
    let (connections, totals) = state.withLock { (Array($0.connections.values), $0.totals) }
    var snapshot = totals
    snapshot.connectionCount = connections.count
    for connection in connections {
      let link = await connection.snapshot
      snapshot.add(link)
      snapshot.links.append(link)
    }
    return snapshot
  }

  /// Stops listening, says GOAWAY on every connection, answers what is in flight and waits until all have closed,
  /// which the drain time of the limits bounds.
  package func drain() async {
    await listener.withLock { $0 }?.close()
    let connections = state.withLock { state in
      state.isDraining = true
      return Array(state.connections.values)
    }
    for connection in connections { await connection.drain() }
    await withCheckedContinuation { waiter in
      let isDone = state.withLock { state in
        if !state.connections.isEmpty { state.waiters.append(waiter) }
        return state.connections.isEmpty
      }
      if isDone { waiter.resume() }
    }
  }

  /// The keys have changed: connections whose key holds no more end, also those that ask for nothing.
  package func recheckAccess() {
    for connection in state.withLock({ Array($0.connections.values) }) { connection.recheckAccess() }
  }

  /// Stops listening and closes every connection at once.
  package func close() async {
    await listener.withLock { $0 }?.close()
    let connections = state.withLock { state in
      state.isDraining = true
      return Array(state.connections.values)
    }
    for connection in connections { await connection.abort() }
  }

  private func accept(_ link: any ByteLink) -> any LinkReceiver {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    let connection = ServerConnection(
      link: link, handler: handler, configuration: configuration, memory: memory, caller: CallerID(number),
      failures: failures, keyConnections: keyConnections, random: random
    ) { [weak self] connection, reason, snapshot in self?.ended(connection, reason, snapshot) }
    let (isWelcome, isNearlyFull) = state.withLock { state in
      state.totals.acceptedCount += 1
      guard state.connections.count < configuration.connectionsMax, !state.isDraining else {
        state.totals.refusedCount += 1
        return (false, false)
      }
      state.connections[ObjectIdentifier(connection)] = connection
      let mostUsual = min(state.shortageCount, configuration.connectionsMax - Self.marginMin)
      return (true, state.connections.count > mostUsual)
    }
    guard isWelcome else {
      releaseIdle()
      link.abort()
      return RefusedLink()
    }
    connection.start()
    if isNearlyFull { releaseIdle() }
    return connection
  }

  /// The network is short of room with as many connections as there are: beyond that number an idle client is let go for
  /// each newcomer, also for those who take the places that this frees.
  private func noteShortage() {
    state.withLock { $0.shortageCount = $0.connections.count }
    releaseIdle()
  }

  /// Lets the client go that has asked for nothing for longest; it connects again when it has something to ask.
  private func releaseIdle() {
    state.withLock { state in
      var idlest: (connection: ServerConnection, since: Instant)?
      for connection in state.connections.values {
        guard let since = connection.idleSince, idlest.map({ since < $0.since }) ?? true else { continue }
        idlest = (connection, since)
      }
      guard let idlest else { return }
      state.totals.releasedCount += 1
      idlest.connection.release()
    }
  }

  /// Idle clients that were let go, since descriptors or connections were short.
  package var releasedCount: UInt64 { state.withLock { $0.totals.releasedCount } }

  private func ended(_ connection: ServerConnection, _ reason: CloseReason, _ snapshot: ServerConnection.Snapshot) {
    let waiters = state.withLock { state in
      state.connections[ObjectIdentifier(connection)] = nil
      state.totals.count(reason)
      state.totals.add(snapshot)
      guard state.connections.isEmpty else { return [CheckedContinuation<Void, Never>]() }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

/// The owner of a link that was closed as soon as it opened.
private final class RefusedLink: LinkReceiver {
  func linkReceived(_ bytes: [UInt8]) {}

  func linkDrained() {}

  func linkEnded(_ end: LinkEnd) {}
}
