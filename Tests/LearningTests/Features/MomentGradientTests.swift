import Kernels
import Learning
import Ranking
import Support
import Testing
import Vocabulary

struct MomentGradientTests {
  /// 7 users and 9 items, as the batches of `GradientTests` name them, and 11 events.
  private static func side() throws -> SideInputs {
    var random = SeededRandom(seed: 12)
    func matrix(_ rows: Int, _ columns: Int) -> FloatMatrix {
      FloatMatrix(rows: (0..<rows).map { _ in random.floats(columns) }, columns: columns)
    }
    var side = SideInputs(profiles: matrix(7, 3), attributes: matrix(9, 2))
    side.drift = .init(column: 1, values: random.floats(3 * 9))
    let names = ["price", "colour=red", "colour=blue"]
    func cross(_ feature: AttributeFeature, _ items: [ItemSide]) throws -> SideInputs.ItemCross {
      SideInputs.ItemCross(try #require(feature.cross(profileNames: names)), items: items)
    }
    side.crosses = [
      try cross(
        .habit(attribute: "price", profile: "price", Normalisation(missing: 0.5)),
        (0..<9).map { $0 == 4 ? .missing : .input(Float($0) / 8) }),
      try cross(
        .affinity(attribute: "colour", profile: "colour"), (0..<9).map { .places([[], [1], [1, 2]][$0 % 3]) }),
      try cross(
        .age(attribute: "first", context: "day", Normalisation(mean: 3, scale: 0.25, missing: 0.5)),
        (0..<9).map { $0 == 2 ? .missing : .number(Double($0)) }),
    ]
    side.contexts = matrix(4, 5)
    side.users = EventInputs(contexts: (0..<7).map { $0 % 4 }, days: [9, 8, 7, 6, 5, 4, 3])
    side.events = EventInputs(
      contexts: (0..<11).map { $0 * 3 % 4 }, days: (0..<11).map { Float($0) / 2 },
      profiles: (matrix(6, 3), (0..<11).map { $0 % 6 }), periods: (0..<11).map { $0 % 3 })
    return side
  }

  private static func network(usesUser: Bool) throws -> RankingNetwork {
    let network = RankingNetwork(
      NetworkShape(
        dimension: 4, hidden: [9, 5], activation: .tanh, usesUser: usesUser, usesProduct: true, usesDot: true),
      userCount: 7, itemCount: 9, side: try side())
    network.initialise(seed: 3, deviation: 0.6)
    return network
  }

  @Test(arguments: RankingLoss.allCases, [true, false])
  func whatIsReadOfMomentsHasTheSlopesOfFloat64(loss: RankingLoss, usesUser: Bool) throws {
    let network = try Self.network(usesUser: usesUser)
    GradientTests.check(network, loss, events: 11)
    GradientTests.check(network, loss)
  }

  @Test func everyPartOfAMomentChangesTheLogits() throws {
    let side = try Self.side()
    let network = try Self.network(usesUser: true)
    func report(_ change: (inout SideInputs) -> Void) -> Double {
      var changed = side
      change(&changed)
      var batch = GradientTests.batch(groups: 19, group: 1)
      batch.events = (0..<19).map { UInt32($0 % 11) }
      let other = network.extended(userCount: 7, itemCount: 9, side: changed)
      return RankingOptimiser(other, TrainingOptions()).gradients(of: batch).report.loss
    }
    let events = try #require(side.events)
    let changes: [(inout SideInputs) -> Void] = [
      { $0.events = EventInputs(contexts: events.contexts, days: events.days, profiles: events.profiles) },
      { $0.events = EventInputs(contexts: events.contexts, days: events.days, periods: events.periods) },
      { $0.events = EventInputs(contexts: events.contexts, profiles: events.profiles, periods: events.periods) },
      {
        $0.events = EventInputs(
          contexts: [UInt32](repeating: 0, count: 11), days: events.days, profiles: events.profiles,
          periods: events.periods)
      },
    ]
    let losses = changes.map { report($0) }
    #expect(Set(losses + [report { _ in }]).count == 5)
  }
}
