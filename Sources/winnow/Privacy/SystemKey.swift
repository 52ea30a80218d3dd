import SocketTransport

/// Secret bytes that the system draws.
enum SystemKey {
  /// Random bytes.
  static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: SystemRandom().next()) }
  }
}
