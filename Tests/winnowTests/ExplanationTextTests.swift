import Testing
import Vocabulary
import WinnowClient
import Wire

@testable import winnow

struct ExplanationTextTests {
  private func answer(
    _ change: (inout Wire.RankReport) -> Void = { _ in }, explained: Bool = true
  ) -> RankAnswer {
    var report = Wire.RankReport()
    report.requestID = 0xFEED
    report.reranked = 40
    report.waterfall = [
      .init(phase: .plan, startMicroseconds: 0, durationMicroseconds: 20),
      .init(phase: .roundTrip, shard: ShardID(0), startMicroseconds: 20, durationMicroseconds: 600),
      .init(phase: .roundTrip, shard: ShardID(2), startMicroseconds: 20, durationMicroseconds: 1800),
      .init(phase: .shardQueue, shard: ShardID(2), startMicroseconds: 30, durationMicroseconds: 100),
      .init(phase: .scan, shard: ShardID(2), startMicroseconds: 130, durationMicroseconds: 300),
    ]
    if explained {
      report.explanation.state = .complete
      report.explanation.base = 0.25
      report.explanation.inputs = [
        .init(.userVector, shared: .norm(1.5)), .init(.dot), .init(.attribute, name: "brand"),
        .init(.habit, name: "price"), .init(.context, name: "device", shared: .words("phone")),
      ]
      report.explanation.items = [
        .init(
          place: 3, shard: ShardID(1), phase: .secondSearch,
          parts: [
            .init(value: .number(0.5), logit: 1), .init(value: .words("a\u{1B}b"), logit: -0.5),
            .init(value: .missing, logit: 0),
          ])
      ]
    }
    change(&report)
    let results = RankResults(
      isExact: true, isRanked: true, rerankedCount: 1, ids: [42], retrievalScores: [0.75], logits: [0.75],
      attributes: AttributeTable(rowCount: 1, strings: [], columns: []))
    return RankAnswer(RankResponse(results: results, report: report))
  }

  @Test func everyInputIsNamedWithItsPartAndABar() throws {
    let lines = try #require(ExplanationText(answer())).lines
    #expect(lines[2].hasPrefix("  #1 item 42 · retrieval 0.7500, place 3 · shard 1, second search · probability 0.67"))
    #expect(lines[3] == "    logit 0.750 = base 0.250 + 0.500")
    #expect(lines[4] == "    dot product  0.5000  + 1.000              │████████████")
    #expect(lines[5] == "    brand           a␛b  − 0.500        ██████│")
    #expect(lines[6] == "    no part: habit of price –")
    #expect(lines.last == "  the same for every candidate, so without a part: user vector ‖1.500‖, device phone")
  }

  @Test func whatCouldNotBeExplainedIsSaid() throws {
    #expect(ExplanationText(answer(explained: false)) == nil)
    let without = answer { report in
      report.explanation.state = .withoutModel
      report.explanation.inputs = []
      report.explanation.items = [.init(place: 1, shard: ShardID(0), phase: .roundTrip)]
    }
    let lines = try #require(ExplanationText(without)).lines
    #expect(lines[1].contains("no model") && lines[3].contains("first search"))
    let late = answer { report in
      report.explanation.state = .partial
      report.explanation.items[0].parts = []
    }
    #expect(try #require(ExplanationText(late)).lines[1].contains("time ended"))
  }

  @Test func theStragglerIsNamed() throws {
    let report = answer().report
    #expect(
      WaterfallText.lines(report).last
        == "  shard 2 held the answer up: 1.80 ms, of which scan 0.30 ms, queue 0.10 ms, way and waiting 1.40 ms; "
        + "the others were done 1.20 ms before")
  }

  @Test func aScreenIsDrawnOverOnATerminalOnly() {
    var terminal = WatchScreen(isTerminal: true)
    #expect(terminal.next("a\n") == "\u{1B}[2J\u{1B}[Ha\u{1B}[K\n\u{1B}[J")
    #expect(terminal.next("b\n") == "\u{1B}[Hb\u{1B}[K\n\u{1B}[J")
    var pipe = WatchScreen(isTerminal: false)
    #expect(pipe.next("a\n") == "a\n")
    #expect(pipe.next("b\n") == "\nb\n")
  }
}
