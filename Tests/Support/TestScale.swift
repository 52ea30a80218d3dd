import FoundationEssentials

/// How much the tests do that draw from seeds: a little for each commit, or as much as the promises name.
///
/// `cluster/test --full` sets `WINNOW_FULL=1`; `WINNOW_SEED=N` replays one seed.
package enum TestScale {
  private static let environment = ProcessInfo.processInfo.environment

  /// Whether the full counts are asked for.
  package static let isFull = environment["WINNOW_FULL"] == "1"

  /// The one seed that is to be replayed, if one is.
  package static let replayedSeed = environment["WINNOW_SEED"].flatMap(UInt64.init)

  /// So many for each commit, or the full count.
  package static func count(_ usual: Int, full: Int) -> Int { isFull ? full : usual }

  /// The seeds of a test: from 1 on, or the one that is to be replayed.
  package static func seeds(_ usual: Int, full: Int) -> [UInt64] {
    replayedSeed.map { [$0] } ?? (0..<count(usual, full: full)).map { UInt64($0) + 1 }
  }

  /// The command that replays a seed, for a failure to print.
  package static func replay(_ seed: UInt64, _ test: String) -> String {
    "replay: WINNOW_SEED=\(seed) swift test --filter \(test)"
  }

  /// Prints the figures of a full run, which prove that it was one.
  package static func tell(_ figures: @autoclosure () -> String) { if isFull { print(figures()) } }
}

/// What went wrong with a seed.
package struct SeedFailure: Error, CustomStringConvertible {
  /// The error, and how to see it again.
  package let description: String
}

extension TestScale {
  /// Runs a seed, and names it with whatever is thrown.
  package static func named<Value>(
    _ seed: UInt64, _ test: String, _ body: () async throws -> Value
  ) async throws -> Value {
    do { return try await body() } catch { throw SeedFailure(description: "\(error)\n\(replay(seed, test))") }
  }

  /// Likewise, for what does not wait.
  package static func named<Value>(_ seed: UInt64, _ test: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw SeedFailure(description: "\(error)\n\(replay(seed, test))") }
  }
}
