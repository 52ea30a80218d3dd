/// The source of random numbers, passed in so that a seed replays a run.
public protocol RandomSource: Sendable {
  /// 64 uniformly distributed bits.
  func next() -> UInt64
}
