internal import Bytes
internal import JSON
internal import Vocabulary

/// The keys of a cluster: which clients there are, and what each may do. A file that is not clear is refused whole, so
/// that a misspelt limit never means "no limit".
package struct KeyRing: Sendable {
  /// Why a file is refused.
  package struct Fault: Error, Equatable, Sendable {
    package let text: String

    /// A fault in words.
    package init(text: String) { self.text = text }
  }

  private struct Key: Sendable {
    let id: String
    let grant: KeyGrant
    /// `nil`: it is good by certificate alone.
    let verifier: KeyVerifier?
    let isEnabled: Bool
  }

  /// Keys that a file may have.
  package static let keysMax = 4096

  private static let members = [
    "id", "roles", "stored", "server", "collections", "expires", "enabled", "quota", "note",
  ]

  private static let quotaMembers =
    KeyQuota.Kind.allCases.map { "\($0.rawValue)_per_second" }.joined(separator: ", ") + ", connections"
  private static let rateMax = 1_000_000_000

  /// Ascending by id.
  private let keys: [Key]

  /// The keys of a file.
  package init(_ bytes: [UInt8]) throws(Fault) {
    let json: JSON
    do throws(JSONReader.Mistake) { json = try JSONReader.read(bytes[...]) } catch { throw Fault(text: error.text) }
    guard case .object(let fields) = json, fields.count == 2, json["version"] == .int(1),
      case .list(let list)? = json["keys"]
    else { throw Fault(text: "needs \"version\": 1 and \"keys\", and nothing else") }
    guard list.count <= Self.keysMax else { throw Fault(text: "has more than \(Self.keysMax) keys") }
    var keys: [Key] = []
    for (index, entry) in list.enumerated() {
      do throws(Fault) { keys.append(try Self.key(entry)) } catch {
        throw Fault(text: "keys[\(index)]: \(error.text)")
      }
    }
    self.keys = keys.sorted { $0.id < $1.id }
    for (one, next) in zip(self.keys, self.keys.dropFirst()) where one.id == next.id {
      throw Fault(text: "the key '\(one.id)' stands twice")
    }
  }

  /// How many keys there are.
  package var count: Int { keys.count }

  /// Whether a key can be proved: then the file holds what lets one play the server.
  package var holdsVerifiers: Bool { keys.contains { $0.verifier != nil } }

  /// What a key gives; `nil`: there is none of this id, or it is disabled or has expired.
  package func grant(ofKey id: String, at seconds: Int64) -> KeyGrant? {
    guard let key = key(id), key.isEnabled, key.grant.expires.map({ $0 > seconds }) ?? true else { return nil }
    return key.grant
  }

  /// What a proof of a key is compared with; `nil`: no key of this id can be proved.
  package func verifier(ofKey id: String) -> KeyVerifier? { key(id)?.verifier }

  private func key(_ id: String) -> Key? {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < keys.count && keys[low].id == id ? keys[low] : nil
  }

  private static func key(_ json: JSON) throws(Fault) -> Key {
    guard case .object(let fields) = json else { throw Fault(text: "is no object") }
    for (name, _) in fields where !members.contains(name) {
      throw Fault(text: "'\(name.visible)' is no member of a key")
    }
    guard case .text(let id)? = json["id"], id.isKeyID else {
      throw Fault(text: "\"id\" takes 1 to 32 of a-z, 0-9 and -")
    }
    guard case .list(let names)? = json["roles"], !names.isEmpty else {
      throw Fault(text: "\"roles\" takes a list of read, write, admin, metrics")
    }
    var roles: Roles = []
    for name in names {
      guard let known = Roles.words.first(where: { .text($0.word) == name }) else {
        throw Fault(text: "\"roles\" takes read, write, admin and metrics alone")
      }
      roles.formUnion(known.roles)
    }
    var expires: Int64?
    if let value = json["expires"] {
      guard case .int(let seconds) = value, seconds >= 0 else {
        throw Fault(text: "\"expires\" takes whole seconds since 1970")
      }
      expires = Int64(seconds)
    }
    var isEnabled = true
    if let value = json["enabled"] {
      guard case .bool(let given) = value else { throw Fault(text: "\"enabled\" takes true or false") }
      isEnabled = given
    }
    if let note = json["note"] { guard case .text = note else { throw Fault(text: "\"note\" takes a text") } }
    let scope = try scope(json["collections"])
    guard scope.isAll || roles.isDisjoint(with: [.admin, .metrics]) else {
      throw Fault(text: "\"collections\" does not go with admin or metrics, which are about the whole cluster")
    }
    return Key(
      id: id, grant: KeyGrant(roles: roles, scope: scope, expires: expires, quota: try quota(json["quota"])),
      verifier: try verifier(json),
      isEnabled: isEnabled)
  }

  private static func quota(_ json: JSON?) throws(Fault) -> KeyQuota {
    var quota = KeyQuota()
    guard let json else { return quota }
    guard case .object(let fields) = json, !fields.isEmpty else {
      throw Fault(text: "\"quota\" takes an object of \(quotaMembers)")
    }
    for (name, value) in fields {
      let kind = KeyQuota.Kind.allCases.first { name == "\($0.rawValue)_per_second" }
      guard kind != nil || name == "connections", case .int(let most) = value, 1...rateMax ~= most else {
        throw Fault(text: "\"quota\" takes \(quotaMembers), each from 1 to \(rateMax)")
      }
      if let kind { quota[kind] = most } else { quota.connections = most }
    }
    return quota
  }

  private static func scope(_ json: JSON?) throws(Fault) -> CollectionScope {
    guard let json else { return .all }
    guard case .list(let list) = json, !list.isEmpty else {
      throw Fault(text: "\"collections\" takes a list of names, or of beginnings of names with * behind")
    }
    var patterns: [String] = []
    for entry in list {
      guard case .text(let pattern) = entry, isPattern(pattern) else {
        throw Fault(text: "\"collections\" takes names of a-z, 0-9, _ and -, with at most a * behind")
      }
      patterns.append(pattern)
    }
    return CollectionScope(patterns)
  }

  private static func isPattern(_ text: String) -> Bool {
    let name = text.last == "*" ? text.dropLast() : text[...]
    return 0...64 ~= name.utf8.count && !text.isEmpty
      && name.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F }
  }

  private static func verifier(_ json: JSON) throws(Fault) -> KeyVerifier? {
    let hashes = ["stored", "server"].map { json[$0] }
    if hashes.allSatisfy({ $0 == nil }) { return nil }
    let bytes = hashes.compactMap { hash -> [UInt8]? in
      guard case .text(let digits)? = hash, digits.utf8.count == 2 * ContentHash.byteCount else { return nil }
      return Hexadecimal.bytes(Array(digits.utf8))
    }
    guard bytes.count == 2 else {
      throw Fault(text: "\"stored\" and \"server\" take 64 hexadecimal digits each, as 'winnow key new' writes them")
    }
    return KeyVerifier(stored: bytes[0], server: bytes[1])
  }
}
