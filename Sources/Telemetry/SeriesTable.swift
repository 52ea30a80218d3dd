import Vocabulary

/// Series of one metric by what their labels stand for, so that a hot path finds one by a small key and not by its name
/// and the text of its labels.
package final class SeriesTable<Key: Hashable & Sendable, Series: Sendable>: Sendable {
  private let series = Lock<[Key: Series]>([:])
  private let make: @Sendable (Key) -> Series

  /// An empty table.
  ///
  /// - Parameter make: Asks the registry for the series of a key; it bounds how many there are.
  package init(_ make: @escaping @Sendable (Key) -> Series) { self.make = make }

  /// The series of a key, made the first time.
  package subscript(key: Key) -> Series {
    series.withLock { series in
      if let found = series[key] { return found }
      let new = make(key)
      // A key that a peer chooses must not make the table grow without end.
      if series.count < MetricRegistry.seriesMax { series[key] = new }
      return new
    }
  }
}
