/// The conditions between the hosts of a network in memory.
struct MemoryWeather: Sendable {
  /// From one host to another.
  private struct Way: Hashable, Sendable {
    let from: String
    let to: String
  }

  private var held: Set<Way> = []
  private var delays: [Way: ClosedRange<UInt64>] = [:]
  private var down: Set<String> = []

  /// The host of `HOST:PORT`.
  static func host(of address: String) -> String {
    address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address
  }

  /// Whether nothing arrives from one host at another.
  func isHeld(_ from: String, _ to: String) -> Bool {
    held.contains(Way(from: from, to: to)) || down.contains(from) || down.contains(to)
  }

  /// How long bytes travel, in microseconds; `nil`: as the conditions of the link say.
  func delay(_ from: String, _ to: String) -> ClosedRange<UInt64>? { delays[Way(from: from, to: to)] }

  mutating func hold(_ from: String, _ to: String, _ isHeld: Bool) {
    if isHeld { held.insert(Way(from: from, to: to)) } else { held.remove(Way(from: from, to: to)) }
  }

  mutating func delay(_ from: String, _ to: String, _ microseconds: ClosedRange<UInt64>?) {
    delays[Way(from: from, to: to)] = microseconds
  }

  mutating func setDown(_ host: String, _ isDown: Bool) {
    if isDown { down.insert(host) } else { down.remove(host) }
  }
}
