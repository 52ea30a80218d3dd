import Support
import Testing

/// What the loop keeps in a shop whose shoppers' tastes turn.
@Suite struct DriftTests {
  @Test func theLoopKeepsUpWithTastesAndPushesNoPoisonedDay() {
    let shop = DriftingShop()
    let start = shop.start
    for (place, quality) in shop.withLoop.enumerated() { #expect(quality > 0.95 * start, "day \(place + 1)") }
    #expect(shop.withLoop.count == DriftingShop.days && shop.withoutLoop < 0.8 * start)
    let refused = shop.refused
    #expect(DriftingShop.poisonedModels.allSatisfy(refused.contains), "\(refused)")
    // An interval of 95 % lies below zero by chance on one honest day in forty; more than three of thirty are no chance.
    #expect(refused.count { !DriftingShop.poisonedModels.contains($0) } <= 3, "\(refused)")
    TestScale.tell(
      "drift: NDCG@10 \(start) on the first day, \(shop.withLoop.last ?? 0) on the last with the loop, "
        + "\(shop.withoutLoop) without; refused on days \(refused)")
  }
}
