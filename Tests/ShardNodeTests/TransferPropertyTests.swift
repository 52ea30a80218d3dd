import Support
import Testing

struct TransferPropertyTests {
  /// Writes, searches, transfers, restarts and aborts in any order: every epoch sees each item once, as it was last
  /// written; every op is applied once and answered alike.
  @Test(arguments: TestScale.seeds(12, full: 24))
  func everySearchSeesEachItemOnceWhateverHappens(seed: UInt64) throws {
    let model = try TransferModel(seed: seed)
    for _ in 0..<400 { try model.step() }
    try model.settle()
    #expect(model.flips > 0)
    #expect(model.refusals > 0)
    #expect(model.restarts > 0)
  }
}
