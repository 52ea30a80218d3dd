package import Vocabulary

/// How often the addresses of callers have proved a key wrongly of late: ten times at once, ten times a minute after that.
package final class AuthFailures: Sendable {
  /// The first part of an address, which one holder has all of: an address of IPv4, the first 64 bits of one of IPv6.
  private struct Origin: Hashable {
    let text: String

    init(_ peerAddress: String) {
      let host = peerAddress[..<(peerAddress.lastIndex(of: ":") ?? peerAddress.endIndex)]
      guard host.first == "[" else {
        text = String(host)
        return
      }
      let halves = host.dropFirst().prefix { $0 != "]" }.split(separator: "::", omittingEmptySubsequences: false)
        .map { $0.split(separator: ":") }
      let given = halves.reduce(0) { $0 + $1.count }
      let zeros = [Substring](repeating: "0", count: max(0, 8 - given))
      let groups = (halves.first ?? []) + zeros + halves.dropFirst().joined()
      text = groups.prefix(4).joined(separator: ":")
    }
  }

  private static let (atOnce, microsecondsEach): (UInt64, UInt64) = (10, 6_000_000)
  /// Addresses that are remembered; beyond that the one goes that is soonest forgiven.
  private static let originsMax = 4096

  /// When all that an address was wrong is forgiven.
  private let forgiven = Lock<[Origin: Instant]>([:])

  /// Every address may be wrong.
  package init() {}

  /// Notes that an address, `HOST:PORT`, was wrong.
  ///
  /// - Returns: Whether it may be; `false`: it was too often.
  package func note(_ peerAddress: String, at now: Instant) -> Bool {
    let origin = Origin(peerAddress)
    return forgiven.withLock { forgiven in
      let end = max(forgiven[origin] ?? now, now)
      guard now.microseconds(until: end) <= (Self.atOnce - 1) * Self.microsecondsEach else { return false }
      if forgiven.count >= Self.originsMax, forgiven[origin] == nil {
        forgiven = forgiven.filter { $0.value > now }
        if forgiven.count >= Self.originsMax, let first = forgiven.min(by: { $0.value < $1.value })?.key {
          forgiven[first] = nil
        }
      }
      forgiven[origin] = end.advanced(microseconds: Self.microsecondsEach)
      return true
    }
  }
}
