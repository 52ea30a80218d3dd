import Support
import Testing
import Vocabulary

@testable import Retrieval

@Suite struct DigitOrderTests {
  @Test func integersAreOrderedAsTheirTexts() {
    var random = SplitMix64(seed: 3)
    var numbers: [Int64] = [0, 1, -1, 10, 100, 9, 99, 19, 2, .max, .min, .max - 1, 999_999_999_999_999_999]
    numbers += (0..<2000).map { _ in Int64(bitPattern: random.next()) >> Int64(random.next() % 64) }
    let sorted = Set(numbers).sorted { DigitOrder($0) < DigitOrder($1) }
    #expect(sorted == Set(numbers).sorted { "\($0)".exact < "\($1)".exact })
  }
}
