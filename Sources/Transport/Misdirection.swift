/// Another protocol on our port, recognised by its first bytes.
package enum Misdirection: Sendable, Hashable {
  case http
  case tls
  case other

  /// A guess from the first bytes of a connection.
  package init(firstBytes: ArraySlice<UInt8>) {
    let start = Array(firstBytes.prefix(4))
    if ["GET ", "POST", "PUT ", "HEAD"].contains(where: { Array($0.utf8) == start }) {
      self = .http
    } else {
      self = start.starts(with: [0x16, 0x03]) ? .tls : .other
    }
  }
}
