import Kernels
import Ranking
import Support
import Testing
import Vocabulary

struct RerankerTests {
  let context: [String: ContextValue] = [
    "hour": .number(17.5), "device": .word("desk"), "day": .number(50.5), "unheard-of": .number(1),
  ]

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
        #expect(scores(reranker.run(candidates.inputs, user: user, context: context)) == expected, "\(isa)")
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
      #expect(Reranker(model).rerank(candidates.inputs, user: user) == expected, "\(activation)")
    }
  }

  @Test func anySplitIntoBlocksGivesTheSameBits() throws {
    let fixture = try Fixture(seed: 3)
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(900)])
    let candidates = fixture.candidates(61)
    let whole = reranker.rerank(candidates.inputs, user: user, context: context, blockRows: 61)
    #expect(whole.count == 61)
    #expect(Set(whole).count > 50)
    for blockRows in [1, 2, 3, 7, 16, 60, 1000, 0] {
      #expect(reranker.rerank(candidates.inputs, user: user, context: context, blockRows: blockRows) == whole)
    }
  }

  @Test func stoppingKeepsTheBestCandidatesScored() throws {
    let fixture = try Fixture()
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    let candidates = fixture.candidates(50)
    let whole = reranker.rerank(candidates.inputs, user: user)
    var blocks = 0
    let part = reranker.rerank(candidates.inputs, user: user, blockRows: 8) {
      blocks += 1
      return blocks > 3
    }
    #expect(part == Array(whole.prefix(24)))
    #expect(reranker.rerank(candidates.inputs, user: user) { true }.isEmpty)
  }

  @Test func noCandidatesGiveNoScores() throws {
    let fixture = try Fixture()
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    #expect(reranker.rerank(fixture.candidates(0).inputs, user: user).isEmpty)
  }

  @Test func logitsThatAreNotFiniteAreCountedAndCarryNoScore() throws {
    let fixture = try Fixture(layers: [.init(out: 4, activation: .none), .init(out: 1, activation: .none)])
    let reranker = Reranker(try fixture.model())
    let user = try #require(reranker.model.users[UserID(8)])
    let candidates = fixture.candidates(5)
    for i in 0..<3 { candidates.inputs.reranks[2, i] = .greatestFiniteMagnitude }
    var run = reranker.run(candidates.inputs, user: user, blockRows: 2)
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
    let missing = reranker.rerank(candidates.inputs, user: user)
    #expect(
      reranker.rerank(candidates.inputs, user: user, context: ["hour": .word("noon"), "device": .number(1)]) == missing)
    #expect(reranker.rerank(candidates.inputs, user: user, context: ["device": .word("watch")]) != missing)
  }

  private func cross(_ feature: AttributeFeature, _ value: AttributeValue?, moment: Double? = nil) throws -> Float {
    let profile: [Float] = [0.5, 0.125, 0.25]
    let cross = try #require(feature.cross(profileNames: ["price", "colours=red", "colours=blue"]))
    let item = try #require(cross.items(InputColumn([value])).first)
    let input = cross.input(item, profile: profile.span, moment: moment)
    #expect(cross.inputs(InputColumn([value]), profile: profile.span, moment: moment) == [input])
    return input
  }

  /// Serving adds in place what training adds of a list: the same bits for any words, few or many, some of them twice.
  @Test func affinitiesOfAColumnAreThoseOfItsItems() throws {
    let known = (0..<30).map { "colours=\($0)" }
    let feature = AttributeFeature.affinity(attribute: "colours", profile: "colours")
    let cross = try #require(feature.cross(profileNames: known))
    let profile = known.indices.map { 1 / Float($0 + 3) }
    // 7 and 13 have no common factor with 37, so that words come in no order; those from 30 on are not known.
    let values: [AttributeValue?] = (0..<40).map { item in
      item == 20 ? nil : .keywordSet((0..<item).map { "\((7 * item + 13 * ($0 - $0 % 3)) % 37)" })
    }
    let column = InputColumn(values)
    let expected = cross.items(column).map { cross.input($0, profile: profile.span, moment: nil) }
    #expect(cross.inputs(column, profile: profile.span, moment: nil) == expected)
    #expect(expected[20] == 0 && Set(expected).count > 20)
  }

  @Test func aHabitIsTheDistanceFromTheProfile() throws {
    let habit = AttributeFeature.habit(
      attribute: "price", profile: "price", Normalisation(mean: 2, scale: 3, missing: 9))
    #expect(try cross(habit, .float(2.5)) == 1)
    #expect(try cross(habit, .int(2)) == -0.5)
    // What is missing is no distance.
    #expect(try cross(habit, nil) == 9)
    #expect(try cross(habit, .float(1e300)) == 9)
    #expect(
      AttributeFeature.habit(attribute: "price", profile: "cost", Normalisation()).cross(profileNames: ["price"]) == nil
    )
  }

  @Test func anAffinityAddsTheProfilesOfTheItemsWords() throws {
    let affinity = AttributeFeature.affinity(attribute: "colours", profile: "colours")
    #expect(try cross(affinity, .keywordSet(["blue", "green", "red"])) == 0.375)
    #expect(try cross(affinity, .keyword("red")) == 0.125)
    #expect(try cross(affinity, .keyword("price")) == 0)
    #expect(try cross(affinity, nil) == 0)
  }

  @Test func anAgeIsNeverBelowZero() throws {
    let age = AttributeFeature.age(attribute: "first_seen", context: "day", Normalisation(mean: 1, missing: -7))
    #expect(try cross(age, .float(20000.5), moment: 20003) == 1.5)
    #expect(try cross(age, .int(20004), moment: 20003) == -1)
    #expect(try cross(age, .int(20004)) == -7)
    #expect(try cross(age, nil, moment: 20003) == -7)
  }

  @Test func anEdgeBelongsToTheBinAboveIt() throws {
    let fixture = try Fixture()
    let assembler = FeatureAssembler(fixture.manifest)
    let user = try #require(try fixture.model().users[UserID(7)])
    func bins(_ value: ContextValue?) -> [Float] {
      Array(
        assembler.prepare(fixture.candidates(0).inputs, user: user, context: value.map { ["day": $0] } ?? [:]).context
          .suffix(
            4))
    }
    #expect(bins(.number(-3)) == [1, 0, 0, 0])
    #expect(bins(.number(20)) == [0, 0, 1, 0])
    #expect(bins(.number(50.5)) == [0, 0, 0, 1])
    #expect(bins(.word("20")) == [0, 0, 0, 0])
    #expect(bins(nil) == [0, 0, 0, 0])
  }

  @Test func assemblerNamesEachNeededAttributeOnce() throws {
    let fixture = try Fixture()
    #expect(FeatureAssembler(fixture.manifest).attributeNames == ["price", "category", "new", "colours", "stock"])
  }

  @Test func columnsOfNumbersGiveTheInputsOfSingleOnesOnEveryInstructionSet() {
    var numbers = [
      0, -0.0, 1, -1, 0.25, 1e-300, -Double.leastNonzeroMagnitude, 3e38, -3.5e38, 1e300, .infinity, -.infinity, .nan,
      0.41421356237309515,
    ]
    var random = SeededRandom(seed: 4)
    for _ in 0..<1000 {
      let significand = Double(random.next() % 4_000_003) / 2_000_001 - 1
      numbers.append(Double(sign: .plus, exponent: Int(random.next() % 160) - 80, significand: significand))
    }
    for takesLog in [false, true] {
      let how = Normalisation(mean: 1.7, scale: -0.3, missing: 9, takesLog: takesLog)
      let expected = numbers.map { how.input($0).bitPattern }
      for isa in InstructionSet.available {
        for rows in [0..<numbers.count, 3..<numbers.count - 2, 5..<5] {
          let matrix = FloatMatrix(rows: numbers.count, columns: 3)
          KernelSet(isa).normalise(
            numbers, rows: rows, .init(mean: 1.7, scale: -0.3, missing: 9, takesLog: takesLog), into: matrix, column: 1)
          #expect((0..<rows.count).map { matrix[$0, 1].bitPattern } == Array(expected[rows]), "\(isa)")
          #expect((0..<numbers.count).allSatisfy { matrix[$0, 0] == 0 && matrix[$0, 2] == 0 })
        }
      }
    }
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
