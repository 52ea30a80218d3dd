/// The sum of the gradients of one step, of which each user moves it by at most 1 in the Euclidean norm.
package struct StepSum: Sendable, Equatable {
  /// Whole numbers of 2⁻²⁴ of the greatest length, `[parameters]`.
  package private(set) var sums: [Int64]
  /// Users whose gradient was no number; only the data's holder is told.
  package private(set) var leftOut = 0

  package init(parameters: Int) { sums = [Int64](repeating: 0, count: parameters) }

  /// Adds a user's gradient; one that is longer than `clip` counts as one of that length.
  package mutating func add(_ gradient: [Double], clip: Double) {
    precondition(gradient.count == sums.count, "a number a parameter")
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let length = max(norm, clip)
    let values = gradient.map { Fixed.toward0($0 / length) }
    guard norm.isFinite, Fixed.isWithin1(values) else {
      leftOut += 1
      return
    }
    for (place, value) in values.enumerated() { sums[place] &+= value }
  }

  /// Adds the users of another part of the step.
  package mutating func add(_ other: StepSum) {
    for (place, value) in other.sums.enumerated() { sums[place] &+= value }
    leftOut += other.leftOut
  }

  /// Adds noise to every parameter, also to those that no gradient of the step has moved.
  package mutating func add(_ mechanism: GaussianMechanism, _ key: NoiseKey, step: Int) {
    let noise = DiscreteGaussian(deviation: mechanism.sigma)
    var stream = NoiseStream(key, .steps, row: UInt64(step))
    for place in sums.indices { sums[place] &+= noise.draw(&stream) }
  }

  /// The mean gradient, by the public number of users.
  package func mean(_ settings: StepSettings) -> [Double] {
    let factor = settings.clip / (settings.sampling * Double(settings.users))
    return sums.map { Fixed.value($0) * factor }
  }
}
