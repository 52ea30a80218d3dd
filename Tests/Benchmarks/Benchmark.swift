/// How large a run is: the sizes of the notes, or ones that CI can afford.
enum BenchmarkSize {
  case full, smoke
}

/// One entry of the table behind `cluster/bench`.
struct Benchmark: Sendable {
  let name: String
  /// What is measured, with its sizes.
  let what: String
  /// What it is compared with, in the same run; `nil` if it stands alone.
  let peer: String?
  /// The largest ratio to the peer that we accept.
  let bar: Double?
  /// Measures, and checks the result; throws `WrongResult` if that is not what it should be.
  let run: @Sendable (BenchmarkSize) async throws -> Measurement
  /// Whether the program fails when a bar does not hold: those of times depend on the machine.
  var failsBeyondBars = false
}

/// A benchmark's own check of what it computed has failed.
struct WrongResult: Error, CustomStringConvertible {
  let description: String
}
