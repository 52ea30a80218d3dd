import Arguments
import Bytes
import Glibc
import JSON
import Security
import SocketTransport
import Storage
import Vocabulary

/// The file of a coordinator's keys, as `winnow key` changes it: what else stands in it stays as it is.
struct KeyList {
  static let file = Positional("KEYS", .string, "The file that coordinators have as --keys; 'new' makes it.")
  static let id = Positional("ID", .string, "The id of the key: 1 to 32 of a-z, 0-9 and -.")

  /// Bytes of the file at most.
  private static let bytesMax = 1 << 20

  private let path: String
  private let mode: UInt32?
  private(set) var keys: [JSON] = []

  /// - Parameter mayBeNew: Whether the file may be missing.
  init(_ session: Session, mayBeNew: Bool = false) throws(Failure) {
    path = session[Self.file]
    guard let bytes = try Files.readIfThere(path, limit: Self.bytesMax) else {
      guard mayBeNew else { throw Failure(.usage, "there is no \(path.visible)", advice: "'winnow key new' makes it") }
      mode = nil
      return
    }
    mode = FileMode.bits(path)
    try Self.check(bytes, path)
    guard let json = try? JSONReader.read(bytes[...]), case .list(let keys)? = json["keys"] else { return }
    self.keys = keys
  }

  /// The key of an id.
  func key(_ id: String) throws(Failure) -> JSON {
    guard let key = keys.first(where: { $0["id"] == .text(id) }) else {
      throw Failure(.usage, "\(path.visible) has no key \(id.visible)", advice: "'winnow key list' shows the keys")
    }
    return key
  }

  func has(_ id: String) -> Bool { keys.contains { $0["id"] == .text(id) } }

  mutating func add(_ key: JSON) { keys.append(key) }

  /// Gives a key another member, or the member another value.
  mutating func set(_ name: String, _ value: JSON, of id: String) {
    keys = keys.map { key in
      guard key["id"] == .text(id), case .object(let fields) = key else { return key }
      let others = fields.filter { $0.0 != name }
      return .object(others + [(name, value)])
    }
  }

  /// Writes the file with a key on each line. A new one is its owner's alone; an older one keeps who may read it.
  func write() throws(Failure) {
    let text = "{\"version\": 1, \"keys\": [\n  " + keys.map(\.text).joined(separator: ",\n  ") + "\n]}\n"
    try Self.check(Array(text.utf8), path)
    try Self.keep(Array(text.utf8), at: path)
    // SAFETY: the system reads the path, a text that ends with a zero, during the call.
    guard let mode, unsafe chmod(path, mode) != 0 else { return }
    throw Failure(.failed, "\(path.visible) cannot be given the mode that it had")
  }

  /// Makes a file that its owner alone may read from its first byte on.
  static func keep(_ bytes: [UInt8], at path: String) throws(Failure) {
    let before = umask(0o077)
    defer { umask(before) }
    try Files.write(path, bytes)
  }

  private static func check(_ bytes: [UInt8], _ path: String) throws(Failure) {
    do throws(KeyRing.Fault) { _ = try KeyRing(bytes) } catch {
      throw Failure(.usage, "\(path.visible): \(error.text)", advice: "its form is in proto-spec/13-security.md")
    }
  }
}
