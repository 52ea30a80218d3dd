import Support
import Testing
import Vocabulary

@testable import Ranking

struct OwnedTableTests {
  private static func file(_ change: (inout [UInt64], inout [UInt64], inout [Float]) -> Void = { _, _, _ in })
    throws -> SafetensorsFile
  {
    var (ends, items, counts): ([UInt64], [UInt64], [Float]) = ([2, 2, 3], [4, .max, 7], [1, 2, 5])
    change(&ends, &items, &counts)
    var writer = SafetensorsWriter()
    writer.add("owned.end", ends)
    writer.add("owned.item", items)
    writer.add("owned.count", counts, shape: [counts.count])
    writer.add("owned.day", [10, 20, 30], shape: [3])
    writer.add("owned.level", [0, 0.5, -1], shape: [3])
    return try SafetensorsFile(writer.file(), as: .users)
  }

  @Test func eachRowHasItsItems() throws {
    let table = try OwnedTable(Self.file(), rows: 3)
    #expect(table[0].ids == [4, .max] && table[1].isEmpty && table[2].ids == [7])
    #expect(table[0][.max] == OwnedItems.Item(count: 2, day: 20, level: 0.5) && table[0][7] == nil)
    #expect(table[2][7] == OwnedItems.Item(count: 5, day: 30, level: -1))
  }

  @Test func tablesThatDoNotAgreeAreRefusedByTheTensorsName() throws {
    func refusal(_ change: (inout [UInt64], inout [UInt64], inout [Float]) -> Void) throws -> String? {
      let file = try Self.file(change)
      return #expect(throws: ModelError.self) { try OwnedTable(file, rows: 3) }?.field
    }
    #expect(try refusal { ends, _, _ in ends = [2, 3] } == "owned.end")
    #expect(try refusal { ends, _, _ in ends = [2, 1, 3] } == "owned.end")
    #expect(try refusal { ends, _, _ in ends = [2, 2, .max] } == "owned.end")
    #expect(try refusal { _, items, _ in items = [4, 4, 7] } == "owned.item")
    #expect(try refusal { _, items, _ in items = [4, 7] } == "owned.end")
    #expect(try refusal { _, _, counts in counts[1] = 0 } == "owned.count")
    #expect(try refusal { _, _, counts in counts = [1, 2] } == "owned.count")
  }

  @Test func aTableWithoutSomeUsersKeepsTheItemsOfTheOthers() throws {
    var writer = SafetensorsWriter()
    writer.add("id", [5, 6, 8])
    writer.add("query", [1, 2, 3], shape: [3, 1])
    let table = try OwnedTable(Self.file(), rows: 3)
    writer.add(owned: (0..<3).map { table[$0] })
    let (bytes, removed) = try UserTable.removing([5], from: writer.file())
    let left = try OwnedTable(SafetensorsFile(bytes, as: .users), rows: 2)
    #expect(removed == 1 && left[0].isEmpty && left[1] == table[2])
  }
}
