internal import JSON
package import Vocabulary

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
    let roles: Roles
    /// Seconds since 1970; `nil`: never.
    let expires: Int64?
    let isEnabled: Bool
  }

  /// Keys that a file may have.
  package static let keysMax = 4096

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

  /// The roles of a key; `nil`: there is none of this id, or it is disabled or has expired.
  package func roles(ofKey id: String, at seconds: Int64) -> Roles? {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle].id < id { low = middle + 1 } else { high = middle }
    }
    guard low < keys.count, keys[low].id == id, keys[low].isEnabled else { return nil }
    if let expires = keys[low].expires, expires <= seconds { return nil }
    return keys[low].roles
  }

  private static func key(_ json: JSON) throws(Fault) -> Key {
    guard case .object(let fields) = json else { throw Fault(text: "is no object") }
    for (name, _) in fields where !["id", "roles", "expires", "enabled", "note"].contains(name) {
      throw Fault(text: "'\(name.visible)' is no member of a key")
    }
    guard case .text(let id)? = json["id"], PeerIdentity.isKeyID(id) else {
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
    return Key(id: id, roles: roles, expires: expires, isEnabled: isEnabled)
  }
}
