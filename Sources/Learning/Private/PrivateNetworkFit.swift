import DataSets
package import Privacy
import Vocabulary

/// DP-SGD: a fixed number of steps, each along the mean of clipped gradients of the users whose coin says so, under noise on
/// every parameter. Nothing of the log but these sums is looked at: no validation, no best step, no early end.
package struct PrivateNetworkFit: Sendable {
  package let inputs: PrivateInputs
  package private(set) var network: PrivateNetwork
  /// Gradients that were left out; only the data's holder is told.
  package private(set) var leftOut = 0

  private static let usersAPart = 32
  /// What is kept of the direction of earlier steps. A step as long in every parameter, such as Adam's, would walk far where
  /// there is only noise.
  private static let momentum = 0.9

  /// - Parameter noise: `nil`: no noise is added, and nothing may be released.
  package init(
    _ log: PrivateLog, _ inputs: PrivateInputs, _ settings: StepSettings, noise: GaussianMechanism?, _ key: NoiseKey,
    threads: Int
  ) {
    self.inputs = inputs
    network = PrivateNetwork(inputs: inputs.count)
    let team = WorkerTeam(count: threads)
    let histories = log.histories
    let lists = Self.byPart(histories.count, team) { inputs.lists(histories[$0], eventsMax: settings.eventsMax) }
    var speed = [Double](repeating: 0, count: network.parameters.count)
    for step in 0..<settings.steps {
      let members = settings.members(of: histories.count, step: step, key)
      var sum = StepSum(parameters: speed.count)
      let current = network
      let parts = Self.byPart((members.count + Self.usersAPart - 1) / Self.usersAPart, team) { part in
        var sum = StepSum(parameters: current.parameters.count)
        for member in members[(part * Self.usersAPart)...].prefix(Self.usersAPart) {
          sum.add(Self.gradient(current, inputs, lists[member]), clip: settings.clip)
        }
        return sum
      }
      for part in parts { sum.add(part) }
      leftOut += sum.leftOut
      if let noise { sum.add(noise, key, step: step) }
      // All from here on is made of the noisy sum alone.
      let mean = sum.mean(settings)
      let rate = settings.rate * (1 - Double(step) / Double(settings.steps))
      for (place, slope) in mean.enumerated() { speed[place] = Self.momentum * speed[place] + slope }
      network.move(speed.map { rate * (1 - Self.momentum) * $0 })
    }
  }

  /// The gradient of the mean loss over a user's lists.
  private static func gradient(
    _ network: PrivateNetwork, _ inputs: PrivateInputs, _ lists: [[PrivateInputs.Scored]]
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: network.parameters.count)
    for list in lists {
      network.addGradient(list.flatMap(inputs.row), weight: 1 / Double(lists.count), to: &gradient)
    }
    return gradient
  }

  /// What some threads make of each part, in the order of the parts.
  private static func byPart<Value: Sendable>(
    _ count: Int, _ team: WorkerTeam, _ make: @escaping @Sendable (Int) -> Value
  ) -> [Value] {
    let made = Lock([Value?](repeating: nil, count: count))
    team.run(parts: count) { part, _ in
      let value = make(part)
      made.withLock { $0[part] = value }
    }
    return made.withLock { $0.compactMap(\.self) }
  }
}
