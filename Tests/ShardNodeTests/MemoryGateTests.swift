import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

struct MemoryGateTests {
  @Test func aGateClosesAboveItsLimitAndOpensWellBelow() {
    var gate = MemoryGate(limit: 100)
    func refuses(_ bytes: Int, _ growth: MemoryGate.Growth = .unbounded) -> Bool {
      gate.excess(growth, rows: 5000) { bytes } != nil
    }
    #expect(!refuses(99) && !refuses(100))
    #expect(refuses(101) && refuses(99) && refuses(96))
    #expect(!refuses(99, .passing) && !refuses(110, .passing) && refuses(111, .passing))
    #expect(!refuses(95) && !refuses(100))
  }

  @Test func memoryIsMeasuredNowAndThenAndAlwaysWhileTheGateIsClosed() {
    var gate = MemoryGate(limit: 100)
    var measurements = 0
    func write(_ rows: Int, _ bytes: Int) {
      _ = gate.excess(.unbounded, rows: rows) {
        measurements += 1
        return bytes
      }
    }
    for _ in 0..<2048 { write(1, 50) }
    #expect((2...3).contains(measurements))
    for _ in 0..<3 { write(4096, 150) }
    measurements = 0
    for _ in 0..<5 { write(1, 150) }
    #expect(measurements == 5)
  }

  @Test func aFullShardTakesDeletionsAndSmallUpdatesAndOpensAgain() async throws {
    let shard = try await ShardFixture(memoryMax: 400_000)
    var op: UInt64 = 0
    var refusal: WireError?
    while refusal == nil, op < 100 {
      op += 1
      do { _ = try await shard.ask(shard.upsert(Array(op * 100..<op * 100 + 100), op: op)) } catch let error
        as WireError
      {
        refusal = error
      }
    }
    #expect(refusal?.code == .memoryBudget && refusal?.message.contains("--memory-max") == true)
    #expect(refusal?.message.contains("shard 0 at here:7701: its items take ") == true, "\(refusal?.message ?? "")")
    let again = try await shard.ask(shard.upsert(Array((op - 1) * 100..<op * 100), op: op - 1))
    #expect(again.isReplayed, "what was applied is told again")
    func update(_ id: UInt64, _ value: AttributeValue, _ op: UInt64) -> UpdateRequest {
      let name = if case .float = value { "price" } else { "brand" }
      return UpdateRequest(
        collection: "shop", generation: Generation(1), writer: 21, op: op, ids: [id], expectedVersions: [0],
        attributes: AttributeTable(rows: [[value]], definitions: [AttributeDefinition(name: name, type: value.type)]),
        removals: [[0]])
    }
    #expect(try await shard.ask(update(100, .float(5), 1)).statuses == [.replaced])
    #expect(await shard.error(update(100, .keyword("long"), 2)) == .memoryBudget)
    for first in stride(from: 100, to: op * 100, by: 100) {
      let ids = Array(first..<first + 97)
      let delete = DeleteRequest(
        collection: "shop", generation: Generation(1), writer: 20, op: first, ids: ids,
        expectedVersions: ids.map { _ in 0 })
      #expect(try await shard.ask(delete).statuses.allSatisfy { $0 == .deleted })
    }
    #expect(try await shard.ask(shard.upsert([7], op: op + 1)).statuses == [.inserted])
  }
}
