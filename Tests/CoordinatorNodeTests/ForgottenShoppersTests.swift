import Placement
import Testing
import Vocabulary
import Wire

@testable import CoordinatorNode

struct ForgottenShoppersTests {
  private static let minute: Int64 = 60_000_000

  private func history(_ user: UInt64, begun: Int64, _ times: Int64...) -> StoredHistory {
    var history = StoredHistory(user: user, begun: begun)
    var writer = BodyWriter()
    for time in times { ShopperEvent(.click, item: 1, time: time).write(to: &writer) }
    history.events = writer.body.bytes
    return history
  }

  @Test func aShopperIsKnownByCollectionAndSlotOnce() {
    var forgotten = ForgottenShoppers()
    forgotten.note(7, of: "shop", at: 5)
    forgotten.note(7, of: "shop", at: 9)
    forgotten.note(8, of: "other", at: 6)
    let place = slot(of: ItemID(7))
    let fingerprint = HistoryPart.Forgotten.fingerprint(of: 7)
    #expect(
      forgotten.within(SlotSet(Slot.all), of: "shop") == [.init(slot: place, fingerprint: fingerprint, time: 9)])
    #expect(forgotten.within(SlotSet(Slot.all.filter { $0 != place }), of: "shop").isEmpty)
    #expect(forgotten.before == 0)
    let part = HistoryPart()
    #expect(forgotten.restorable(part) == part)
  }

  @Test func theCatalogueKeepsThem() throws {
    var catalogue = CollectionCatalogue(incarnation: Bytes16(low: 1, high: 2))
    let without = catalogue.bytes
    catalogue.forgotten.note(7, of: "gone", at: 5)
    catalogue.forgotten.note(8, of: "a", at: 6)
    #expect(try CollectionCatalogue(bytes: catalogue.bytes) == catalogue)
    for count in catalogue.bytes.indices {
      #expect(throws: WireError.self) { try CollectionCatalogue(bytes: Array(catalogue.bytes.prefix(count))) }
    }
    // The same as the version before wrote it.
    #expect(without.first == 3)
    #expect(try CollectionCatalogue(bytes: without) == CollectionCatalogue(incarnation: Bytes16(low: 1, high: 2)))
  }

  /// Whom it remembers no more may be anyone, so what could be an event of such a shopper does not come back.
  @Test func theEarliestMakesRoomAndWhatItCoveredIsNotRestored() throws {
    let start = 100 * Self.minute
    // As noting them one after another makes it, which takes minutes in a build for tests.
    var forgotten = ForgottenShoppers(
      (0..<UInt64(ForgottenShoppers.countMax)).map { user in
        let fingerprint = HistoryPart.Forgotten.fingerprint(of: user)
        return .init(
          collection: "shop",
          shopper: .init(slot: slot(of: ItemID(user)), fingerprint: fingerprint, time: start + Int64(user)))
      })
    forgotten.note(UInt64(ForgottenShoppers.countMax), of: "shop", at: start + Int64(ForgottenShoppers.countMax))
    #expect(forgotten.entries.count == ForgottenShoppers.countMax && forgotten.before == start)
    let slots = SlotSet([slot(of: ItemID(0))])
    #expect(!forgotten.within(slots, of: "shop").contains { $0.time == start })
    var part = HistoryPart()
    part.histories = [
      history(100_000, begun: start - 1, start - 1, start + 5 * Self.minute, start + 6 * Self.minute),
      history(100_001, begun: start, start - 1), history(100_002, begun: start + 1, start - 1),
    ]
    let rest = try #require(forgotten.restorable(part))
    #expect(rest.histories.map(\.user) == [100_000, 100_002])
    #expect(try rest.histories.map { try $0.kept().map(\.time) } == [[start + 6 * Self.minute], [start - 1]])
    part.histories = [history(100_001, begun: start, start - 1)]
    #expect(forgotten.restorable(part) == nil)
  }
}
