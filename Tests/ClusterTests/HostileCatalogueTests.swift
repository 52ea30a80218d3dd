import FoundationEssentials
import Support
import Testing

/// The catalogue of hostile input: every row of this protocol is a test. Rows 1 to 50 are played by the transport's
/// table, and many of them on a live port by `LiveHostilityTests`; rows 51 to 73 are played here against whole clusters.
@Suite struct HostileCatalogueTests {
  /// Rows that wait for security, and a number that no row has.
  static let absent: Set<Int> = [5, 33, 60, 72]

  /// Rows that stand in tests of other rooms, by folder, file and test.
  static let elsewhere: [Int: (file: String, test: String)] = [
    9: ("TransportTests/FrameAssemblerTests.swift", "everySingleBitFlipOfAHeaderIsRefused")
  ]

  @Test(arguments: HostileBody.rows)
  func bodiesGetTheirAnswers(row: HostileBody) throws {
    let shop = try #require(try RandomShop(RandomShop.Shape(), seed: 50))
    let answers = try MemoryCluster.run(shardCount: 2) { cluster in
      try await cluster.fill(shop)
      let stage = HostileStage(cluster: cluster, shop: shop)
      let answers = try await row.answers(stage)
      // Whatever it was, the cluster serves on.
      #expect(await stage.say(stage.rank()) == "ok")
      return answers
    }
    #expect(answers == row.expected)
  }

  @Test func everyRowIsATest() throws {
    let table = try Self.text("TransportTests/HostileInputTests.swift")
    var rows = Set(HostileBody.rows.map(\.number))
    for match in table.matches(of: /Row\(\s*(?:early: )?([0-9]+),/) {
      if let number = Int(match.output.1) { rows.insert(number) }
    }
    for (row, place) in Self.elsewhere {
      #expect(try Self.text(place.file).contains("func \(place.test)("))
      rows.insert(row)
    }
    #expect(Set(1...73).subtracting(Self.absent).subtracting(rows).sorted() == [])
  }

  @Test func numbersHaveFixedSizes() throws {
    // Row 57: nothing of variable length that could be overlong.
    let types = try Self.text("../proto-spec/02-types.md")
    #expect(!types.lowercased().contains("varint"))
  }

  private static func text(_ path: String) throws -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try String(decoding: Data(contentsOf: tests.appending(path: path)), as: UTF8.self)
  }
}
