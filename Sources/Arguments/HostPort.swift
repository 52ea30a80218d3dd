/// A host and a port as people write them: `HOST:PORT`, with an IPv6 address in brackets.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address, without brackets.
  package let host: String
  /// A TCP port; 0 asks the system for a free one.
  package let port: UInt16

  /// A host, unchecked, and a port.
  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// - Returns: `nil` if there is no host of 1…253 printable characters or no port of 0…65,535.
  package init?(_ text: some StringProtocol) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(digits)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
      !host.contains("["),
      !host.contains("]")
    else { return nil }
    self.init(host: String(host), port: port)
  }

  /// As it is written, with brackets around an IPv6 address.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
