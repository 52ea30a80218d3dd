import Bytes
import JSON

/// Leases, and the keys that they hold.
extension EtcdMessages {
  /// The answer to `presence`.
  struct PresenceAnswer: Equatable {
    /// The revision of the whole store.
    let revision: UInt64
    /// By key.
    let values: [String: [UInt8]]
  }

  /// Asks for a token.
  static func authenticate(_ user: EtcdUser) -> String {
    JSON.object([("name", .text(user.name)), ("password", .text(user.password))]).line
  }

  /// The token of the answer to `authenticate`; `nil` if it is none.
  static func token(_ body: [UInt8]) -> String? {
    guard case .text(let token)? = read(body)?["token"], !token.isEmpty,
      token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    return token
  }

  /// Asks for a lease.
  static func grant(seconds: UInt64) -> String { JSON.object([("TTL", .text(String(seconds)))]).line }

  /// Names a lease, to keep it alive or to end it.
  static func lease(_ lease: UInt64) -> String { JSON.object([("ID", .text(String(lease)))]).line }

  /// The lease of the answer to `grant`; `nil` if it is none.
  static func granted(_ body: [UInt8]) -> UInt64? { read(body)?["ID"]?.asID }

  /// Whether the answer to a keepalive says that the lease lives.
  static func isAlive(_ body: [UInt8]) -> Bool {
    // A stream of one line.
    let line = body.prefix { $0 != 0x0A }
    return read(Array(line))?["result"]?["TTL"] != nil
  }

  /// Puts a coordinator's key, takes the chair if that is free, and asks for all keys of coordinators.
  ///
  /// - Parameter chair: The value of the chair's key if this coordinator gets it; `nil`: it does not want it.
  static func presence(
    prefix: String, own key: String, _ bytes: [UInt8], lease: UInt64, chair: [UInt8]?
  ) -> String {
    let lease = JSON.text(String(lease))
    func put(_ key: String, _ bytes: [UInt8]) -> JSON {
      .object([
        ("request_put", .object([("key", base64(key)), ("value", .text(Base64.text(bytes))), ("lease", lease)]))
      ])
    }
    func range(_ key: String, end: String? = nil) -> JSON {
      .object([("request_range", .object([("key", base64(key))] + (end.map { [("range_end", base64($0))] } ?? [])))])
    }
    let chairKey = prefix + "/chair"
    let free = JSON.object([
      ("target", .text("CREATE")), ("create_revision", .text("0")), ("result", .text("EQUAL")),
      ("key", base64(chairKey)),
    ])
    // The slash and what is one above it: all keys between.
    let rest = [
      put(key, bytes), range(prefix + "/coordinator/", end: prefix + "/coordinator0"), range(chairKey),
    ]
    return JSON.object([
      ("compare", .list([free])), ("success", .list((chair.map { [put(chairKey, $0)] } ?? []) + rest)),
      ("failure", .list(rest)),
    ]).line
  }

  /// The answer to `presence`; `nil` if it is none.
  static func presenceAnswer(_ body: [UInt8]) -> PresenceAnswer? {
    guard let answer = read(body), let revision = answer["header"]?["revision"]?.asID,
      case .list(let responses)? = answer["responses"]
    else { return nil }
    var values: [String: [UInt8]] = [:]
    for response in responses {
      guard let range = response["response_range"], case .list(let found)? = range["kvs"] else { continue }
      for pair in found {
        guard case .text(let key)? = pair["key"], let name = Base64.bytes(key) else { return nil }
        guard case .text(let value)? = pair["value"], let bytes = Base64.bytes(value) else { return nil }
        values[String(decoding: name, as: UTF8.self)] = bytes
      }
    }
    return PresenceAnswer(revision: revision, values: values)
  }
}
