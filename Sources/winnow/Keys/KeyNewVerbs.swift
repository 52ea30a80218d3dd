import Arguments
import Bytes
import JSON
import Security
import SocketTransport
import Storage
import Vocabulary

/// `winnow key new` and `winnow key rotate`: make a key, or the successor of one.
enum KeyNewVerbs {
  static let roles = Flag.list(
    "role", .choice(Roles.words.map(\.word)), "What the key may do; several with commas.", placeholder: "ROLE,…")
  static let collections = Flag.list(
    "collection", .string, "The collections that the key sees, or beginnings of names with * behind; without it all.",
    placeholder: "NAME,…")
  static let days = Flag("days", .int(1...36_500), "After how many days the key ends; without it never.")
  static let note = Flag("note", .string, "What the key is for.")
  static let queries = Flag(
    "queries-per-second", rate, "Queries that the key may ask in a second; without it no limit.")
  static let items = Flag(
    "items-per-second", rate, "Items and events that the key may write in a second; without it no limit.")
  static let work = Flag(
    "work-per-second", rate,
    "Rows times dimension, in millions, that its queries may search in a second; without it no limit.")
  static let connections = Flag(
    "connections", rate, "Connections that the key may hold at each coordinator; without it no limit.")
  static let out = Flag(
    "out", .outputFile, "Where the key itself goes, which its holder gives as --key-file; without it, it is printed.")
  static let overlap = Flag("overlap-days", .int(0...3650), "How long the old key still holds.", default: "7")

  private static let rate = ValueKind.int(1...1_000_000_000)

  static let new = Verb(
    command: Command(
      name: "new", summary: "Make a key for a client",
      details: """
        The file keeps what a coordinator knows the key by, not the key: that is shown once, or goes into the file of --out. \
        Coordinators take the file as it changes, within ten seconds or at SIGHUP.
        """,
      flags: [roles, collections, days, queries, items, work, connections, note, out],
      positionals: [KeyList.file, KeyList.id]), run: make)

  static let rotate = Verb(
    command: Command(
      name: "rotate", summary: "Make the successor of a key, which ends a little later",
      details: """
        The new key has the old one's rights and its id with the next number behind. Give it to the client, and see that the \
        client works, before the old one ends.
        """,
      flags: [overlap, out], positionals: [KeyList.file, KeyList.id]), run: succeed)

  @Sendable private static func make(_ session: Session) async throws(Failure) -> ExitCode {
    let id = session[KeyList.id]
    var list = try KeyList(session, mayBeNew: true)
    guard id.isKeyID else { throw session.usage(KeyList.id, "takes 1 to 32 of a-z, 0-9 and -") }
    guard !list.has(id) else {
      throw Failure(.conflict, "there is a key \(id) already", advice: "'winnow key rotate' makes its successor")
    }
    let roles = session[Self.roles].map { JSON.text($0) }
    guard !roles.isEmpty else { throw session.usage(Self.roles, "is missing: say what the key may do") }
    var members: [(String, JSON)] = [("id", .text(id)), ("roles", .list(roles))]
    let collections = session[Self.collections]
    if !collections.isEmpty { members.append(("collections", .list(collections.map { .text($0) }))) }
    if let days = session[Self.days] { members.append(("expires", .int(Self.end(in: days)))) }
    let quotas: [(String, JSON)] = [
      (Self.queries, session[Self.queries]), (Self.items, session[Self.items]), (Self.work, session[Self.work]),
      (Self.connections, session[Self.connections]),
    ].compactMap { flag, rate in
      rate.map { (flag.row.name.replacing("-", with: "_"), JSON.int($0)) }
    }
    if !quotas.isEmpty { members.append(("quota", .object(quotas))) }
    if let note = session[Self.note] { members.append(("note", .text(note))) }
    try checkOut(session)
    let key = Self.key(id)
    list.add(.object(members + Self.hashes(of: key)))
    try list.write()
    return try hand(key, session)
  }

  @Sendable private static func succeed(_ session: Session) async throws(Failure) -> ExitCode {
    let id = session[KeyList.id]
    var list = try KeyList(session)
    guard case .object(let members) = try list.key(id) else { return .failed }
    try checkOut(session)
    let key = Self.key(try Self.successor(of: id, in: list))
    let kept = members.filter { !["id", "stored", "server", "expires", "enabled"].contains($0.0) }
    list.add(.object([("id", .text(key.id))] + kept + Self.hashes(of: key)))
    list.set("expires", .int(Self.end(in: session[Self.overlap])), of: id)
    try list.write()
    return try hand(key, session)
  }

  /// Refuses a file for the key that is there already: it may be another key.
  private static func checkOut(_ session: Session) throws(Failure) {
    guard let path = session[Self.out], FileIdentity(path).kind != .missing else { return }
    throw Failure(.conflict, "\(path.visible) is there already", advice: "give --out another name")
  }

  /// Shows the key once, or keeps it in a file.
  private static func hand(_ key: ClientKey, _ session: Session) throws(Failure) -> ExitCode {
    if let path = session[Self.out] {
      try KeyList.keep(Array("\(key.text)\n".utf8), at: path)
      session.print(
        .object([("id", .text(key.id)), ("file", .text(path))]), human: "key \(key.id) is in \(path.visible)\n")
    } else {
      session.print(.object([("id", .text(key.id)), ("key", .text(key.text))]), human: "\(key.text)\n")
    }
    return .ok
  }

  private static func key(_ id: String) -> ClientKey {
    ClientKey(id: id, secret: SystemKey.bytes(ClientKey.secretByteCount))
  }

  private static func hashes(of key: ClientKey) -> [(String, JSON)] {
    let verifier = key.verifier
    return [
      ("stored", .text(ContentHash.hexadecimal(verifier.stored))),
      ("server", .text(ContentHash.hexadecimal(verifier.server))),
    ]
  }

  private static func end(in days: Int) -> Int { Int(NetworkSecurity.seconds) + days * 86_400 }

  /// `front-1` → `front-2`, `front` → `front-2`; the first number that no key has.
  private static func successor(of id: String, in list: KeyList) throws(Failure) -> String {
    let digits = id.reversed().prefix { $0.isASCII && $0.isNumber }
    let isNumbered = !digits.isEmpty && id.dropLast(digits.count).last == "-"
    let stem = isNumbered ? String(id.dropLast(digits.count)) : "\(id)-"
    let number = isNumbered ? Int(String(digits.reversed())) ?? 1 : 1
    for next in number.advanced(by: 1)...number.advanced(by: KeyRing.keysMax + 1) {
      let id = "\(stem)\(next)"
      guard id.isKeyID else { break }
      if !list.has(id) { return id }
    }
    throw Failure(.conflict, "there is no free id behind \(id.visible)", advice: "'winnow key new' takes any id")
  }
}
