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
    #expect(ring.grant(ofKey: "front-2", at: 99)?.roles == [.read, .write])
    #expect(ring.grant(ofKey: "front-2", at: 100) == nil)
    #expect(ring.grant(ofKey: "front-1", at: 1 << 40)?.roles == .admin)
    for id in ["a", "", "front", "front-3", "z"] { #expect(ring.grant(ofKey: id, at: 0) == nil) }
    #expect(!ring.holdsVerifiers && ring.verifier(ofKey: "front-1") == nil)
  }

  @Test func aKeySeesItsCollectionsAndIsKnownByItsHashes() throws {
    let (stored, server) = (String(repeating: "0a", count: 32), String(repeating: "ff", count: 32))
    let ring = try ring(
      #"""
      {"id": "a", "roles": ["read"], "collections": ["shop", "shop-eu*"], "stored": "\#(stored)", "server": "\#(server)"},
      {"id": "b", "roles": ["write"], "collections": ["*"], "quota": {"items_per_second": 7, "work_per_second": 9, "connections": 3}}
      """#)
    let scope = try #require(ring.grant(ofKey: "a", at: 0)?.scope)
    for name in ["shop", "shop-eu", "shop-eu-2"] { #expect(scope.sees(name)) }
    for name in ["shop-us", "sho", "shops", ""] { #expect(!scope.sees(name)) }
    #expect(ring.grant(ofKey: "b", at: 0)?.scope.sees("anything") == true)
    #expect(ring.holdsVerifiers && ring.verifier(ofKey: "b") == nil)
    let quota = try #require(ring.grant(ofKey: "b", at: 0)?.quota)
    #expect(quota[.items] == 7 && quota[.work] == 9 && quota[.queries] == nil && quota.connections == 3)
    #expect(ring.grant(ofKey: "a", at: 0)?.quota.isEmpty == true)
    let verifier = try #require(ring.verifier(ofKey: "a"))
    #expect(verifier.stored == [UInt8](repeating: 10, count: 32))
    #expect(verifier.server == [UInt8](repeating: 255, count: 32))
  }

  @Test(arguments: [
    #"{"id": "a", "roles": ["read"], "quota": 5}"#, #"{"id": "a", "roles": ["read"], "quota": {}}"#,
    #"{"id": "a", "roles": ["read"], "quota": {"queries": 5}}"#,
    #"{"id": "a", "roles": ["read"], "quota": {"queries_per_second": 0}}"#,
    #"{"id": "a", "roles": ["read"], "quota": {"connections": 0}}"#,
    #"{"id": "a", "roles": ["read"], "quota": {"connections_per_second": 1}}"#, #"{"id": "a", "roles": ["root"]}"#,
    #"{"id": "a", "roles": []}"#,
    #"{"id": "a"}"#, #"{"roles": ["read"]}"#, #"{"id": "A", "roles": ["read"]}"#, #"{"id": "a", "roles": "read"}"#,
    #"{"id": "a", "roles": ["read"], "expires": "soon"}"#, #"{"id": "a", "roles": ["read"], "enabled": 1}"#,
    #"{"id": "a", "roles": ["read"], "collections": []}"#, #"{"id": "a", "roles": ["read"], "collections": ["A"]}"#,
    #"{"id": "a", "roles": ["read"], "collections": ["a*b"]}"#,
    #"{"id": "a", "roles": ["read"], "collections": "shop"}"#,
    #"{"id": "a", "roles": ["admin"], "collections": ["shop"]}"#, #"{"id": "a", "roles": ["read"], "stored": "00"}"#,
    #"{"id": "a", "roles": ["read"], "stored": "zz", "server": "zz"}"#,
    #"{"id": "a", "roles": ["read"]}, {"id": "a", "roles": ["admin"]}"#, "7", "{",
  ])
  func anUnclearFileIsRefused(keys: String) { #expect(throws: KeyRing.Fault.self) { try ring(keys) } }

  @Test(arguments: ["", "[]", #"{"keys": []}"#, #"{"version": 2, "keys": []}"#, #"{"version": 1, "keys": [], "x": 1}"#])
  func anotherFormIsRefused(text: String) { #expect(throws: KeyRing.Fault.self) { try KeyRing(Array(text.utf8)) } }
}
