internal import Bytes

/// What both sides of a connection have seen of it: a proof is good for this connection and this server alone.
package struct KeyTranscript: Hashable, Sendable {
  /// The end point of a plain link.
  package static let plainLink = [UInt8](repeating: 0, count: ContentHash.byteCount)

  /// `[32]`.
  package let hash: [UInt8]

  /// The transcript of two bodies as they travelled.
  ///
  /// - Parameter endPoint: The SHA-256 of the server's certificate; zeros on a plain link.
  package init(hello: [UInt8], welcome: [UInt8], endPoint: [UInt8]) {
    hash = ContentHash.sha256(joining: [
      Array("winnow auth 1".utf8), [0], Self.count(hello), hello, Self.count(welcome), welcome, endPoint,
    ])
  }

  private static func count(_ bytes: [UInt8]) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
  }
}
