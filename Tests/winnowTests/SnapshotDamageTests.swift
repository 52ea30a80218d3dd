import FoundationEssentials
import Support
import Testing

@testable import winnow

/// A snapshot is believed as a whole or not at all.
struct SnapshotDamageTests {
  private let directory = TemporaryDirectory()

  private func isWhole() throws -> Bool {
    do throws(Failure) {
      try SnapshotReader(directory.path).verify()
      return true
    } catch {
      #expect(error.name == "DAMAGED_SNAPSHOT", "\(error.message)")
      return false
    }
  }

  @Test func everyFlippedBitIsFound() throws {
    try GoldenFolder("snapshot-1").copy(to: directory.path)
    #expect(try isWhole())
    let names = try GoldenFolder.names(below: directory.path)
    #expect(names.count == 7, "two shards, a model of three files, manifest and its hash: \(names)")
    var random = SeededRandom(seed: 3)
    let flips = TestScale.count(150, full: 1500)
    var harmless = 0
    for _ in 0..<flips {
      let name = names[Int(random.next() % UInt64(names.count))]
      let url = URL(filePath: "\(directory.path)/\(name)")
      let whole = try Data(contentsOf: url)
      var broken = whole
      let bit = Int(random.next() % UInt64(whole.count * 8))
      broken[bit / 8] ^= 1 << UInt8(bit % 8)
      try broken.write(to: url)
      if try isWhole() {
        // Up to seven bytes behind each block of a segment say nothing.
        #expect(name.hasSuffix(".segment"), "bit \(bit) of \(name)")
        harmless += 1
      }
      try whole.write(to: url)
    }
    #expect(harmless <= flips / 20)
    TestScale.tell("\(flips) bits of \(names.count) files of a snapshot: \(flips - harmless) refused")
  }
}
