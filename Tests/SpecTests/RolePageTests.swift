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
}
