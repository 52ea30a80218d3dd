import Vocabulary

/// The streams of a client's single writes. A shard remembers the newest op of each writer, so a writer is used for one
/// write after another, and only calls that are made side by side need several.
final class WriterPool: Sendable {
  /// The next op of a writer.
  struct Stream: Sendable {
    let writer: UInt64
    fileprivate(set) var op: UInt64 = 1
  }

  /// Streams that are kept for later calls: about what a coordinator takes from one client at once.
  private static let idleMax = 1024

  private let idle = Lock([Stream]())
  private let random: any RandomSource

  /// - Parameter random: Draws the numbers of writers.
  init(_ random: any RandomSource) { self.random = random }

  /// Makes a write as the next op of a writer that no other call uses.
  ///
  /// After a write that is not settled, its writer is not used again: an attempt may still be on its way, and a writer has
  /// one op in flight.
  func write<Outcome: SettledOutcome>(
    _ body: (Stream) async throws(WinnowError) -> Outcome
  ) async throws(WinnowError) -> Outcome {
    var stream = idle.withLock { $0.popLast() } ?? Stream(writer: newWriter())
    let outcome = try await body(stream)
    stream.op += 1
    if outcome.isSettled { idle.withLock { if $0.count < Self.idleMax { $0.append(stream) } } }
    return outcome
  }

  /// The number of a new stream of writes: random, so that no two clients share one.
  func newWriter() -> UInt64 { max(1, random.next()) }
}

/// What became of a write.
protocol SettledOutcome {
  /// Whether the cluster has answered for all of it.
  var isSettled: Bool { get }
}

extension WriteOutcome: SettledOutcome {}
extension EventOutcome: SettledOutcome {}
