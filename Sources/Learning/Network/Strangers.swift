import DataSets
package import Kernels

/// How training serves some events as if the model did not know their shopper, so that a network learns what strangers
/// choose and not only what its own shoppers do.
///
/// A stranger is served by what sells; or, of whom a session is known, by the query that a tower makes of the session.
package struct Strangers: Sendable {
  /// Items of a session at most.
  static let sessionMax = 3

  /// The query vector of shoppers of whom nothing is known, `[d]`.
  let query: [Float]
  /// The last other items before each event that is learned from, at most `sessionMax`, the oldest first, `[events]`.
  let before: [[UInt32]]
  /// Makes the query vectors of sessions, `[sessions, d]`.
  let fold: @Sendable (_ sessions: [[UInt32]]) -> FloatMatrix

  package init(
    query: [Float], before: [[UInt32]], fold: @escaping @Sendable (_ sessions: [[UInt32]]) -> FloatMatrix
  ) {
    self.query = query
    self.before = before
    self.fold = fold
  }
}

/// The pairs of a batch that strangers meet, and the vectors by which these are served.
package struct StrangerRows: Sendable {
  /// Of each pair the stranger's row in the tables; −1 for a shopper with vectors of their own, `[pairs]`.
  var rows: [Int32] = []
  /// Query vectors `[n, d]` and user vectors `[n, u]`.
  let queries, vectors: FloatMatrix

  /// The strangers of a block of the batch's pairs.
  struct Block {
    let rows: ArraySlice<Int32>
    let queries, vectors: FloatMatrix

    init(_ strangers: StrangerRows, _ pairs: Range<Int>) {
      rows = strangers.rows[pairs]
      (queries, vectors) = (strangers.queries, strangers.vectors)
    }

    /// The rows of shoppers in a table, with those of strangers in their places, written to `room`.
    func shoppers(
      _ table: FloatMatrix, _ users: ArraySlice<UInt32>, strangers: FloatMatrix, kernels: KernelSet,
      into room: FloatMatrix
    ) {
      kernels.gather(table, users, into: room)
      for (row, stranger) in rows.enumerated() where stranger >= 0 {
        room.copyRow(Int(stranger), of: strangers, to: row)
      }
    }
  }
}

/// The strangers of one epoch: which events they meet depends on seed, epoch and event only.
struct StrangerEpoch {
  /// Of each event the stranger's row; −1: the event's own shopper, `[events]`.
  private let rows: [Int32]
  /// The sessions of the strangers from row 1 on.
  private let sessions: [[UInt32]]
  /// Row 0 is of those of whom nothing is known.
  private let tables: StrangerRows

  init(_ strangers: Strangers, _ options: TrainingOptions, epoch: Int, userDimension: Int) {
    let random = CounterRandom(seed: options.seed, stream: 0x5000_0000 + UInt64(epoch))
    var rows: [Int32] = []
    var sessions: [[UInt32]] = []
    rows.reserveCapacity(strangers.before.count)
    for (event, before) in strangers.before.enumerated() {
      let draw = random.fraction(2 * UInt64(event))
      if draw < options.strangerShare {
        rows.append(0)
      } else if draw < options.strangerShare + options.sessionShare, !before.isEmpty {
        sessions.append(before.suffix(1 + random.below(Strangers.sessionMax, 2 * UInt64(event) + 1)))
        rows.append(Int32(sessions.count))
      } else {
        rows.append(-1)
      }
    }
    self.rows = rows
    self.sessions = sessions
    let queries = FloatMatrix(rows: 1 + sessions.count, columns: strangers.query.count)
    queries.setRow(0, strangers.query)
    let folded = strangers.fold(sessions)
    for row in sessions.indices { queries.copyRow(row, of: folded, to: row + 1) }
    tables = StrangerRows(
      queries: queries, vectors: FloatMatrix(rows: 1 + sessions.count, columns: userDimension))
  }

  /// The stranger who meets an event; `nil`: its own shopper does.
  func row(of event: Int) -> Int32? { rows[event] < 0 ? nil : rows[event] }

  /// The strangers of a batch with the user vectors that a server gives them; `nil`: there is none.
  ///
  /// - Parameters:
  ///   - events: The event of each pair.
  ///   - mean: The user vector of those of whom nothing is known.
  func rows(of events: [Int], _ network: RankingNetwork, mean: [Float]) -> StrangerRows? {
    var batch = tables
    batch.rows = events.map { rows[$0] }
    guard batch.rows.contains(where: { $0 >= 0 }) else { return nil }
    batch.vectors.setRow(0, mean)
    let takesMean = network.shape.readsItems && network.items.columns == mean.count
    for row in Set(batch.rows) where row > 0 {
      let row = Int(row)
      if takesMean {
        batch.vectors.setRow(row, Self.mean(of: sessions[row - 1], network.items))
      } else if batch.queries.columns == mean.count {
        batch.vectors.copyRow(row, of: batch.queries, to: row)
      }
    }
    return batch
  }

  /// The float32 sum in the order given, each component divided by the count: as a server does it.
  private static func mean(of session: [UInt32], _ items: FloatMatrix) -> [Float] {
    var sum = [Float](repeating: 0, count: items.columns)
    for (place, item) in session.enumerated() {
      items.withRow(Int(item)) { row in
        for column in sum.indices { sum[column] = place == 0 ? row[column] : sum[column] + row[column] }
      }
    }
    return sum.map { $0 / Float(session.count) }
  }
}
