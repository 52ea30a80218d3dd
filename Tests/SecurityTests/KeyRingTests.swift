import Security
import Testing
import Vocabulary

/// Files of keys: what they say, and that an unclear one is refused whole.
@Suite struct KeyRingTests {
  private func ring(_ keys: String) throws -> KeyRing {
    try KeyRing(Array(#"{"version": 1, "keys": [\#(keys)]}"#.utf8))
  }

  @Test func aKeyHasItsRolesUntilItEnds() throws {
    let ring = try ring(
      #"""
      {"id": "front-2", "roles": ["read", "write"], "expires": 100}, {"id": "a", "roles": ["metrics"], "enabled": false},
      {"id": "front-1", "roles": ["admin"], "note": "people"}
      """#)
    #expect(ring.count == 3)
    #expect(ring.roles(ofKey: "front-2", at: 99) == [.read, .write])
    #expect(ring.roles(ofKey: "front-2", at: 100) == nil)
    #expect(ring.roles(ofKey: "front-1", at: 1 << 40) == .admin)
    for id in ["a", "", "front", "front-3", "z"] { #expect(ring.roles(ofKey: id, at: 0) == nil) }
  }

  @Test(arguments: [
    #"{"id": "a", "roles": ["read"], "quota": 5}"#, #"{"id": "a", "roles": ["root"]}"#, #"{"id": "a", "roles": []}"#,
    #"{"id": "a"}"#, #"{"roles": ["read"]}"#, #"{"id": "A", "roles": ["read"]}"#, #"{"id": "a", "roles": "read"}"#,
    #"{"id": "a", "roles": ["read"], "expires": "soon"}"#, #"{"id": "a", "roles": ["read"], "enabled": 1}"#,
    #"{"id": "a", "roles": ["read"]}, {"id": "a", "roles": ["admin"]}"#, "7", "{",
  ])
  func anUnclearFileIsRefused(keys: String) { #expect(throws: KeyRing.Fault.self) { try ring(keys) } }

  @Test(arguments: ["", "[]", #"{"keys": []}"#, #"{"version": 2, "keys": []}"#, #"{"version": 1, "keys": [], "x": 1}"#])
  func anotherFormIsRefused(text: String) { #expect(throws: KeyRing.Fault.self) { try KeyRing(Array(text.utf8)) } }
}
