package import Vocabulary
package import Wire

/// The coverage of an answer: the shards that answered in full, and why the others did not.
package struct Coverage: Sendable, Equatable {
  /// Millionths of all slots whose whole content was searched, rounded down.
  package private(set) var partsPerMillion: UInt32 = 0
  /// Shards of the map that have slots.
  package private(set) var shardCount = 0
  /// Shards that answered in full.
  package private(set) var shardsAnswered = 0
  /// Items that the shards which answered in full hold.
  package private(set) var itemsCovered: UInt64 = 0
  /// The other shards, and why.
  package private(set) var missing: [RankReport.Missing] = []
  private var slotsCovered = 0

  /// Nothing yet.
  package init() {}

  /// Counts a shard.
  ///
  /// - Parameters:
  ///   - cause: Why its slots are missing, or `nil`.
  ///   - items: Items that it holds of the collection.
  package mutating func add(_ shard: ShardID, slots: Int, cause: MissingCause?, items: UInt64) {
    shardCount += 1
    if let cause {
      missing.append(.init(shard: shard, slots: UInt16(clamping: slots), cause: cause))
    } else {
      shardsAnswered += 1
      slotsCovered += slots
      itemsCovered &+= items
      partsPerMillion = Self.partsPerMillion(slotsCovered)
    }
  }

  /// Whether nothing is missing.
  package var isFull: Bool { missing.isEmpty }

  /// The answer to a query whose minimum coverage, in millionths, is not met: COVERAGE_NOT_MET with the missing shards.
  ///
  /// - Parameter causes: Those of shards that could still have answered.
  func shortfall(of minimum: UInt32, without causes: [MissingCause]) -> WireError {
    let lost = missing.filter { !causes.contains($0.cause) }
    let most = Self.partsPerMillion(Limits.slotCount - lost.reduce(0) { $0 + Int($1.slots) })
    let reasons = lost.map { "shard \($0.shard.rawValue) \($0.cause.words)" }
    return WireError(
      .coverageNotMet, fieldOffset: RankRequest.minimumCoverageOffset,
      shard: lost.first.map { UInt32($0.shard.rawValue) },
      message: "coverage is at most \(most) ppm, and the query asks for \(minimum): " + reasons.joined(separator: ", "))
  }

  /// The share of a number of slots, in millionths.
  static func partsPerMillion(_ slots: Int) -> UInt32 { UInt32(clamping: slots * 1_000_000 / Limits.slotCount) }
}
