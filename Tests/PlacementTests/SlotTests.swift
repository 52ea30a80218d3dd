import Bytes
import Placement
import Support
import Testing
import Vocabulary

@Suite struct SlotTests {
  /// Computed apart from this code, from the published constants of MurmurHash3's finaliser.
  static let golden: [(UInt64, UInt16)] = [
    (0, 0), (1, 2885), (2, 939), (3, 181), (42, 2064), (1000, 2800), (0xDEAD_BEEF, 3364), (1 << 32, 2979),
    (1 << 63, 2295), (.max, 1611), (0x0123_4567_89AB_CDEF, 2172),
  ]

  @Test(arguments: golden) func goldenVectorsHold(id: UInt64, expected: UInt16) {
    #expect(slot(of: ItemID(id)).rawValue == expected)
  }

  @Test func runningIDsSpreadEvenly() {
    var counts = [Int](repeating: 0, count: Limits.slotCount)
    for id in 0..<UInt64(40_960) { counts[Int(slot(of: ItemID(id)).rawValue)] += 1 }
    // Ten a slot on average; a Poisson tail beyond 35 has a chance of one in a billion.
    #expect((counts.max() ?? 0) < 35)
    let eighths = stride(from: 0, to: 4096, by: 512).map { counts[$0..<$0 + 512].reduce(0, +) }
    #expect(eighths.allSatisfy { abs($0 - 5120) < 400 })
  }

  @Test func onlySlotsAreSlots() {
    #expect(Slot(rawValue: 4095)?.rawValue == 4095)
    #expect(Slot(rawValue: 4096) == nil)
    #expect(Slot.all.count == 4096)
  }
}

@Suite struct SlotSetTests {
  @Test func behavesLikeASet() throws {
    var random = SeededRandom(seed: 1)
    var set = SlotSet()
    var model: Set<Slot> = []
    for _ in 0..<2000 {
      let slot = try #require(Slot.all.randomElement(using: &random))
      if Bool.random(using: &random) {
        set.insert(slot)
        model.insert(slot)
      } else {
        set.remove(slot)
        model.remove(slot)
      }
    }
    #expect(set.slots == model.sorted())
    #expect(set.count == model.count && set.isEmpty == model.isEmpty)
    #expect(Slot.all.allSatisfy { set.contains($0) == model.contains($0) })
    #expect(set == SlotSet(model))
  }

  @Test func algebraHolds() {
    let low = SlotSet(Slot.all.prefix(3000))
    let high = SlotSet(Slot.all.suffix(3000))
    var union = low
    union.formUnion(high)
    #expect(union == .all && union.count == 4096)
    var both = low
    both.formIntersection(high)
    #expect(both.count == 1904)
    var rest = low
    rest.subtract(high)
    #expect(rest.count == 1096 && !rest.isEmpty && SlotSet().isEmpty)
  }

  @Test func bytesComeBack() throws {
    let set = SlotSet(Slot.all.filter { $0.rawValue % 7 == 0 })
    var writer = ByteWriter()
    set.write(to: &writer)
    #expect(writer.count == 512)
    var reader = ByteReader(writer.bytes)
    #expect(try SlotSet(from: &reader) == set)
    reader = ByteReader(writer.bytes.dropLast())
    #expect(throws: ByteError.self) { try SlotSet(from: &reader) }
  }
}
