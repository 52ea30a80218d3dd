import Transport
import Vocabulary
import Wire

/// Calls over a few connections to one address, opened when they are needed and again when they are lost.
actor PooledCaller: Caller {
  private enum Slot {
    case empty
    /// Somebody dials; the others wait to hear that it has ended.
    case dialling
    case open(ClientConnection)
  }

  private let address: String
  private let network: any Network
  private let executor: any LinkExecutor
  private let random: any RandomSource
  private let configuration: ClientConfiguration
  private var slots: [Slot]
  private var turn = 0
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private var endedTraffic = Traffic()
  private var isClosed = false

  init(
    address: String, options: ClientOptions, network: any Network, executor: any LinkExecutor,
    random: any RandomSource
  ) {
    self.address = address
    self.network = network
    self.executor = executor
    self.random = random
    var configuration = ClientConfiguration(identity: NodeIdentity(role: .client, program: options.program))
    if !options.isCompressing { configuration.compression = .none }
    self.configuration = configuration
    slots = [Slot](repeating: .empty, count: max(1, options.connectionCount))
  }

  func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
    let connection = try await connection(until: request.deadline)
    do throws(CallError) { return try await connection.call(request) } catch {
      if case .connectionLost = error { await forget(connection) }
      throw error
    }
  }

  /// Makes room for a new connection in the place of one that was lost.
  private func forget(_ connection: ClientConnection) async {
    for (index, slot) in slots.enumerated() {
      guard case .open(let open) = slot, open === connection else { continue }
      slots[index] = .empty
      endedTraffic += await connection.traffic
      return
    }
  }

  func traffic() async -> Traffic {
    var sum = endedTraffic
    for case .open(let connection) in slots { sum += await connection.traffic }
    return sum
  }

  func close() async {
    isClosed = true
    for case .open(let connection) in slots { await connection.close() }
  }

  /// The next connection in turn.
  private func connection(until deadline: Instant) async throws(CallError) -> ClientConnection {
    turn = (turn + 1) % slots.count
    let index = turn
    while !isClosed {
      switch slots[index] {
      case .open(let connection): return connection
      case .dialling:
        guard executor.clock.now() < deadline else { throw .deadlineExceeded }
        await withCheckedContinuation { waiters.append($0) }
      case .empty: return try await dial(index, until: deadline)
      }
    }
    throw .unreachable("the client is closed")
  }

  private func dial(_ index: Int, until deadline: Instant) async throws(CallError) -> ClientConnection {
    slots[index] = .dialling
    defer {
      if case .dialling = slots[index] { slots[index] = .empty }
      for waiter in waiters { waiter.resume() }
      waiters = []
    }
    do throws(NetworkError) {
      let connection = try await ClientConnection.open(
        address, over: network, configuration: configuration, random: random, deadline: deadline, executor: executor)
      guard !isClosed else {
        await connection.close()
        throw .cancelled
      }
      slots[index] = .open(connection)
      return connection
    } catch {
      throw CallError(error, address)
    }
  }
}

extension CallError {
  /// Why there is no connection.
  init(_ error: NetworkError, _ address: String) {
    self =
      switch error {
      case .cancelled: .cancelled
      case .timedOut: .unreachable("nobody answers at \(address)")
      case .refused: .unreachable("nobody listens at \(address)")
      case .badAddress: .unreachable("\(address) is no HOST:PORT of a host that is known here")
      case .addressInUse: .unreachable("\(address) is in use")
      case .system(let number): .unreachable("\(address): system error \(number)")
      }
  }
}
