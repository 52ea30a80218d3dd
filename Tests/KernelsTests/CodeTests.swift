import Kernels
import Support
import Testing

@Suite struct CodeTests {
  private static let dimensions = [1, 2, 15, 16, 17, 48, 64, 100, 129, 1000]

  @Test func rotationKeepsNormsAndInnerProducts() {
    var random = SeededRandom(seed: 21)
    for d in Self.dimensions + [4096] {
      let rotation = Rotation(dimension: d)
      let (a, b) = (random.floats(d), random.floats(d))
      let (turnedA, turnedB) = (rotation.rotated(a, kernels: KernelSet()), rotation.rotated(b, kernels: KernelSet()))
      let scale = (Exact.normSquared(a) * Exact.normSquared(b)).squareRoot()
      #expect(turnedA.count == rotation.width)
      #expect(abs(product(turnedA, turnedB) - product(a, b)) < 1e-5 * scale)
      #expect(abs(product(turnedA, turnedA) - product(a, a)) < 1e-5 * product(a, a))
      var oneHot = [Float](repeating: 0, count: d)
      oneHot[d / 2] = 1
      if d >= 64 { #expect(rotation.rotated(oneHot, kernels: KernelSet()).allSatisfy { $0.magnitude < 0.5 }) }
    }
  }

  @Test(arguments: InstructionSet.available)
  func rotationHasTheSameBits(isa: InstructionSet) {
    var random = SeededRandom(seed: 22)
    for d in Self.dimensions {
      let (rotation, vector) = (Rotation(dimension: d), awkwardFloats(d, &random))
      #expect(
        bits(rotation.rotated(vector, kernels: KernelSet(isa)))
          == bits(rotation.rotated(vector, kernels: KernelSet(.scalar))))
    }
  }

  /// Every threshold is the score of a row, so a bound that is short by one bit would lose that row.
  @Test(arguments: InstructionSet.available)
  func noRowThatReachesItsOwnScoreIsLost(isa: InstructionSet) throws {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 23)
    for d in Self.dimensions {
      let rotation = Rotation(dimension: d)
      let rows = (0..<64).map { i in Self.row(i, d, &random) }
      let matrix = FloatMatrix(rows: rows, columns: d)
      let codes = CodeBlock(matrix, rowCount: 64, by: rotation, kernels: kernels)
      for turn in 0..<12 {
        let query = Self.row(turn * 5, d, &random)
        guard let probe = CodeQuery(query, rotation: rotation, kernels: kernels) else {
          #expect(Exact.normSquared(query) < 0x1p-200)
          continue
        }
        for (i, row) in rows.enumerated() {
          let score = Exact.dot(query, row)
          var (reached, kept) = ([UInt64](repeating: 0, count: 1), [UInt32](repeating: 0, count: 64))
          kernels.scan(codes, probe, atLeast: score, into: &reached)
          #expect(reached[0] >> UInt64(codes.place(of: i)) & 1 == 1, "4 bits lose row \(i), \(d) dimensions")
          var (listed, lower) = (kept, [Float](repeating: 0, count: 64))
          let found = kernels.list(codes, reached: reached, words: 0..<1, mask: nil, into: &listed)
          let count = kernels.refine(codes, probe, atLeast: score, listed, 0..<found, into: &kept, lower: &lower)
          #expect(kept.prefix(count).contains(UInt32(i)), "8 bits lose row \(i), \(d) dimensions")
          for (row, bound) in zip(kept, lower).prefix(count) {
            #expect(Exact.dot(query, rows[Int(row)]) >= probe.score(atLeast: bound), "row \(row), \(d) dimensions")
          }
          let words = Self.words(codes, probe, nil, atLeast: score, kernels)
          let alone = kernels.list(codes, words: words, rows: [1 << UInt64(i)], into: &listed)
          #expect(alone == 1 && listed[0] == UInt32(i), "row \(i) is not long enough, \(d) dimensions")
        }
      }
    }
  }

  /// A query along what the codes leave out of a row: Cauchy–Schwarz is an equality, and every rounding counts.
  @Test(arguments: InstructionSet.available)
  func aQueryAlongTheErrorLosesNoRow(isa: InstructionSet) throws {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 25)
    for d in [16, 64, 128] {
      let rotation = Rotation(dimension: d)
      let turned = (0..<d).map { i in rotation.rotated((0..<d).map { $0 == i ? 1 : 0 }, kernels: kernels) }
      let rows = (0..<64).map { _ in random.floats(d).map { $0 * 3e5 } }
      let codes = CodeBlock(FloatMatrix(rows: rows, columns: d), rowCount: 64, by: rotation, kernels: kernels)
      var tightest = Double.infinity
      for (i, row) in rows.enumerated() {
        let error = zip(rotation.rotated(row, kernels: kernels), codes.approximation(row: i)).map { $0 - $1 }
        let query = turned.map { Float(product($0, error)) }
        let probe = try #require(CodeQuery(query, rotation: rotation, kernels: kernels))
        let score = Exact.dot(query, row)
        var reached = [UInt64](repeating: 0, count: 1)
        kernels.scan(codes, probe, atLeast: score, into: &reached)
        let place = UInt64(codes.place(of: i))
        #expect(reached[0] >> place & 1 == 1, "row \(i), \(d) dimensions")
        // What the bound allows beyond the score, as a part of the error term.
        for part in [0.02, 0.05, 0.1, 0.2, 0.5] {
          kernels.scan(codes, probe, atLeast: score + Float(part * product(error, error)), into: &reached)
          if reached[0] >> place & 1 == 0 { tightest = min(tightest, part) }
        }
      }
      #expect(tightest <= 0.5, "the bound is loose: the test would not notice a missing term")
    }
  }

  /// A query along a row has the highest score that the row's norm allows.
  @Test(arguments: InstructionSet.available)
  func wordsThatAreNotLongEnoughAreNotLookedAt(isa: InstructionSet) throws {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 26)
    for d in Self.dimensions {
      let rotation = Rotation(dimension: d)
      let direction = random.floats(d)
      // Every second row has the same direction, and rows 100 to 199 the same length.
      let rows = (0..<256).map { i in
        let row = i % 2 == 0 ? direction : random.floats(d)
        let length = Float((Exact.normSquared(row)).squareRoot())
        let wanted = Float(1 + (i * 37 % 256) / 4) * ((100..<200).contains(i) ? 0 : 1) + 20
        return row.map { $0 / length * wanted }
      }
      let codes = CodeBlock(FloatMatrix(rows: rows, columns: d), rowCount: 256, by: rotation, kernels: kernels)
      #expect(Set((0..<256).map { codes.place(of: $0) }) == Set(0..<256))
      let probe = try #require(CodeQuery(direction, rotation: rotation, kernels: kernels))
      var reached = [UInt64](repeating: .max, count: 4)
      var counts: [Int] = []
      for i in stride(from: 0, to: 256, by: 2) {
        let score = Exact.dot(direction, rows[i])
        let words = Self.words(codes, probe, nil, atLeast: score, kernels)
        counts.append(kernels.scan(codes, probe, atLeast: score, words: words, into: &reached))
        let least = rows[i].reduce(0) { $0 + $1 * $1 } * 0.999
        for (j, row) in rows.enumerated() {
          let isReached = reached[codes.place(of: j) / 64] >> UInt64(codes.place(of: j) % 64) & 1 == 1
          if j % 2 == 0, Exact.dot(direction, row) >= score { #expect(isReached, "\(d) dimensions, row \(j)") }
          if codes.place(of: j) >= counts[counts.count - 1] {
            #expect(!isReached && row.reduce(0) { $0 + $1 * $1 } < least / 0.998, "\(d) dimensions, row \(j)")
          }
        }
      }
      #expect(counts.min() ?? 256 <= 64 && counts.max() == 256, "\(d) dimensions: \(counts)")
    }
  }

  @Test(arguments: InstructionSet.available)
  func everyInstructionSetReachesTheSameRows(isa: InstructionSet) throws {
    var random = SeededRandom(seed: 24)
    for d in Self.dimensions {
      let rotation = Rotation(dimension: d)
      let rows = (0..<1024).map { i in i % 7 == 0 ? Self.row(i / 7, d, &random) : random.floats(d) }
      let matrix = FloatMatrix(rows: rows, columns: d)
      let queries = (0..<19).map { _ in random.floats(d) }
      let found = try [InstructionSet.scalar, isa].map { isa in
        let kernels = KernelSet(isa)
        let codes = CodeBlock(matrix, rowCount: 1024, by: rotation, kernels: kernels)
        let probes = try queries.map { try #require(CodeQuery($0, rotation: rotation, kernels: kernels)) }
        let thresholds = queries.map { query in (0..<8).map { Exact.dot(query, rows[$0 * 100 + 1]) }.max() ?? 0 }
        var reached = [UInt64](repeating: 0, count: 19 * 16)
        let words = (0..<19).map { k -> UInt64 in
          let some: UInt64 = 0x1234_5678_9ABC_DEF0 >> UInt64(k)
          return k % 5 == 0 ? 0xF0F0 : some & 0xFFFF
        }
        kernels.scan(codes, probes, atLeast: thresholds, words: [UInt64](repeating: .max, count: 19), into: &reached)
        var some = [UInt64](repeating: .max, count: 19 * 16)
        kernels.scan(codes, probes, atLeast: thresholds, words: words, into: &some)
        for (place, bits) in some.enumerated() {
          let isWanted = words[place / 16] >> UInt64(place % 16) & 1 == 1
          #expect(bits == (isWanted ? reached[place] : 0), "word \(place % 16) of query \(place / 16)")
        }
        var alone = [UInt64](repeating: 0, count: 16)
        kernels.scan(codes, probes[18], atLeast: thresholds[18], words: words[18], into: &alone)
        #expect(alone == Array(some.suffix(16)), "alone and in company")
        let kept = zip(probes, thresholds).map { probe, threshold in
          let all = [UInt64](repeating: .max, count: 16)
          let odd = [UInt64](repeating: 0xAAAA_AAAA_AAAA_AAAA, count: 16)
          var (rows, kept) = ([UInt32](repeating: 0, count: 1024), [UInt32](repeating: 0, count: 1024))
          var lower = [Float](repeating: 0, count: 1024)
          let count = kernels.list(codes, reached: all, words: 0..<16, mask: nil, into: &rows)
          #expect(Set(rows.prefix(count)) == Set(0..<1024))
          let left = kernels.refine(codes, probe, atLeast: threshold, rows, 0..<1024, into: &kept, lower: &lower)
          let part = kernels.list(codes, reached: all, words: 5..<9, mask: odd, into: &rows)
          #expect(part < 256 && rows.prefix(part).allSatisfy { $0 % 2 == 1 && codes.place(of: Int($0)) < 256 })
          return Array(kept.prefix(left))
        }
        return (reached, kept)
      }
      #expect(found[0].0 == found[1].0 && found[0].1 == found[1].1, "\(d) dimensions")
      let (all, second) = (found[0].0.reduce(0) { $0 + $1.nonzeroBitCount }, found[0].1.joined().count)
      #expect(second <= all && all < 19 * 1024, "\(all) by 4 bits, \(second) by 8, \(d) dimensions")
    }
  }

  /// Every threshold is the score of a row, whose word must be looked at, by whatever direction its rows lie.
  @Test(arguments: InstructionSet.available)
  func noWordThatReachesTheScoreOfARowIsLeftOut(isa: InstructionSet) throws {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 27)
    for d in Self.dimensions {
      let rotation = Rotation(dimension: d)
      let rows = (0..<256).map { i in Self.row(i, d, &random) }
      let matrix = FloatMatrix(rows: rows, columns: d)
      // Along a row of the word, along a small one, and along nothing that is near.
      let directions = Directions(
        [rows[9], rows[70], random.floats(d), random.floats(d)].map { row in
          Exact.normSquared(row) > 0 ? row : random.floats(d)
        }, kernels: kernels)
      let directed = DirectedWords(directions, numbers: [0, 1, 2, 3], of: matrix, kernels: kernels)
      let codes = CodeBlock(matrix, rowCount: 256, by: rotation, directed: directed, kernels: kernels)
      #expect((0..<256).allSatisfy { codes.place(of: $0) == $0 }, "rows that lie by direction stay in their order")
      for turn in 0..<24 {
        let query = turn < 4 ? directions.vector(turn).map { -$0 } : Self.row(turn * 5, d, &random)
        guard let probe = CodeQuery(query, rotation: rotation, kernels: kernels) else { continue }
        let parts = probe.directed(by: directions, kernels: kernels)
        for (i, row) in rows.enumerated() {
          let words = Self.words(codes, probe, parts, atLeast: Exact.dot(query, row), kernels)
          #expect(words >> UInt64(i / 64) & 1 == 1, "row \(i), \(d) dimensions")
        }
      }
    }
  }

  /// Rows that lie along a direction are bounded by it: a query across it need not look at them.
  @Test func wordsThatPointElsewhereAreNotLookedAt() throws {
    let kernels = KernelSet()
    var random = SeededRandom(seed: 28)
    let d = 64
    let rotation = Rotation(dimension: d)
    let centres = (0..<4).map { _ in random.floats(d) }
    let rows = (0..<256).map { i in zip(centres[i / 64], random.floats(d)).map { $0 + 0.05 * $1 } }
    let matrix = FloatMatrix(rows: rows, columns: d)
    let directions = Directions(centres, kernels: kernels)
    let codes = CodeBlock(
      matrix, rowCount: 256, by: rotation,
      directed: DirectedWords(directions, numbers: [0, 1, 2, 3], of: matrix, kernels: kernels), kernels: kernels)
    for (k, centre) in centres.enumerated() {
      let probe = try #require(CodeQuery(centre, rotation: rotation, kernels: kernels))
      let parts = probe.directed(by: directions, kernels: kernels)
      let least = try #require(rows[64 * k..<64 * k + 64].map { Exact.dot(centre, $0) }.min())
      #expect(Self.words(codes, probe, parts, atLeast: least, kernels) == 1 << UInt64(k))
      // The bound is not much above the best of the word.
      let most = try #require(rows[64 * k..<64 * k + 64].map { Exact.dot(centre, $0) }.max())
      #expect(Self.words(codes, probe, parts, atLeast: most * 1.01, kernels) == 0)
    }
  }

  private static func words(
    _ codes: CodeBlock, _ query: CodeQuery, _ directed: DirectedQuery?, atLeast score: Float, _ kernels: KernelSet
  ) -> UInt64 {
    let count = codes.rowCount / 64
    var bounds = [Float](repeating: .nan, count: count + 1)
    var hopes = bounds
    // In two parts, as runs are.
    for words in [0..<count / 3, count / 3..<count] where !words.isEmpty {
      kernels.bound(codes, query, directed, words: words, into: &bounds, &hopes)
    }
    return kernels.words(bounds, 0..<count, atLeast: query.bound(atLeast: score))
  }

  /// Rows that strain a bound: of any size, one-hot, constant, with one huge value, subnormal, zero.
  private static func row(_ kind: Int, _ d: Int, _ random: inout SeededRandom) -> [Float] {
    let values = random.floats(d)
    switch kind % 10 {
    case 0: return values.map { $0 * 0x1p-66 }
    case 1: return values.map { $0 * 0x1p+50 }
    case 2: return values.indices.map { $0 == kind % d ? values[$0] : 0 }
    case 3: return values.map { _ in values[0] }
    case 4: return values.indices.map { $0 == kind % d ? 1e15 : values[$0] }
    case 5: return values.map { $0 * 0x1p-140 }
    case 6: return values.map { -$0.magnitude }
    case 7: return kind % 20 == 7 ? values.map { _ in 0 } : values.map { $0 * 0x1p-95 }
    case 8: return awkwardFloats(d, &random)
    default: return values
    }
  }

  private func product(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
