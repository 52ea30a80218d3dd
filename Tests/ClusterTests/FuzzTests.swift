import FoundationEssentials
import Support
import Testing

/// The fuzz targets by seeded mutation of the spec's vectors, in seconds; `Tests/Fuzz` runs them for hours.
@Suite struct FuzzTests {
  /// The vectors of the spec, and a few texts.
  static let seeds: [[UInt8]] = {
    let vectors = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "proto-spec/vectors")
    var seeds: [[UInt8]] = []
    let names = (try? FileManager.default.contentsOfDirectory(atPath: vectors.path)) ?? []
    for name in names.sorted() where name.hasSuffix(".jsonl") {
      guard let data = try? Data(contentsOf: vectors.appending(path: name)) else { continue }
      for match in String(decoding: data, as: UTF8.self).matches(of: /"hex": ?"([0-9a-f ]+)"/) {
        let digits = Array(match.output.1.utf8.filter { $0 != UInt8(ascii: " ") })
        guard digits.count < 4000 else { continue }
        seeds.append(
          stride(from: 0, to: digits.count - 1, by: 2).map { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
          })
      }
    }
    return seeds
  }()

  @Test(arguments: FuzzTarget.allCases)
  func mutatedInputsBreakNoRule(target: FuzzTarget) throws {
    #expect(Self.seeds.count > 400)
    var random = SeededRandom(seed: 2026)
    for seed in Self.seeds + Self.texts(target) {
      // As it is; then without its header, which is where bodies begin.
      let choice = [UInt8(truncatingIfNeeded: random.next()), UInt8(truncatingIfNeeded: random.next() & 3)]
      for bytes in [seed, Array(seed.dropFirst(40)), choice + seed.dropFirst(40)] {
        target.take(bytes)
        target.take(random.mutated(bytes))
      }
    }
    for text in Self.texts(target) { for _ in 0..<300 { target.take(random.mutated(text)) } }
  }

  /// The corpora that `Tests/Fuzz` begins with; `corpus.py` makes them.
  @Test(arguments: FuzzTarget.allCases)
  func theCorpusIsSmallAndBreaksNoRule(target: FuzzTarget) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fuzz/corpus/\(target.rawValue).hex")
    let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
    #expect(1...96 ~= lines.count && Set(lines).count == lines.count)
    var random = SeededRandom(seed: 7)
    for line in lines {
      let digits = Array(line.utf8)
      let bytes = try stride(from: 0, to: digits.count, by: 2).map { index in
        try #require(UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16))
      }
      #expect(bytes.count <= 4096)
      target.take(bytes)
      for _ in 0..<20 { target.take(random.mutated(bytes)) }
    }
  }

  private static func texts(_ target: FuzzTarget) -> [[UInt8]] {
    switch target {
    case .filter:
      return [
        "price in 10..50 and not (category = shoes or has colours)", "stock in (1, 2.5, \"drei\") and new != true",
      ].map { Array($0.utf8) }
    case .safetensors, .manifest:
      var shape = RandomShop.Shape()
      shape.itemCount = 3
      return (try? RandomShop(shape, seed: 1))?.model?.files ?? []
    default: return []
    }
  }
}
