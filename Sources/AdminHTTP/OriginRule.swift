/// Which requests a server takes, by what a browser says of the page that sends them.
///
/// A page of another site can make a browser send requests to loopback. If its name was pointed there (DNS rebinding),
/// `Host` is that name; otherwise `Origin` is.
struct OriginRule: Sendable {
  /// Whether only this machine reaches the server.
  let isLoopback: Bool
  /// Whether its pages come as `https`.
  let isSecure: Bool

  /// Why a request is refused, if it is.
  func refusal(method: AdminMethod, host: String?, origin: String?, contentType: String?) -> AdminResponse? {
    if isLoopback, let host, !Self.isLoopback(host) {
      return .text(
        "This port answers to 127.0.0.1, [::1] and localhost, not to the name in the Host header.\n", status: 403)
    }
    guard method == .post else { return nil }
    if let origin, let host, origin != "\(isSecure ? "https" : "http")://\(host)" {
      return .text("A page of another site cannot use this port.\n", status: 403)
    }
    let type = contentType?.split(separator: ";").first?.split(separator: " ").first.map(String.init)
    return type?.lowercased() == "application/json"
      ? nil : .text("The body has to come as Content-Type: application/json.\n", status: 415)
  }

  /// Whether a `Host` header names this machine itself, with any port: a tunnel may have another port.
  static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased()
    let colon = host.lastIndex(of: ":")
    let isBracketed = host.hasPrefix("[")
    var name = host[...]
    if let colon, !isBracketed || host[colon...].allSatisfy({ $0 != "]" }) {
      guard host[host.index(after: colon)...].allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
      name = host[..<colon]
    }
    if name == "localhost" || name == "[::1]" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
