import Foundation
import Support
import Testing
import Vocabulary

@testable import Names

struct IDDictionaryTests {
  private let key = Pseudonyms(key: Array("0123456789abcdef".utf8))

  private func dictionary(_ names: [String]) throws -> IDDictionary {
    var dictionary = IDDictionary("users.dict")
    for name in names { _ = try dictionary.add(name) }
    return dictionary
  }

  @Test func numbersKeepTheirValueAndOthersFollowInOrder() throws {
    let dictionary = try dictionary(["ann", "17", "0", "017", "999999999999999", "1000000000000000", "ann", "bob"])
    let first = IDDictionary.firstGiven
    #expect(dictionary.ids == [first, 17, 0, first + 1, 999_999_999_999_999, first + 2, first + 3])
    #expect(try dictionary.position(of: "bob") == 6)
    #expect(try dictionary.position(of: "cid") == nil)
    #expect(dictionary.position(ofID: 17) == 1)
  }

  @Test func fileGivesBackTheDictionary() throws {
    for dictionary in [try dictionary([]), try dictionary(["ann", "7", "é\u{1F600}"])] {
      #expect(try IDDictionary("users.dict", bytes: dictionary.bytes) == dictionary)
      #expect(try IDDictionary("users.dict", bytes: dictionary.bytes).bytes == dictionary.bytes)
    }
  }

  @Test func idsThatOnlyLookAlikeAreApart() throws {
    let names = ["caf\u{E9}", "cafe\u{301}", "K1", "\u{212A}1"]
    let dictionary = try dictionary(names)
    #expect(dictionary.count == 4)
    let read = try IDDictionary("users.dict", bytes: dictionary.bytes)
    for (position, name) in names.enumerated() {
      #expect(try read.position(of: name) == position && read.name(ofID: read.ids[position])?.exact == name.exact)
    }
    #expect(Set(names.map { key.pseudonym(of: $0) }).count == 4)
  }

  @Test func aFileIsLookedUpWithoutTables() throws {
    let first = IDDictionary.firstGiven
    let file = try DictionaryFile("items.dict", bytes: try dictionary(["ann", "17", "e\u{301}", "017"]).bytes)
    let numbers = try file.numbers(of: ["ann", "\u{E9}", "e\u{301}", "017", "17", "999", "\(first)", "-0"])
    #expect(numbers == ["ann": first, "e\u{301}": first + 1, "017": first + 2, "17": 17, "999": 999])
    #expect(try file.names(of: [first, 17, 999, first + 9]) == [first: "ann", 17: "17"])
    #expect(try file.present([17, 999, first + 2]) == [17, first + 2])
    var hidden = IDDictionary("users.dict", pseudonyms: key)
    _ = try hidden.add("ann", key)
    let pseudonyms = try DictionaryFile("users.dict", bytes: hidden.bytes)
    #expect(try pseudonyms.numbers(of: ["ann", "17"], key) == ["ann": hidden.ids[0]])
    #expect(try pseudonyms.names(of: [hidden.ids[0]]).isEmpty)
    for given in [nil, Pseudonyms(key: Array("another key, 16 or more".utf8))] {
      #expect(throws: NameError.self) { try pseudonyms.numbers(of: ["ann"], given) }
    }
    #expect(throws: NameError.self) { try file.numbers(of: ["ann"], key) }
  }

  @Test func growingKeepsWhatIsThere() throws {
    let old = try dictionary(["ann", "bob"])
    var new = try IDDictionary("users.dict", bytes: old.bytes)
    _ = try new.add("cid")
    #expect(Array(new.ids.prefix(2)) == old.ids)
    #expect(new.ids[2] == IDDictionary.firstGiven + 2)
  }

  @Test func forgottenNumberIsNeverGivenAgain() throws {
    var dictionary = try dictionary(["ann", "bob"])
    dictionary.remove(at: 1)
    dictionary = try IDDictionary("users.dict", bytes: dictionary.bytes)
    #expect(try dictionary.position(of: "bob") == nil)
    _ = try dictionary.add("cid")
    #expect(dictionary.ids == [IDDictionary.firstGiven, IDDictionary.firstGiven + 2])
  }

  @Test func damageIsFound() throws {
    let bytes = try dictionary(["ann", "7"]).bytes
    for count in 0..<bytes.count {
      let error = #expect(throws: NameError.self) { try IDDictionary("d", bytes: Array(bytes.prefix(count))) }
      #expect(error?.kind == .dictionary)
    }
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0x10
      #expect(throws: NameError.self) { try IDDictionary("d", bytes: damaged) }
    }
  }

  @Test func pseudonymIsTheStartOfTheHash() throws {
    // printf ann | openssl dgst -sha256 -hmac 0123456789abcdef
    #expect(key.pseudonym(of: "ann").id == Self.expectedPseudonym)
    var dictionary = IDDictionary("users.dict", pseudonyms: key)
    let positions = [try dictionary.add("ann", key), try dictionary.add("7", key), try dictionary.add("ann", key)]
    #expect(positions == [0, 1, 0])
    #expect(dictionary.ids == [key.pseudonym(of: "ann").id, key.pseudonym(of: "7").id])
    #expect(dictionary.names.isEmpty)
    let bytes = dictionary.bytes
    #expect(try IDDictionary("users.dict", bytes: bytes) == dictionary)
    #expect(String(decoding: bytes, as: UTF8.self).contains("ann") == false)
  }

  @Test func anotherKeyAndNoKeyAreErrors() throws {
    let pseudonymous = IDDictionary("users.dict", pseudonyms: key)
    let other = Pseudonyms(key: Array("another key, 16 or more".utf8))
    for given in [other, nil] {
      #expect(throws: NameError.self) {
        var copy = pseudonymous
        _ = try copy.add("ann", given)
      }
      #expect(throws: NameError.self) { try pseudonymous.position(of: "ann", given) }
    }
    let plain = IDDictionary("users.dict")
    #expect(throws: NameError.self) {
      var copy = plain
      _ = try copy.add("ann", key)
    }
  }

  @Test func collisionIsAnError() throws {
    var dictionary = IDDictionary("users.dict", pseudonyms: key)
    let taken = key.pseudonym(of: "ann")
    let isRestored = dictionary.restore(taken.id, check: taken.check ^ 1)
    #expect(isRestored)
    let error = #expect(throws: NameError.self) {
      var copy = dictionary
      _ = try copy.add("ann", key)
    }
    #expect(error?.kind == .conflict)
    #expect(try dictionary.position(of: "ann", key) == nil)
  }

  @Test func keyFileMustBePrivateAndLongEnough() throws {
    let directory = TemporaryDirectory()
    let path = "\(directory.path)/key"
    func write(_ text: String, _ mode: Int) {
      _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    }
    #expect(throws: NameError.self) { try Pseudonyms(keyFile: path) }
    write("0123456789abcdef\n", 0o600)
    #expect(try Pseudonyms(keyFile: path).pseudonym(of: "ann") == key.pseudonym(of: "ann"))
    for mode in [0o640, 0o604, 0o644, 0o620] {
      write("0123456789abcdef\n", mode)
      let error = #expect(throws: NameError.self) { try Pseudonyms(keyFile: path) }
      #expect(error?.advice == "chmod 600 \(path)")
    }
    for text in ["", "0123456789abcde\n", String(repeating: "x", count: 5000)] {
      write(text, 0o600)
      #expect(throws: NameError.self) { try Pseudonyms(keyFile: path) }
    }
  }
}

extension IDDictionaryTests {
  fileprivate static let expectedPseudonym: UInt64 = 0x0b3c62a0155938fb
}
