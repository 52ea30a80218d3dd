import Vocabulary

/// Which number an id of a log has in models and on the wire; only grows, so that a model's numbers keep their meaning.
///
/// A plain decimal number below 10^15 keeps its value; any other id gets the next number from 10^15 up, in the order of
/// appearance. A dictionary of pseudonyms holds no ids at all: a number is the start of a keyed hash.
package struct IDDictionary: Sendable {
  /// Numbers from here on are given to ids that are no numbers themselves.
  package static let firstGiven: UInt64 = 1_000_000_000_000_000

  /// For errors.
  package let file: String
  /// The number of each entry, `[n]`, each once, in the order of appearance.
  package private(set) var ids: [UInt64] = []
  /// The id of each entry, `[n]`; none with pseudonyms.
  package private(set) var names: [String] = []
  /// Eight more bytes of each entry's hash, `[n]`; none without pseudonyms.
  package private(set) var checks: [UInt64] = []
  /// Tells the pseudonyms' key from others; `nil` without pseudonyms.
  package let keyCheck: UInt64?
  private(set) var nextGiven = firstGiven
  private var positionOfName: [ExactText: UInt32] = [:]
  private var positionOfID: [UInt64: UInt32] = [:]

  /// An empty dictionary; with a key, one of pseudonyms.
  ///
  /// - Parameter file: Its name in errors.
  package init(_ file: String, pseudonyms: Pseudonyms? = nil) { self.init(file, keyCheck: pseudonyms?.keyCheck) }

  init(_ file: String, keyCheck: UInt64?) {
    self.file = file
    self.keyCheck = keyCheck
  }

  /// Number n of entries.
  package var count: Int { ids.count }

  /// Whether it holds pseudonyms instead of ids.
  package var isPseudonymous: Bool { keyCheck != nil }

  /// The position of an id, from 0, which is its index in training; `nil` if it is not there.
  ///
  /// - Throws: If pseudonyms need the key, or another one.
  package func position(of name: String, _ pseudonyms: Pseudonyms? = nil) throws(NameError) -> Int? {
    guard let pseudonyms = try Pseudonyms.agreed(pseudonyms, keyCheck: keyCheck, file: file) else {
      return positionOfName[name.exact].map(Int.init)
    }
    let pseudonym = pseudonyms.pseudonym(of: name)
    guard let position = positionOfID[pseudonym.id], checks[Int(position)] == pseudonym.check else { return nil }
    return Int(position)
  }

  /// The position of a number; `nil` if no entry has it.
  package func position(ofID id: UInt64) -> Int? { positionOfID[id].map(Int.init) }

  /// The id of a number; `nil` if no entry has it, or pseudonyms stand for the ids.
  package func name(ofID id: UInt64) -> String? {
    isPseudonymous ? nil : positionOfID[id].map { names[Int($0)] }
  }

  /// The position of an id, a new one at the end if need be.
  ///
  /// - Throws: `conflict` if two ids have one pseudonym; a key that is missing or another one.
  package mutating func add(_ name: String, _ pseudonyms: Pseudonyms? = nil) throws(NameError) -> Int {
    if let pseudonyms = try Pseudonyms.agreed(pseudonyms, keyCheck: keyCheck, file: file) {
      let pseudonym = pseudonyms.pseudonym(of: name)
      return try add(pseudonym: pseudonym.id, check: pseudonym.check)
    }
    if let position = positionOfName[name.exact] { return Int(position) }
    if let number = Self.number(name) { return append(number, name: name) }
    nextGiven += 1
    return append(nextGiven - 1, name: name)
  }

  /// The position of a pseudonym, a new one at the end if need be.
  ///
  /// - Throws: `conflict` if another id has it.
  package mutating func add(pseudonym id: UInt64, check: UInt64) throws(NameError) -> Int {
    guard let position = positionOfID[id] else { return append(id, check: check) }
    guard checks[Int(position)] == check else {
      throw NameError(
        file, .conflict, "two shoppers have the pseudonym \(id)",
        advice: "import with another --pseudonym-key-file and train again")
    }
    return Int(position)
  }

  /// Forgets an entry; its number is never given to another id.
  package mutating func remove(at position: Int) {
    ids.remove(at: position)
    if isPseudonymous { checks.remove(at: position) } else { names.remove(at: position) }
    positionOfID = [:]
    positionOfName = [:]
    for (position, id) in ids.enumerated() { positionOfID[id] = UInt32(position) }
    for (position, name) in names.enumerated() { positionOfName[name.exact] = UInt32(position) }
  }

  /// The value of a plain decimal number below 10^15: no sign, no zeros in front.
  package static func number(_ name: String) -> UInt64? {
    UInt64(digits: name).flatMap { $0 < firstGiven ? $0 : nil }
  }

  /// Takes back an entry of a file.
  ///
  /// - Returns: Whether it fits those before it.
  mutating func restore(_ id: UInt64, name: String) -> Bool {
    guard positionOfID[id] == nil, positionOfName[name.exact] == nil,
      Self.number(name).map({ $0 == id }) ?? (id >= Self.firstGiven && id < nextGiven)
    else { return false }
    append(id, name: name)
    return true
  }

  /// Takes back an entry of a file of pseudonyms.
  mutating func restore(_ id: UInt64, check: UInt64) -> Bool {
    guard positionOfID[id] == nil else { return false }
    append(id, check: check)
    return true
  }

  /// Takes back the next number to give.
  mutating func restore(nextGiven: UInt64) { self.nextGiven = nextGiven }

  @discardableResult
  private mutating func append(_ id: UInt64, name: String) -> Int {
    positionOfName[name.exact] = UInt32(ids.count)
    names.append(name)
    return append(id)
  }

  @discardableResult
  private mutating func append(_ id: UInt64, check: UInt64) -> Int {
    checks.append(check)
    return append(id)
  }

  private mutating func append(_ id: UInt64) -> Int {
    precondition(ids.count < Int(UInt32.max), "a position is a u32")
    positionOfID[id] = UInt32(ids.count)
    ids.append(id)
    return ids.count - 1
  }
}

/// Equal dictionaries have equal files.
extension IDDictionary: Equatable {
  package static func == (a: IDDictionary, b: IDDictionary) -> Bool {
    a.file == b.file && a.keyCheck == b.keyCheck && a.nextGiven == b.nextGiven && a.ids == b.ids
      && a.checks == b.checks && a.names.map(\.exact) == b.names.map(\.exact)
  }
}
