import DataSets
import Testing
import Vocabulary

@testable import Learning
@testable import Privacy

@Suite struct PrivateNetworkTests {
  private static let itemCount = 30
  private let settings: NeighbourSettings
  private let items: PublicItems
  private let log: PrivateLog
  private let inputs: PrivateInputs

  init() throws {
    var settings = NeighbourSettings()
    (settings.leastCount, settings.neighbours) = (0, 16)
    self.settings = settings
    items = try PublicItems(
      EntityTable(
        ids: (0..<Self.itemCount).map { "i\($0)" }, definitions: [AttributeDefinition(name: "kind", type: .keyword)],
        columns: [(0..<Self.itemCount).map { .keyword($0 % 3 == 0 ? "a" : "b") }]))
    var random = SplitMix64(seed: 8)
    log = PrivateLog(
      itemCount: Self.itemCount,
      histories: (0..<80).map { _ in
        var all = (0..<UInt32(Self.itemCount)).map { $0 }
        all.shuffle(using: &random)
        return Array(all.prefix(12))
      })
    inputs = try PrivateInputs(items, NeighbourRelease(log, settings, noise: nil, threads: 1), settings)
  }

  private var key: NoiseKey { NoiseKey(random: [UInt8](repeating: 9, count: 32)) }

  @Test func aNewNetworkKeepsTheOrderOfRetrieval() {
    let network = PrivateNetwork(inputs: inputs.count)
    let best = inputs.best(log.histories[0], 12)
    #expect(best.count == 12)
    let logits = best.map { network.logit(inputs.row($0)) }
    #expect(logits == logits.sorted(by: >))
    #expect(best.map(\.score) == best.map(\.score).sorted(by: >))
    #expect(Set(best.map(\.item)).isDisjoint(with: log.histories[0]))
  }

  @Test func slopesAreThoseOfTheLoss() throws {
    var network = PrivateNetwork(inputs: inputs.count)
    var random = SplitMix64(seed: 4)
    network.move(network.parameters.map { _ in Double(random.next() >> 11) * 0x1p-53 - 0.5 })
    let list = try #require(log.histories.lazy.flatMap { inputs.lists($0, eventsMax: 10) }.first)
    let rows = list.flatMap(inputs.row)
    func loss(_ network: PrivateNetwork) -> Double {
      let logits = list.map { network.logit(inputs.row($0)) }
      return Transcendental.log(logits.reduce(0) { $0 + Transcendental.exp($1 - logits[0]) })
    }
    var slopes = [Double](repeating: 0, count: network.parameters.count)
    network.addGradient(rows, weight: 1, to: &slopes)
    for place in slopes.indices {
      var step = [Double](repeating: 0, count: slopes.count)
      step[place] = 1e-6
      var (less, more) = (network, network)
      less.move(step)
      step[place] = -1e-6
      more.move(step)
      #expect(abs((loss(more) - loss(less)) / 2e-6 - slopes[place]) < 1e-5, "parameter \(place)")
    }
  }

  /// With and without one user, under equal coins, a step moves by no more than its bound.
  @Test func oneUserMovesAStepByNoMoreThanTheBound() throws {
    let network = PrivateNetwork(inputs: inputs.count)
    func sum(_ histories: ArraySlice<[UInt32]>) -> [Int64] {
      var sum = StepSum(parameters: network.parameters.count)
      for history in histories {
        let lists = inputs.lists(history, eventsMax: 10)
        var gradient = [Double](repeating: 0, count: network.parameters.count)
        for list in lists {
          network.addGradient(list.flatMap(inputs.row), weight: 1 / Double(lists.count), to: &gradient)
        }
        sum.add(gradient, clip: 0.01)
      }
      return sum.sums
    }
    let (all, without) = (sum(log.histories[...]), sum(log.histories.dropLast()))
    let moved = zip(all, without).map { $0 &- $1 }
    #expect(Fixed.isWithin1(moved) && moved.contains { $0 != 0 })
  }

  @Test func stepsAreAsManyAsWereSaidWhateverTheLogIs() throws {
    let settings = try StepSettings(["users=80", "steps=7", "q=0.5"])
    let fit = PrivateNetworkFit(log, inputs, settings, noise: nil, key, threads: 2)
    #expect(fit.network != PrivateNetwork(inputs: inputs.count))
    // A log in which nothing can be learned gets as many steps of noise.
    let empty = PrivateLog(itemCount: Self.itemCount, histories: [[1], [2]])
    let noise = GaussianMechanism("network steps", sigma: 1, sampling: 0.5, steps: 7)
    let noisy = PrivateNetworkFit(empty, inputs, settings, noise: noise, key, threads: 1)
    let moved = zip(noisy.network.parameters, PrivateNetwork(inputs: inputs.count).parameters)
    #expect(moved.allSatisfy { $0 != $1 })
    let plain = PrivateNetworkFit(empty, inputs, settings, noise: nil, key, threads: 1)
    #expect(plain.network == PrivateNetwork(inputs: inputs.count))
  }
}
