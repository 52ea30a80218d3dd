import Testing
import Vocabulary
import Wire

/// The table of rights of the page is the one that servers go by.
@Suite struct RolePageTests {
  @Test func theTableOfRightsIsOurs() throws {
    let columns: [Roles] = [.read, .write, .admin, .metrics, .node]
    let rows = try SpecFolder.rows("13-security.md", columns: 7).filter { $0[0] != "opcode" && !$0[0].hasPrefix("-") }
    for row in rows {
      let opcode = try #require(Opcode.names.first { $0.value == row[0] }?.key, "\(row[0])")
      var said: Roles = []
      for (cell, role) in zip(row.dropFirst(2), columns) where cell == "yes" { said.formUnion(role) }
      // An opcode that needs no role is good for all of them.
      let ours = opcode.roles(kind: UInt8(row[1])) ?? [.read, .write, .admin, .metrics, .node]
      #expect(ours == said, "\(row[0]) \(row[1])")
      #expect(opcode.roles(kind: nil)?.isSuperset(of: said) ?? true, "\(row[0]): the header asks for the least")
    }
    let named = Set(rows.map { $0[0] })
    let requests = Set(Messages.requests.map { $0.opcode.name })
    #expect(named == requests, "\(named.symmetricDifference(requests))")
  }

  /// A key's scope is compared with what this finds: a request that slipped through would see every collection.
  @Test func aRequestThatReadsOrWritesNamesItsCollection() throws {
    let ofAll: OpcodeSet = [.status, .shardMap, .metadata, .echo]
    var seen: Set<Opcode> = []
    for vector in try SpecFolder.vectors() where vector.expect == .accept && vector.role != .client {
      let message = try #require(try ReceivedMessage.all(in: vector.bytes).last)
      let opcode = message.header.opcode
      let roles = opcode.roles(kind: nil) ?? []
      guard !opcode.isConnectionFrame, !ofAll.contains(opcode), !roles.isDisjoint(with: [.read, .write]) else {
        continue
      }
      seen.insert(opcode)
      let name = Messages.collection(of: opcode, message.body[...]) ?? ""
      #expect(vector.fields?["collection"] == .text(name), "\(vector.name)")
      #expect(!name.isEmpty || opcode == .collectionDescribe, "\(vector.name)")
    }
    #expect(seen.isSuperset(of: [.rank, .suggest, .get, .upsert, .update, .delete, .event, .feed, .history]))
  }
}
