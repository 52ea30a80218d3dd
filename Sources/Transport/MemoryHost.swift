package import Vocabulary

/// A machine on a network in memory: its links live on its own executor, and what lies between it and another machine
/// can be held up, slowed down and repaired.
package struct MemoryHost: Network {
  /// The part of its addresses before the port.
  package let name: String
  private let network: MemoryNetwork
  private let executor: any LinkExecutor

  /// A machine whose listeners have addresses `NAME:PORT`.
  package init(_ name: String, on network: MemoryNetwork, executor: any LinkExecutor) {
    self.name = name
    self.network = network
    self.executor = executor
  }

  package func dial(
    _ address: String, deadline: Instant, executor: (any LinkExecutor)?,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) {
    try await network.dial(
      address, from: name, deadline: deadline, executor: executor ?? self.executor, receiver: receiver)
  }

  package func listen(
    _ address: String, whenFull: @escaping @Sendable () -> Void,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) -> any NetworkListener {
    try network.listen(address, on: executor, receiver: receiver)
  }
}

extension MemoryNetwork {
  /// Holds up everything on the way from one host to another, or lets it arrive again: nothing is lost, as in TCP.
  package func hold(from: String, to: String, _ isHeld: Bool = true) {
    change { $0.hold(from, to, isHeld) }
    for link in ends(from: from, to: to) { link.hold(isHeld) }
  }

  /// How long bytes travel from one host to another, in microseconds, from now on; links that are open keep their last
  /// delay where none is given.
  package func delay(from: String, to: String, _ microseconds: ClosedRange<UInt64>?) {
    change { $0.delay(from, to, microseconds) }
    guard let microseconds else { return }
    for link in ends(from: from, to: to) { link.delay(microseconds) }
  }

  /// The process of a host has died: its peers get resets, its listeners are gone. Its own ends hear nothing.
  package func crash(_ host: String) {
    stopListening(host: host)
    for link in ends(from: host) {
      link.executor.schedule(at: Instant(nanoseconds: 0)) { link.peerVanished() }
    }
  }

  /// The machine has lost its power: its peers hear nothing, and new dials get no answer until `powerOn`.
  package func powerOff(_ host: String) {
    stopListening(host: host)
    change { $0.setDown(host, true) }
    for link in ends(from: host) { link.silence() }
  }

  /// The machine has its power back and knows of no link; a host that still has one learns of it.
  package func powerOn(_ host: String) {
    change { $0.setDown(host, false) }
    crash(host)
  }

  /// The ends that read what a host sends, to another host or to all.
  private func ends(from: String, to: String? = nil) -> [MemoryLink] {
    links.compactMap { link in
      let peer = MemoryWeather.host(of: link.address)
      if link.dialler == from, to.map({ $0 == peer }) ?? true { return link.accepted }
      if peer == from, to.map({ $0 == link.dialler }) ?? true { return link.dialled }
      return nil
    }
  }
}
