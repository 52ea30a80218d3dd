import Kernels
import Ranking
import Testing
import Vocabulary

struct RerankerTests {
  let context: [String: ContextValue] = ["hour": .number(17.5), "device": .word("desk"), "unheard-of": .number(1)]

  private func scores(_ run: consuming RerankRun) -> [Score?] {
    while run.assemble() { run.score() }
    return run.scores
  }

  @Test func logitsEqualTheSlowTwinBitForBitOnEveryInstructionSet() throws {
    for (usesUser, usesDot) in [(true, true), (false, true), (true, false)] {
      let fixture = try Fixture(usesUser: usesUser, usesDot: usesDot)
      let model = try fixture.model()
      let user = try #require(model.users[UserID(7)])
      let candidates = fixture.candidates(133)
      let twin = SlowTwin(fixture: fixture)
      let expected = (0..<133).map { Score(twin.logit(twin.inputs(user, candidates, $0, context))) }
      for isa in InstructionSet.available {
        let reranker = Reranker(model, kernels: KernelSet(isa))
        #expect(scores(reranker.run(candidates, user: user, context: context)) == expected, "\(isa)")
      }
    }
  }

  @Test func everyActivationEqualsTheSlowTwin() throws {
    for activation in Activation.allCases {
      let fixture = try Fixture(
        seed: 5, layers: [.init(out: 33, activation: activation), .init(out: 1, activation: .none)])
      let model = try fixture.model()
      let user = try #require(model.users[UserID(.max)])
      let candidates = fixture.candidates(20, seed: 9)
      let twin = SlowTwin(fixture: fixture)
      let expected = (0..<20).map { Score(twin.logit(twin.inputs(user, candidates, $0, [:]))) }
      #expect(Reranker(model).rerank(candidates, user: user) == expected, "\(activation)")
    }
  }

  @Test func anySplitIntoBlocksGivesTheSameBits() throws {
    let fixture = try Fixture(seed: 3)
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(900)])
    let candidates = fixture.candidates(61)
    let whole = reranker.rerank(candidates, user: user, context: context, blockRows: 61)
    #expect(whole.count == 61)
    #expect(Set(whole).count > 50)
    for blockRows in [1, 2, 3, 7, 16, 60, 1000, 0] {
      #expect(reranker.rerank(candidates, user: user, context: context, blockRows: blockRows) == whole)
    }
  }

  @Test func stoppingKeepsTheBestCandidatesScored() throws {
    let fixture = try Fixture()
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    let candidates = fixture.candidates(50)
    let whole = reranker.rerank(candidates, user: user)
    var blocks = 0
    let part = reranker.rerank(candidates, user: user, blockRows: 8) {
      blocks += 1
      return blocks > 3
    }
    #expect(part == Array(whole.prefix(24)))
    #expect(reranker.rerank(candidates, user: user) { true }.isEmpty)
  }

  @Test func noCandidatesGiveNoScores() throws {
    let fixture = try Fixture()
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    #expect(reranker.rerank(fixture.candidates(0), user: user).isEmpty)
  }

  @Test func logitsThatAreNotFiniteAreCountedAndCarryNoScore() throws {
    let fixture = try Fixture(layers: [.init(out: 4, activation: .none), .init(out: 1, activation: .none)])
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    var candidates = fixture.candidates(5)
    for i in 0..<3 { candidates.reranks[6 + i] = .greatestFiniteMagnitude }
    var run = reranker.run(candidates, user: user, blockRows: 2)
    while run.assemble() { run.score() }
    #expect(run.count == 5)
    #expect(run.notFinite == run.scores.count { $0 == nil })
    #expect(run.scores[2] == nil)
    #expect(run.scores[0] != nil)
  }

  @Test func contextOfTheWrongKindCountsAsMissing() throws {
    let fixture = try Fixture()
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    let candidates = fixture.candidates(9)
    let missing = reranker.rerank(candidates, user: user)
    #expect(reranker.rerank(candidates, user: user, context: ["hour": .word("noon"), "device": .number(1)]) == missing)
    #expect(reranker.rerank(candidates, user: user, context: ["device": .word("watch")]) != missing)
  }

  @Test func assemblerNamesEachNeededAttributeOnce() throws {
    let fixture = try Fixture()
    #expect(FeatureAssembler(fixture.manifest).attributeNames == ["price", "category", "new", "colours", "stock"])
  }

  @Test func logarithmIsThatOfTheSpec() throws {
    // Reference values from a 50-digit computation, rounded to float32.
    let rows: [(Double, Float)] = [
      (0, 0), (1, 0.6931472), (9.99, 2.3969858), (1e6, 13.815512), (-1, -0.6931472), (0.25, 0.22314355),
      (1e300, 690.77553),
    ]
    for (value, expected) in rows {
      #expect(Normalisation(takesLog: true).input(value) == expected, "log1p(\(value))")
    }
    #expect(Normalisation(missing: 7).input(nil) == 7)
    #expect(Normalisation(missing: 7).input(1e300) == 7)
    #expect(Normalisation(mean: 1, scale: 2).input(4) == 6)
  }
}
