/// Which items follow which, and how strongly: what a shopper's latest items say of others, without vectors.
package struct NeighbourTable: Sendable, Equatable {
  /// How the table is read.
  package struct Settings: Hashable, Sendable {
    /// What an event counts less for each newer one, 0…1.
    package let decay: Float
    /// How many of the latest events that the model knows are read.
    package let length: Int

    package init(decay: Float = 0.8, length: Int = 10) { (self.decay, self.length) = (decay, length) }
  }

  /// The latest events among which those are looked for that the model knows.
  static let eventsMax = 100

  /// The components of an embedding beside the table: how popular an item is.
  package static let dimension = 1

  /// The items that have neighbours, `[rows]`, each once.
  package let ids: [UInt64]
  /// Where the neighbours of each begin, and the end of the last, `[rows + 1]`.
  package let offsets: [UInt64]
  /// The neighbours of one item after the other.
  package let items: [UInt64]
  package let weights: [Float]
  private let rowOfID: [UInt64: Int]

  /// A table of rows.
  package init(rows: [(id: UInt64, neighbours: [(id: UInt64, weight: Float)])]) {
    var offsets: [UInt64] = [0]
    for row in rows { offsets.append(offsets[offsets.count - 1] + UInt64(row.neighbours.count)) }
    self.init(
      checked: rows.map(\.id), offsets, rows.flatMap { $0.neighbours.map(\.id) },
      rows.flatMap { $0.neighbours.map(\.weight) })
  }

  /// The table of a file.
  ///
  /// - Returns: `nil` if an item stands twice, or the offsets do not ascend from 0 to the number of neighbours.
  package init?(ids: [UInt64], offsets: [UInt64], items: [UInt64], weights: [Float]) {
    guard offsets.count == ids.count + 1, offsets.first == 0, offsets.last == UInt64(items.count),
      items.count == weights.count, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }),
      Set(ids).count == ids.count
    else { return nil }
    self.init(checked: ids, offsets, items, weights)
  }

  private init(checked ids: [UInt64], _ offsets: [UInt64], _ items: [UInt64], _ weights: [Float]) {
    (self.ids, self.offsets, self.items, self.weights) = (ids, offsets, items, weights)
    rowOfID = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
  }

  /// What events say of other items, by their ids.
  ///
  /// - Parameter events: Items, the oldest first.
  package func scores(_ events: [UInt64], _ settings: Settings) -> [UInt64: Float] {
    var scores: [UInt64: Float] = [:]
    var share: Float = 1
    var read: Set<Int> = []
    for row in events.suffix(Self.eventsMax).reversed().lazy.compactMap({ rowOfID[$0] }) {
      // An item counts once, where it was met last.
      guard read.count < settings.length else { break }
      guard read.insert(row).inserted else { continue }
      for place in Int(offsets[row])..<Int(offsets[row + 1]) {
        scores[items[place], default: 0] += share * weights[place]
      }
      share *= settings.decay
    }
    return scores
  }
}
