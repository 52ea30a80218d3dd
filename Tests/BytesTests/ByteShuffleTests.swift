import Bytes
import Support
import Testing

@Suite struct ByteShuffleTests {
  @Test func planesFollowOneAnother() throws {
    #expect(ByteShuffle.shuffle([1, 2, 3, 4, 5, 6, 7, 8], width: 4) == [1, 5, 2, 6, 3, 7, 4, 8])
    let sixteen = (0..<16).map { UInt8($0) }
    #expect(ByteShuffle.shuffle(sixteen, width: 8) == [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15])
  }

  @Test(arguments: [4, 8]) func unshuffleUndoesShuffle(width: Int) throws {
    var random = SeededRandom(seed: 6)
    for elements in 0..<40 {
      let bytes = random.bytes(elements * width)
      let shuffled = ByteShuffle.shuffle(bytes, width: width)
      #expect(try ByteShuffle.unshuffle(shuffled, width: width) == bytes)
      #expect(try ByteShuffle.unshuffle(([9] + shuffled)[1...], width: width) == bytes)
    }
  }

  @Test func brokenWidthsAreRefused() {
    for (count, width) in [(6, 4), (12, 8), (4, 0), (4, 1), (4, 2), (16, 16), (4, -4)] {
      #expect(throws: ByteError.self) { try ByteShuffle.unshuffle([UInt8](repeating: 0, count: count), width: width) }
    }
  }
}
