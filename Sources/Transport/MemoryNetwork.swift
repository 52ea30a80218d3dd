package import Vocabulary

/// A network in memory: the twin of sockets for tests and the simulator, without a thread or a clock of its own.
///
/// On a `ManualExecutor` it is deterministic. Addresses are any text; port 0 gives a free one.
package final class MemoryNetwork: Network {
  private struct Listening: Sendable {
    let number: UInt64
    let executor: any LinkExecutor
    let receiver: @Sendable (any ByteLink) -> any LinkReceiver
  }

  private struct State: Sendable {
    var conditions: MemoryConditions
    var listeners: [String: Listening] = [:]
    var unreachable: Set<String> = []
    var links: [Ends] = []
    var lastNumber: UInt64 = 0
    var weather = MemoryWeather()
  }

  /// Both ends of a link that lives, by the host that dialled and the address that was dialled.
  struct Ends: Sendable {
    let dialler: String
    let address: String
    weak var dialled: MemoryLink?
    weak var accepted: MemoryLink?
  }

  private let executor: any LinkExecutor
  private let random: any RandomSource
  private let state: Lock<State>

  /// How often a dial is tried that the weather keeps from arriving.
  private static let redialMicroseconds: UInt64 = 200_000

  /// A network whose accepted links, and dialled ones that name no other, live on `executor`.
  package init(
    executor: any LinkExecutor, random: any RandomSource, conditions: MemoryConditions = MemoryConditions()
  ) {
    self.executor = executor
    self.random = random
    state = Lock(State(conditions: conditions))
  }

  /// How links treat bytes that are opened from now on.
  package var conditions: MemoryConditions {
    get { state.withLock { $0.conditions } }
    set { state.withLock { $0.conditions = newValue } }
  }

  package func dial(
    _ address: String, deadline: Instant, executor: (any LinkExecutor)?,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) {
    try await dial(address, from: "", deadline: deadline, executor: executor ?? self.executor, receiver: receiver)
  }

  /// Opens a link from a host.
  func dial(
    _ address: String, from host: String, deadline: Instant, executor: any LinkExecutor,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) {
    guard address.contains(":") else { throw .badAddress(address) }
    let attempt = MemoryDial()
    let timer = executor.schedule(at: deadline) { attempt.finish(.failure(.timedOut)) }
    // One way there.
    let delay = weather.delay(host, MemoryWeather.host(of: address)) ?? conditions.delayMicroseconds
    let arrival = executor.clock.now().advanced(microseconds: delay.lowerBound)
    arrive(attempt, address, from: host, at: arrival, executor, receiver)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { attempt.wait($0) }
    } onCancel: {
      attempt.finish(.failure(.cancelled))
    }
    executor.cancelTimer(timer)
    try result.get()
  }

  /// Opens the link, or tries again later while the weather is against it; an unreachable peer does not answer.
  private func arrive(
    _ attempt: MemoryDial, _ address: String, from host: String, at instant: Instant, _ executor: any LinkExecutor,
    _ receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) {
    executor.schedule(at: instant) {
      guard !attempt.isClaimed, !self.state.withLock({ $0.unreachable.contains(address) }) else { return }
      let peer = MemoryWeather.host(of: address)
      guard !self.weather.isHeld(host, peer), !self.weather.isHeld(peer, host) else {
        let later = executor.clock.now().advanced(microseconds: Self.redialMicroseconds)
        return self.arrive(attempt, address, from: host, at: later, executor, receiver)
      }
      guard attempt.claim() else { return }
      attempt.resume(self.open(address, from: host, executor, receiver) ? .success(()) : .failure(.refused(address)))
    }
  }

  package func listen(
    _ address: String, whenFull: @escaping @Sendable () -> Void,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) -> any NetworkListener {
    try listen(address, on: executor, receiver: receiver)
  }

  /// Listens; the links that are accepted live on an executor.
  func listen(
    _ address: String, on executor: any LinkExecutor,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) throws(NetworkError) -> any NetworkListener {
    guard let colon = address.lastIndex(of: ":") else { throw .badAddress(address) }
    return try state.withLock { (state) throws(NetworkError) in
      state.lastNumber += 1
      let isFree = address[colon...] == ":0"
      let name = isFree ? "\(address[..<colon]):\(49_151 + state.lastNumber)" : address
      guard state.listeners[name] == nil else { throw .addressInUse(address) }
      state.listeners[name] = Listening(number: state.lastNumber, executor: executor, receiver: receiver)
      return MemoryListener(address: name, number: state.lastNumber, network: self)
    }
  }

  /// Takes a listener away unless another one has its address.
  func stopListening(_ address: String, number: UInt64) {
    state.withLock { if $0.listeners[address]?.number == number { $0.listeners[address] = nil } }
  }
}

// MARK: - Faults

extension MemoryNetwork {
  /// Resets every link to a listening address, as the kernel does for a process that died.
  package func reset(_ address: String) {
    for ends in links(to: address) {
      guard let accepted = ends.accepted else { continue }
      accepted.executor.schedule(at: Instant(nanoseconds: 0)) { accepted.fail(.failed(MemoryLink.reset)) }
    }
  }

  /// Swallows everything to and from an address without telling either end, on open links and new dials.
  package func isolate(_ address: String) {
    state.withLock { _ = $0.unreachable.insert(address) }
    for ends in links(to: address) { (ends.dialled ?? ends.accepted)?.silence() }
  }

  /// Lets new dials reach an isolated address again; links that were swallowed stay dead.
  package func restore(_ address: String) { state.withLock { _ = $0.unreachable.remove(address) } }

  private func links(to address: String) -> [Ends] {
    state.withLock { $0.links.filter { $0.address == address } }
  }

  /// Every link that lives.
  var links: [Ends] { state.withLock { $0.links } }

  /// The conditions between hosts.
  var weather: MemoryWeather { state.withLock { $0.weather } }

  /// Changes what is between hosts, for links and dials that come.
  func change(_ body: (inout MemoryWeather) -> Void) { state.withLock { body(&$0.weather) } }

  /// Takes all listeners of a host away.
  func stopListening(host: String) {
    state.withLock { state in state.listeners = state.listeners.filter { MemoryWeather.host(of: $0.key) != host } }
  }

  /// Makes both ends; the dialled one starts here, on its executor, the accepted one on the listener's.
  private func open(
    _ address: String, from host: String, _ dialler: any LinkExecutor,
    _ receiver: (any ByteLink) -> any LinkReceiver
  ) -> Bool {
    let found = state.withLock { state in
      state.lastNumber += 1
      return state.listeners[address].map { ($0, state.conditions, state.weather, state.lastNumber) }
    }
    guard let (listening, conditions, weather, number) = found else { return false }
    let peer = MemoryWeather.host(of: address)
    let there = MemoryPipe(conditions: conditions, random: random)
    let back = MemoryPipe(conditions: conditions, random: random)
    if let delay = weather.delay(host, peer) { there.delay(delay) }
    if let delay = weather.delay(peer, host) { back.delay(delay) }
    let dialled = MemoryLink(executor: dialler, peerAddress: address, inbound: back, outbound: there)
    let accepted = MemoryLink(
      executor: listening.executor, peerAddress: "memory:\(number)", inbound: there, outbound: back)
    MemoryLink.join(dialled, accepted)
    state.withLock { state in
      state.links.removeAll { $0.dialled == nil && $0.accepted == nil }
      state.links.append(Ends(dialler: host, address: address, dialled: dialled, accepted: accepted))
    }
    listening.executor.schedule(at: Instant(nanoseconds: 0)) { accepted.start(listening.receiver) }
    dialled.start(receiver)
    return true
  }
}

/// An address at which a `MemoryNetwork` is listened on.
private struct MemoryListener: NetworkListener {
  let address: String
  let number: UInt64
  let network: MemoryNetwork

  func close() async { network.stopListening(address, number: number) }
}

/// A dial that several things may end; the first one does.
private final class MemoryDial: Sendable {
  private struct State: Sendable {
    var isClaimed = false
    var result: Result<Void, NetworkError>?
    var continuation: CheckedContinuation<Result<Void, NetworkError>, Never>?
  }

  private let state = Lock(State())

  /// Whether something has ended it.
  var isClaimed: Bool { state.withLock { $0.isClaimed } }

  /// Whether the caller is the first and decides the result, by `resume`.
  func claim() -> Bool {
    state.withLock { state in
      defer { state.isClaimed = true }
      return !state.isClaimed
    }
  }

  func resume(_ result: Result<Void, NetworkError>) {
    let continuation = state.withLock { state in
      state.result = result
      return state.continuation
    }
    continuation?.resume(returning: result)
  }

  func finish(_ result: Result<Void, NetworkError>) { if claim() { resume(result) } }

  func wait(_ continuation: CheckedContinuation<Result<Void, NetworkError>, Never>) {
    let result = state.withLock { state in
      state.continuation = continuation
      return state.result
    }
    if let result { continuation.resume(returning: result) }
  }
}
