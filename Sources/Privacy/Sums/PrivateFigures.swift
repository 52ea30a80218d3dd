/// Means over test cases under noise: figures that may be shown to others than the data's holder.
///
/// Each user has one case, whose values are in 0…1, and counts once in the number of cases. All of it together moves by 1
/// at most, so the sums and the number are one release.
package struct PrivateFigures: Sendable, Equatable {
  /// The means, within 0…1.
  package let means: [Double]
  /// The deviation of the noise of each mean, if there are as many cases as the noisy number says.
  package let deviation: Double

  /// The release of means under noise of this deviation.
  package static func mechanism(sigma: Double) -> GaussianMechanism {
    GaussianMechanism("test figures", sigma: (sigma * Fixed.one).rounded(.up) / Fixed.one)
  }

  /// - Parameter values: Of each metric a value for each case.
  /// - Precondition: As many values of each metric.
  package init(_ values: [[Double]], _ mechanism: GaussianMechanism, _ key: NoiseKey) {
    let cases = values.first?.count ?? 0
    precondition(values.allSatisfy { $0.count == cases }, "a value a case")
    // A case with all its values and its count of 1 is no longer than 1.
    let share = 1 / Double(values.count + 1).squareRoot()
    let noise = DiscreteGaussian(deviation: mechanism.sigma)
    var stream = NoiseStream(key, .figures, row: 0)
    func noisy(_ column: [Double]) -> Double {
      let sum = column.reduce(Int64(0)) { $0 &+ Fixed.toward0(min(max($1, 0), 1) * share) }
      return Fixed.value(sum &+ noise.draw(&stream))
    }
    let number = max(noisy([Double](repeating: 1, count: cases)), share)
    means = values.map { min(max(noisy($0) / number, 0), 1) }
    deviation = mechanism.sigma / number
  }
}
