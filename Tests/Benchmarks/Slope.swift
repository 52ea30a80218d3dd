/// How fast something grows, with the half of its 95 % interval.
///
/// Samples close to each other depend on each other, so they are not what the interval is made of: the medians of twelve
/// stretches of time are.
struct Slope {
  private static let stretches = 12
  /// Student's t for twelve points and a line.
  private static let t = 2.228

  let perMinute: Double
  let spread: Double

  /// The line through samples of something at times in minutes, ascending; zero without enough of them.
  init(_ samples: [(minute: Double, value: Double)]) {
    let count = Self.stretches
    guard samples.count >= 2 * count else {
      (perMinute, spread) = (0, .infinity)
      return
    }
    let points = (0..<count).map { index in
      let part = samples[index * samples.count / count..<(index + 1) * samples.count / count]
      return (x: Measurement.median(part.map(\.minute)) ?? 0, y: Measurement.median(part.map(\.value)) ?? 0)
    }
    let n = Double(count)
    let (meanX, meanY) = (points.reduce(0) { $0 + $1.x } / n, points.reduce(0) { $0 + $1.y } / n)
    let squares = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / squares
    let rest = points.reduce(0) { sum, point in
      let error = point.y - meanY - slope * (point.x - meanX)
      return sum + error * error
    }
    (perMinute, spread) = (slope, Self.t * (rest / (n - 2) / squares).squareRoot())
  }
}
