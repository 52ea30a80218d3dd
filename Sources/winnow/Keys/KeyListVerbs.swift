import Arguments
import JSON
import SocketTransport
import Vocabulary

/// `winnow key list` and `winnow key revoke`: what keys there are, and their end.
enum KeyListVerbs {
  static let list = Verb(
    command: Command(
      name: "list", summary: "Show the keys of a file, without what proves them", positionals: [KeyList.file]),
    run: show)

  static let revoke = Verb(
    command: Command(
      name: "revoke", summary: "End a key now",
      details: "Coordinators end its connections when they take the file: within ten seconds, or at SIGHUP.",
      positionals: [KeyList.file, KeyList.id]), run: end)

  @Sendable private static func show(_ session: Session) async throws(Failure) -> ExitCode {
    let keys = try KeyList(session).keys
    var table = Table([
      ("key", .left), ("roles", .left), ("collections", .left), ("proof", .left), ("holds", .left), ("note", .left),
    ])
    for key in keys {
      table.add([
        text(key["id"]), text(key["roles"]), key["collections"].map { text($0) } ?? "all",
        key["stored"] == nil ? "certificate" : "key", state(key), text(key["note"]),
      ])
    }
    session.print(
      .list(
        keys.map { key in
          guard case .object(let members) = key else { return key }
          return .object(members.filter { !["stored", "server"].contains($0.0) } + [("state", .text(state(key)))])
        }), human: table.lines.joined(separator: "\n") + "\n")
    return .ok
  }

  @Sendable private static func end(_ session: Session) async throws(Failure) -> ExitCode {
    let id = session[KeyList.id]
    var list = try KeyList(session)
    _ = try list.key(id)
    list.set("enabled", .bool(false), of: id)
    try list.write()
    session.print(.object([("id", .text(id)), ("enabled", .bool(false))]), human: "key \(id) holds no more\n")
    return .ok
  }

  private static func state(_ key: JSON) -> String {
    if key["enabled"] == .bool(false) { return "no more: revoked" }
    guard case .int(let end)? = key["expires"] else { return "always" }
    let seconds = end - Int(NetworkSecurity.seconds)
    return seconds <= 0 ? "no more: expired" : "for \(seconds / 86_400) more days"
  }

  private static func text(_ json: JSON?) -> String {
    switch json {
    case .text(let text)?: text.visible
    case .list(let list)?: list.map { text($0) }.joined(separator: ", ")
    default: ""
    }
  }
}
