/// The role of a program on a connection; the raw value is its number in HELLO and WELCOME.
package enum NodeRole: UInt8, Worded, Sendable, CaseIterable {
  case client = 0
  case coordinator = 1
  case shard = 2

  /// The word for logs and status.
  package var words: String {
    switch self {
    case .client: "client"
    case .coordinator: "coordinator"
    case .shard: "shard"
    }
  }
}
