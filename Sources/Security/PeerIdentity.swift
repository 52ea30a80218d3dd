internal import Bytes
internal import Vocabulary

/// What a certificate says its holder is: the one URI of ours among its other names, and nothing else of it.
package struct PeerIdentity: Hashable, Sendable {
  /// A holder's place in its cluster.
  package enum Place: Hashable, Sendable {
    case coordinator
    case shard
    /// A client, by the id of its key.
    case client(String)
  }

  /// `[16]`, the id of the cluster.
  package let cluster: [UInt8]
  package let place: Place

  /// Bytes of the URI at most.
  private static let byteCountMax = 200

  private static let scheme = "winnow://"

  /// An identity of its parts.
  package init(cluster: [UInt8], place: Place) { (self.cluster, self.place) = (cluster, place) }

  /// The identity that a URI says; `nil` if it is none: the form is strict, and no two texts say the same.
  package init?(uri: String) {
    guard uri.utf8.count <= Self.byteCountMax, uri.hasPrefix(Self.scheme) else { return nil }
    let parts = uri.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, let cluster = Self.cluster(parts[0]) else { return nil }
    switch (parts[1], parts[2]) {
    case ("node", "coordinator"): place = .coordinator
    case ("node", "shard"): place = .shard
    case ("key", let id) where id.isKeyID: place = .client(String(id))
    default: return nil
    }
    self.cluster = cluster
  }

  /// The URI that says it.
  package var uri: String {
    let path =
      switch place {
      case .coordinator: "node/coordinator"
      case .shard: "node/shard"
      case .client(let id): "key/\(id)"
      }
    return "\(Self.scheme)\(ContentHash.hexadecimal(cluster))/\(path)"
  }

  /// The 16 bytes of a cluster's id in 32 digits of lower case.
  package static func cluster(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == 32 else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: 32, by: 2) {
      guard let high = digit(digits[place]), let low = digit(digits[place + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
