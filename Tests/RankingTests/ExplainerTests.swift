import Kernels
import Ranking
import Support
import Testing
import Vocabulary

struct ExplainerTests {
  let context: [String: ContextValue] = ["hour": .number(17.5), "device": .word("desk"), "day": .number(50.5)]

  /// The columns of each own input of the fixture, told from the page: item 3, product 3, dot 1, then the features.
  private static let widths = [3, 3, 1, 1, 3, 1, 1, 2, 1, 1, 1, 1, 1]

  /// Parts by plain loops over the slow twin's logits.
  private func slowParts(
    _ twin: SlowTwin, mean: [Float], item: [Float], first: Int
  ) -> [Float] {
    var starts: [Int] = []
    var at = first
    for width in Self.widths {
      starts.append(at)
      at += width
    }
    func changes(_ order: [Int]) -> [Double] {
      var changes = [Double](repeating: 0, count: order.count)
      var row = mean
      var last = Double(twin.logit(row))
      for index in order {
        for column in starts[index]..<starts[index] + Self.widths[index] { row[column] = item[column] }
        let logit = Double(twin.logit(row))
        changes[index] = logit - last
        last = logit
      }
      return changes
    }
    let order = Array(Self.widths.indices)
    return zip(changes(order), changes(order.reversed())).map { Float(($0 + $1) / 2) }
  }

  @Test func partsEqualTheSlowTwinBitForBitOnEveryInstructionSet() throws {
    let fixture = try Fixture()
    let model = try fixture.model()
    let user = try #require(model.users[UserID(7)])
    let candidates = fixture.candidates(40)
    let twin = SlowTwin(fixture: fixture)
    let rows = (0..<40).map { twin.inputs(user, candidates, $0, context) }
    // Only the first 30 were re-ranked.
    let mean = rows[0].indices.map { column in
      Float(rows.prefix(30).reduce(0.0) { $0 + Double($1[column]) } / 30)
    }
    for isa in InstructionSet.available {
      for blockRows in [64, 5, 1] {
        let explainer = try #require(
          Explainer(
            Reranker(model, kernels: KernelSet(isa)), candidates.inputs, user: user, context: context, count: 30,
            blockRows: blockRows))
        #expect(explainer.base.bitPattern == twin.logit(mean).bitPattern)
        for position in [0, 7, 29] {
          let slow = slowParts(twin, mean: mean, item: rows[position], first: fixture.manifest.layout.userCount)
          #expect(explainer.parts(of: position)?.map(\.bitPattern) == slow.map(\.bitPattern), "\(isa) \(position)")
        }
      }
    }
  }

  @Test(arguments: Arithmetic.allCases) func partsSumToTheLogitLessTheBase(arithmetic: Arithmetic) throws {
    let fixture = try Fixture(seed: 4)
    let model = try fixture.model(arithmetic)
    let reranker = Reranker(model)
    let user = try #require(model.users[UserID(900)])
    let candidates = fixture.candidates(50).inputs
    let logits = reranker.rerank(candidates, user: user, context: context)
    let explainer = try #require(Explainer(reranker, candidates, user: user, context: context, count: 50))
    for position in 0..<50 {
      let parts = try #require(explainer.parts(of: position))
      let logit = try #require(logits[position])
      let sum = parts.reduce(0) { $0 + Double($1) }
      let greatest = parts.map { Double(abs($0)) }.max() ?? 0
      let bound = Double(parts.count) * 0x1p-24 * greatest
      #expect(abs(sum - (Double(logit.value) - Double(explainer.base))) <= bound, "\(position)")
    }
  }

  @Test func inputsAreNamedAndTheirValuesAreThoseOfTheItem() throws {
    let fixture = try Fixture()
    let model = try fixture.model()
    let user = try #require(model.users[UserID(7)])
    let candidates = fixture.candidates(20)
    let names = model.manifest.layout.blocks
    #expect(names.map(\.kind).prefix(5) == [.userVector, .profile, .itemVector, .product, .dot])
    #expect(
      names.dropFirst(5).map(\.name) == [
        "price", "category", "", "new", "colours", "stock", "stock", "colours", "category", "price", "hour", "device",
        "day",
      ])
    #expect(names.filter(\.isShared).map(\.name) == ["", "", "hour", "device", "day"])
    let explainer = try #require(
      Explainer(Reranker(model), candidates.inputs, user: user, context: context, count: 20))
    for position in 0..<20 {
      let values = explainer.values(of: position)
      let columns = candidates.values.map { $0[position] }
      #expect(values[3] == number(columns[0]) && values[8] == number(columns[4]) && values[9] == number(columns[4]))
      #expect(values[4] == words(columns[1]) && values[7] == words(columns[3]) && values[6] == number(columns[2]))
      #expect(values[5] == .number(Double(candidates.inputs.retrievalScores[position])))
      let age =
        if case .float(let price) = columns[0] { InputValue.number(max(0, 50.5 - price)) } else {
          InputValue.missing
        }
      #expect(values[12] == age)
      guard case .norm(let norm) = values[0] else {
        Issue.record("an item vector has a norm")
        continue
      }
      let rerank = candidates.inputs.reranks.row(position).map { Double($0) }
      #expect(abs(norm - rerank.reduce(0) { $0 + $1 * $1 }.squareRoot()) < 1e-12)
    }
  }

  private func number(_ value: AttributeValue?) -> InputValue {
    switch value {
    case .int(let number): .number(Double(number))
    case .float(let number): .number(number)
    case .bool(let flag): .number(flag ? 1 : 0)
    default: .missing
    }
  }

  private func words(_ value: AttributeValue?) -> InputValue {
    switch value {
    case .keyword(let word): .words([word.exact])
    case .keywordSet(let words): words.isEmpty ? .missing : .words(words.map(\.exact))
    default: .missing
    }
  }

  @Test func aLogitThatIsNotFiniteHasNoParts() throws {
    let fixture = try Fixture(layers: [.init(out: 1, activation: .none)], weightScale: 3e38)
    let model = try fixture.model()
    let user = try #require(model.users[UserID(7)])
    let candidates = fixture.candidates(12).inputs
    let explainer = try #require(Explainer(Reranker(model), candidates, user: user, context: [:], count: 12))
    #expect((0..<12).contains { explainer.parts(of: $0) == nil })
  }

  @Test func whoeverStopsItBeforeTheFirstBlockGetsNothing() throws {
    let fixture = try Fixture()
    let model = try fixture.model()
    let user = try #require(model.users[UserID(7)])
    let candidates = fixture.candidates(12).inputs
    #expect(
      Explainer(Reranker(model), candidates, user: user, context: [:], count: 12, shouldStop: { true }) == nil)
  }
}
