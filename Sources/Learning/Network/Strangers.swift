package import Kernels
import DataSets

/// How training serves some events as if the model did not know their shopper, so that a network learns what strangers
/// choose and not only what its own shoppers do.
///
/// A stranger is served by what sells; or, if a session is known, by the query that a tower makes of the session and
/// by the profile that the session gives.
package struct Strangers: Sendable {
  /// What a server makes of sessions, a row for each.
  package struct Folded: Sendable {
    /// `[sessions, d]`.
    let queries: FloatMatrix
    /// `[sessions, p]`; `nil`: the network reads no profile.
    let profiles: FloatMatrix?

    package init(queries: FloatMatrix, profiles: FloatMatrix? = nil) {
      (self.queries, self.profiles) = (queries, profiles)
    }
  }

  /// Items of a session at most.
  static let sessionMax = 3

  /// The query vector `[d]` and the profile `[p]` of strangers without a session.
  let query: [Float]
  let profile: [Float]?
  /// The last other items before each event that is learned from, at most `sessionMax`, the oldest first, `[events]`.
  let before: [[UInt32]]
  /// Serves sessions; `nil`: the tower makes nothing of them.
  let fold: (@Sendable (_ sessions: [[UInt32]]) -> Folded)?

  package init(
    query: [Float], profile: [Float]? = nil, before: [[UInt32]],
    fold: (@Sendable (_ sessions: [[UInt32]]) -> Folded)? = nil
  ) {
    self.query = query
    self.profile = profile
    self.before = before
    self.fold = fold
  }
}

/// The pairs of a batch that strangers meet, and the vectors by which these are served.
package struct StrangerRows: Sendable {
  /// Of each pair the stranger's row in the tables; −1 for a shopper with vectors of their own, `[pairs]`.
  var rows: [Int32] = []
  /// Query vectors `[n, d]` and profiles `[n, p]`; row 0 is of those without a session.
  let queries: FloatMatrix
  let profiles: FloatMatrix?
  /// The items of their sessions, `[n]`; the first is empty.
  let sessions: [[UInt32]]
  /// The user vector of all of them, `[u]`.
  var vector: [Float] = []

  /// The strangers of a block of the batch's pairs.
  struct Block {
    let rows: ArraySlice<Int32>
    let queries: FloatMatrix
    let profiles: FloatMatrix?
    private let sessions: [[UInt32]]
    let vector: [Float]

    init(_ strangers: StrangerRows, _ pairs: Range<Int>) {
      rows = strangers.rows[pairs]
      (queries, profiles, vector) = (strangers.queries, strangers.profiles, strangers.vector)
      sessions = strangers.sessions
    }

    /// The session of the stranger of a pair of the block, perhaps empty; `nil`: the event's own shopper meets it.
    func session(_ place: Int) -> [UInt32]? { row(place).map { sessions[$0] } }

    /// The stranger of a pair of the block; `nil`: the event's own shopper.
    func row(_ place: Int) -> Int? {
      let row = Int(rows[rows.startIndex + place])
      return row < 0 ? nil : row
    }

    /// Calls `body` with each pair that a stranger meets, and the stranger's row.
    func forEach(_ body: (_ place: Int, _ row: Int) -> Void) {
      for place in 0..<rows.count { if let row = row(place) { body(place, row) } }
    }
  }
}

/// The strangers of one epoch: which events they meet depends on seed, epoch and event only.
struct StrangerEpoch {
  /// Of each event the stranger's row; −1: the event's own shopper, `[events]`.
  private let rows: [Int32]
  private let tables: StrangerRows

  init(_ strangers: Strangers, _ options: TrainingOptions, epoch: Int) {
    let random = CounterRandom(seed: options.seed, stream: 0x5000_0000 + UInt64(epoch))
    var rows: [Int32] = []
    var sessions: [[UInt32]] = []
    rows.reserveCapacity(strangers.before.count)
    for (event, before) in strangers.before.enumerated() {
      let draw = random.fraction(2 * UInt64(event))
      if draw < options.strangerShare {
        rows.append(0)
      } else if draw < options.strangerShare + options.sessionShare, strangers.fold != nil, !before.isEmpty {
        sessions.append(before.suffix(1 + random.below(Strangers.sessionMax, 2 * UInt64(event) + 1)))
        rows.append(Int32(sessions.count))
      } else {
        rows.append(-1)
      }
    }
    self.rows = rows
    let folded = sessions.isEmpty ? nil : strangers.fold?(sessions)
    tables = StrangerRows(
      queries: Self.table(strangers.query, folded?.queries),
      profiles: strangers.profile.map { Self.table($0, folded?.profiles) }, sessions: [[]] + sessions)
  }

  /// A row, and those of a table behind it.
  private static func table(_ first: [Float], _ others: FloatMatrix?) -> FloatMatrix {
    let table = FloatMatrix(rows: 1 + (others?.rowCapacity ?? 0), columns: first.count)
    table.setRow(0, first)
    if let others { for row in 0..<others.rowCapacity { table.copyRow(row, of: others, to: row + 1) } }
    return table
  }

  /// The stranger who meets an event; `nil`: its own shopper does.
  func row(of event: Int) -> Int? { rows[event] < 0 ? nil : Int(rows[event]) }

  /// The strangers of a batch; `nil`: there is none.
  ///
  /// - Parameters:
  ///   - events: The event of each pair.
  ///   - vector: The user vector of strangers, `[u]`.
  func rows(of events: [Int], vector: [Float]) -> StrangerRows? {
    var batch = tables
    batch.rows = events.map { rows[$0] }
    batch.vector = vector
    return batch.rows.contains { $0 >= 0 } ? batch : nil
  }
}
