import Support
import Testing
import Vocabulary
import Wire

struct MessageTests {
  @Test(arguments: MessageSamples.all())
  func everyMessageSurvivesARoundTrip(_ sample: MessageSample) throws {
    #expect(try sample.recode(sample.bytes) == sample.bytes)
  }

  @Test(arguments: MessageSamples.all())
  func everyTruncationIsMalformed(_ sample: MessageSample) {
    // The shard map's body is 8 KiB of one array: its first and last bytes stand for the rest.
    let lengths = sample.bytes.indices.filter { $0 < 400 || sample.bytes.count - $0 < 20 }
    for length in lengths {
      let error = #expect(throws: WireError.self) { try sample.recode(Array(sample.bytes.prefix(length))) }
      #expect(error?.code == .malformedBody, "cut at \(length)")
    }
  }

  @Test(arguments: MessageSamples.all())
  func oneMoreByteIsTrailing(_ sample: MessageSample) {
    let error = #expect(throws: WireError.self) { try sample.recode(sample.bytes + [0]) }
    #expect(error?.code == .trailingBytes)
    #expect(error?.fieldOffset == UInt32(sample.bytes.count))
  }

  @Test(arguments: MessageSamples.all())
  func damagedBodiesNeverTrap(_ sample: MessageSample) {
    var random = SeededRandom(seed: 20_260_801)
    guard !sample.bytes.isEmpty else { return }
    for _ in 0..<400 {
      var bytes = sample.bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 0..<min(bytes.count, 300), using: &random)
        bytes[at] =
          Bool.random(using: &random)
          ? .random(in: 0...255, using: &random) : [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
      }
      // Accepting is fine, as long as what was accepted can be said again.
      if let again = try? sample.recode(bytes) { #expect((try? sample.recode(again)) == again) }
    }
  }

  @Test func aCountBeyondTheBodyIsRefusedBeforeAnythingIsReserved() {
    var writer = BodyWriter()
    writer.write(UInt32.max)
    let error = #expect(throws: WireError.self) { try MetricsResponse(body: writer.body.bytes) }
    #expect(error?.code == .malformedBody)
  }

  @Test func aBodyOfTheFirstVersionLeavesOutWhatTheSecondHasMore() throws {
    var rank = RankRequest(collection: "shop", k: 10, depth: 200)
    rank.leastDepth = 20
    rank.requestID = 7
    rank.explainedCount = 3
    let first = rank.body(version: 1)
    #expect((first.version, rank.body.version) == (1, 5))
    let again = try RankRequest(body: first.bytes, version: 1)
    #expect((again.depth, again.leastDepth, again.requestID, again.explainedCount) == (200, 0, 0, 0))
    #expect(throws: WireError.self) { try RankRequest(body: first.bytes, version: 2) }
    #expect(throws: WireError.self) { try RankRequest(body: rank.body.bytes, version: 1) }
  }

  @Test func wordsOfAnExplanationAreCutBetweenCharacters() throws {
    var explanation = RankExplanation()
    explanation.inputs = [.init(.attribute, name: String(repeating: "ü", count: 200), shared: .words("x"))]
    let again = try RankExplanation(body: explanation.body.bytes)
    #expect(again.inputs.first?.name == String(repeating: "ü", count: 127))
  }

  @Test func valuesOfATableComeBackByRow() {
    let table = MessageSamples.table
    #expect(table.value(row: 0, column: 3) == .keywordSet(["blue", "red"]))
    #expect(table.value(row: 2, column: 3) == .keywordSet([]))
    #expect(table.value(row: 1, column: 3) == nil)
    #expect(table.value(row: 0, column: 5) == .text("Grüße"))
    #expect(table.value(row: 2, column: 4) == .bool(false))
    #expect(table.value(row: 2, column: 1) == .int(.max))
  }

  @Test func equalLookingStringsOfDifferentBytesStayApart() {
    var pool = StringPool()
    #expect(pool.index(of: "\u{e9}") != pool.index(of: "e\u{301}"))
  }

  @Test(arguments: [
    ([Float.nan, 1], 0), ([1, Float.infinity], 1), ([1, -Float.infinity], 1), ([1, 1, 1e18, 1e18], 2), ([3e38, 0], 0),
  ])
  func vectorsThatRetrievalCannotBearAreFound(_ values: [Float], _ fault: Int) {
    #expect(VectorCheck.firstFault(in: values, dimension: 2) == fault)
  }

  @Test(arguments: [[Float](), [1e18, 0], [0, -0.0, .leastNonzeroMagnitude, 1]])
  func vectorsWithinTheNormAreGood(_ values: [Float]) {
    #expect(VectorCheck.firstFault(in: values, dimension: 2) == nil)
  }

  @Test(arguments: [1, 3, 4, 5, 16, 67])
  func aFaultIsFoundWhereverItStands(dimension: Int) {
    let good = [Float](repeating: 1, count: dimension)
    for place in 0..<dimension {
      for value in [Float.nan, -Float.infinity, 2e18] {
        var bad = good
        bad[place] = value
        let fault = value.isFinite ? dimension : dimension + place
        #expect(VectorCheck.firstFault(in: good + bad + good, dimension: dimension) == fault)
      }
    }
    for part in [0.7, 0.71, 0.99999, 0.9999999, 1, 1.0000001, 1.00001] {
      let value = Float(1e18 * part / Double(dimension).squareRoot())
      let squares = (0..<dimension).reduce(0.0) { sum, _ in sum + Double(value) * Double(value) }
      let vector = [Float](repeating: value, count: dimension)
      #expect((VectorCheck.firstFault(in: vector, dimension: dimension) == nil) == (squares <= 1e36), "\(part)")
    }
  }
}
