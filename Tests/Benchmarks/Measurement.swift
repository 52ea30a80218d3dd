import Bytes
import SocketTransport
import Vocabulary

/// What a benchmark found: times of ours and of the peer, and a fingerprint of the result.
struct Measurement: Sendable {
  /// A figure beside the ratio that has a bar of its own.
  struct Figure: Sendable {
    let name: String
    let value: Double
    let unit: String
    /// The most that it may be.
    let bar: Double
    /// Half of its 95 % interval, if it has one: beyond the bar is what is not zero either.
    var spread: Double?

    init(name: String, value: Double, unit: String, bar: Double, spread: Double? = nil) {
      (self.name, self.value, self.unit, self.bar, self.spread) = (name, value, unit, bar, spread)
    }

    /// The mean of differences that were found in pairs.
    init(name: String, _ differences: [Double], unit: String, bar: Double) {
      let n = Double(differences.count)
      let mean = differences.reduce(0, +) / n
      let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      self.init(
        name: name, value: mean, unit: unit, bar: bar, spread: 1.96 * (squares / (n - 1) / n).squareRoot())
    }

    var holds: Bool { value <= bar || (spread.map { value - $0 <= 0 } ?? false) }
  }

  /// Microseconds of each sample.
  private(set) var microseconds: [Double] = []
  private(set) var peerMicroseconds: [Double] = []
  /// SHA-256 of the bits of the results: the same on every machine.
  let resultHash: String
  /// What else has to hold.
  var figures: [Figure] = []

  /// Takes samples of both in turn, so that a machine that drifts drifts for both; the first of each does not count.
  init(samples: Int, results: [UInt32], ours: (Int) throws -> Void, peer: ((Int) throws -> Void)? = nil) throws {
    resultHash = Measurement.hash(results)
    let clock = SystemClock()
    for sample in 0...samples {
      var start = clock.now()
      try ours(sample)
      let time = Double(clock.now().nanoseconds - start.nanoseconds) / 1000
      if sample > 0 { microseconds.append(time) }
      guard let peer else { continue }
      start = clock.now()
      try peer(sample)
      let peerTime = Double(clock.now().nanoseconds - start.nanoseconds) / 1000
      if sample > 0 { peerMicroseconds.append(peerTime) }
    }
  }

  /// Takes over samples that were timed elsewhere.
  init(microseconds: [Double], peerMicroseconds: [Double] = [], results: [UInt32]) {
    self.microseconds = microseconds
    self.peerMicroseconds = peerMicroseconds
    resultHash = Measurement.hash(results)
  }

  static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private static func hash(_ words: [UInt32]) -> String {
    let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    return ContentHash.hexadecimal(ContentHash.sha256(bytes))
  }
}
