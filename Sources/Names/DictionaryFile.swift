import Bytes
package import Vocabulary

/// The bytes of a dictionary, to look a few entries up without making tables of all.
///
/// Magic `WNWDICT1` · kind u32 (1 ids, 2 pseudonyms) · 0 u32 · key check u64 · next number u64 · count u64 · entries ·
/// CRC32C u32 of all before it; little-endian. An entry is number u64 · length u16 · id in UTF-8, or number u64 · check
/// u64.
package struct DictionaryFile: Sendable {
  /// The content of an entry.
  package enum Entry: Sendable {
    case name(String)
    /// Eight more bytes of the hash.
    case pseudonym(check: UInt64)
  }

  /// Bytes of a file at most.
  package static let bytesMax = 8 << 30

  static let magic = Array("WNWDICT1".utf8)
  private static let headBytes = 40

  /// For errors.
  package let path: String
  /// Tells the pseudonyms' key from others; `nil` without pseudonyms.
  let keyCheck: UInt64?
  let nextGiven: UInt64
  /// Number n of entries.
  package let count: Int
  private let bytes: [UInt8]

  /// Checks the head and the checksum.
  ///
  /// - Throws: `dictionary` if the bytes are not what was written.
  package init(_ path: String, bytes: [UInt8]) throws(NameError) {
    do throws(ByteError) {
      var reader = ByteReader(bytes.dropLast(4))
      var trailer = ByteReader(bytes.suffix(4))
      let checksum = try trailer.read(UInt32.self)
      guard Array(try reader.readBytes(8)) == Self.magic, CRC32C.checksum(bytes.dropLast(4)) == checksum else {
        throw .outOfRange(offset: 0, field: "checksum")
      }
      let kind = try reader.read(UInt32.self)
      let zero = try reader.read(UInt32.self)
      let key = try reader.read(UInt64.self)
      let next = try reader.read(UInt64.self)
      let count = try reader.read(UInt64.self)
      guard kind == 1 || kind == 2, zero == 0, next >= IDDictionary.firstGiven, count < UInt64(UInt32.max) else {
        throw .outOfRange(offset: 8, field: "header")
      }
      (keyCheck, nextGiven, self.count) = (kind == 2 ? key : nil, next, Int(count))
    } catch {
      throw Self.damage(path)
    }
    self.path = path
    self.bytes = bytes
  }

  /// Whether it holds pseudonyms instead of ids.
  package var isPseudonymous: Bool { keyCheck != nil }

  /// Calls `body` with the number of each entry and what is said of it.
  ///
  /// - Throws: `dictionary` if the entries are not what was written.
  package func forEach(_ body: (UInt64, Entry) -> Void) throws(NameError) {
    do throws(ByteError) {
      var reader = ByteReader(bytes[Self.headBytes..<bytes.count - 4])
      for _ in 0..<count {
        let id = try reader.read(UInt64.self)
        if isPseudonymous {
          body(id, .pseudonym(check: try reader.read(UInt64.self)))
        } else {
          let bytes = try reader.readBytes(Int(try reader.read(UInt16.self)))
          guard let name = String(validating: bytes, as: UTF8.self) else {
            throw .outOfRange(offset: reader.offset, field: "entry")
          }
          body(id, .name(name))
        }
      }
      try reader.finish()
    } catch {
      throw damage
    }
  }

  /// The names of some numbers; a number without an entry has none, and neither has a pseudonym.
  package func names(of ids: Set<UInt64>) throws(NameError) -> [UInt64: String] {
    guard !ids.isEmpty, !isPseudonymous else { return [:] }
    var names: [UInt64: String] = [:]
    try forEach { id, entry in
      if case .name(let name) = entry, ids.contains(id) { names[id] = name }
    }
    return names
  }

  /// The numbers among `ids` that have an entry.
  package func present(_ ids: Set<UInt64>) throws(NameError) -> Set<UInt64> {
    guard !ids.isEmpty else { return [] }
    var present: Set<UInt64> = []
    try forEach { id, _ in if ids.contains(id) { present.insert(id) } }
    return present
  }

  /// The numbers of some names, of those that have an entry; a plain decimal number below 10^15 keeps its value without
  /// one.
  ///
  /// - Throws: If pseudonyms need the key, or another one.
  package func numbers(of wanted: [String], _ pseudonyms: Pseudonyms? = nil) throws(NameError) -> [ExactText: UInt64] {
    var numbers: [ExactText: UInt64] = [:]
    if let key = try Pseudonyms.agreed(pseudonyms, keyCheck: keyCheck, file: path) {
      let names = Dictionary(wanted.map { (key.pseudonym(of: $0), $0.exact) }) { first, _ in first }
      try forEach { id, entry in
        guard case .pseudonym(let check) = entry else { return }
        if let name = names[Pseudonyms.Pseudonym(id: id, check: check)] { numbers[name] = id }
      }
      return numbers
    }
    var left: Set<ExactText> = []
    for name in wanted {
      if let number = IDDictionary.number(name) { numbers[name.exact] = number } else { left.insert(name.exact) }
    }
    guard !left.isEmpty else { return numbers }
    try forEach { id, entry in
      if case .name(let name) = entry, left.contains(name.exact) { numbers[name.exact] = id }
    }
    return numbers
  }

  /// That the file is not what was written.
  var damage: NameError { Self.damage(path) }

  private static func damage(_ path: String) -> NameError {
    NameError(
      path, .dictionary, "the dictionary is damaged",
      advice: "restore it from a copy: without it the model's numbers mean nothing")
  }
}
