import Names
import Storage
import Support
import Testing
import Vocabulary
import WinnowClient

struct IDDictionariesTests {
  private let directory = TemporaryDirectory()
  private let first = IDDictionary.firstGiven

  private func write(users: [String], items: [String], _ key: Pseudonyms? = nil) throws {
    for (file, names, key) in [("users.dict", users, key), ("items.dict", items, nil)] {
      var dictionary = IDDictionary(file, pseudonyms: key)
      for name in names { _ = try dictionary.add(name, key) }
      try RealDisk().replace("\(directory.path)/\(file)", with: dictionary.bytes)
    }
  }

  @Test func aQueryIsAskedInNames() throws {
    try write(users: ["alice", "7"], items: ["sku-1", "caf\u{E9}", "cafe\u{301}"])
    let names = try IDDictionaries(directory: directory.path)
    let query = try RankQuery(
      collection: "shop", user: "alice", sessionItems: ["cafe\u{301}", "42"], exclude: ["sku-1"], by: names)
    #expect(query.user == UserID(first) && query.sessionItems == [ItemID(first + 2), ItemID(42)])
    #expect(query.exclude == [ItemID(first)] && query.depth == 100)
    #expect(names.name(of: UserID(first)) == "alice" && names.name(of: ItemID(first + 1))?.exact == "caf\u{E9}")
    #expect(names.name(of: ItemID(42)) == nil && names.name(of: UserID(7)) == "7")
    for unknown in ["bob", "007", "\(first)", "+7", ""] {
      let error = #expect(throws: DictionaryError.self) { try names.user(unknown) }
      #expect(error?.kind == .unknownName && error?.message.contains("users.dict") == true)
    }
  }

  @Test func pseudonymsNeedTheirKey() throws {
    let path = "\(directory.path)/key"
    let bytes = Array("0123456789abcdef".utf8)
    try write(users: ["alice"], items: [], Pseudonyms(key: bytes))
    try RealDisk().replace(path, with: bytes)
    let hidden = try IDDictionaries(directory: directory.path)
    #expect(#expect(throws: DictionaryError.self) { try hidden.user("alice") }?.kind == .key)
    let open = #expect(throws: DictionaryError.self) {
      try IDDictionaries(directory: directory.path, pseudonymKeyFile: "\(directory.path)/none")
    }
    #expect(open?.kind == .unreadable)
  }

  @Test func damageAndAbsenceAreSaid() throws {
    #expect(#expect(throws: DictionaryError.self) { try IDDictionaries(directory: "/nowhere") }?.kind == .unreadable)
    try write(users: ["alice"], items: ["sku-1"])
    try RealDisk().replace("\(directory.path)/items.dict", with: [1, 2, 3])
    #expect(
      #expect(throws: DictionaryError.self) { try IDDictionaries(directory: directory.path) }?.kind == .damaged)
  }
}
