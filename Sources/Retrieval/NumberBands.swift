import Kernels

/// The numbers of a full block's column in up to 254 bands of neighbouring values.
///
/// A range takes whole bands, by their lists if they are few rows and else by a byte of each row, and asks the column
/// itself only about the rows of the bands at its ends. A number that many rows have is a band of its own.
struct NumberBands<Value: FacetKey & Comparable & BitwiseCopyable & Sendable>: Sendable {
  private struct Band: Sendable {
    let low, high: Value
    /// The end of its rows in the order.
    let end: Int
  }

  private let bands: [Band]
  /// The band of each row, from 1; 0 for a row without a value. `[capacity]`
  private let numbers: [UInt8]
  /// The rows with a value, by band.
  private let order: [UInt16]
  /// How many rows have each key (`FacetKey`), where the keys of the block lie close together.
  let keyCounts: KeyCounts?

  init(_ values: [(value: Value, row: Int)], capacity: Int) {
    var bands: [Band] = []
    var numbers = [UInt8](repeating: 0, count: capacity)
    let sorted = values.sorted { $0.value < $1.value }
    // A full band has `full` rows. A number with twice as many rows cuts the band before it short, and has its own: so
    // there are at most 254 bands.
    let full = (sorted.count + 253) / 254
    var start = 0
    while start < sorted.count {
      var end = start
      while end < sorted.count, end - start < full {
        var next = end + 1
        while next < sorted.count, sorted[next].value == sorted[end].value { next += 1 }
        if end > start, next - end >= 2 * full { break }
        end = next
      }
      bands.append(Band(low: sorted[start].value, high: sorted[end - 1].value, end: end))
      for place in start..<end { numbers[sorted[place].row] = UInt8(bands.count) }
      start = end
    }
    self.bands = bands
    self.numbers = numbers
    order = sorted.map { UInt16($0.row) }
    keyCounts = KeyCounts(sorted, capacity: capacity)
  }

  var byteCount: Int {
    numbers.count + order.count * 2 + bands.count * MemoryLayout<Band>.stride + (keyCounts?.byteCount ?? 0)
  }

  /// The least and the greatest number; `nil`: no row has one.
  var bounds: (low: Value, high: Value)? {
    bands.first.flatMap { first in bands.last.map { (first.low, $0.high) } }
  }

  /// How many of some rows lie in each band, from band 1; at 0 those without a value. `[256]`
  func counts(of rows: RowBits) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    rows.forEach { counts[Int(numbers[$0])] += 1 }
    return counts
  }

  /// Calls `body` with the ends of each band, ascending, and with its rows.
  @inline(__always)
  func forEachBand(_ body: (_ low: Value, _ high: Value, _ rows: ArraySlice<UInt16>) -> Void) {
    var start = 0
    for band in bands {
      body(band.low, band.high, order[start..<band.end])
      start = band.end
    }
  }

  /// How many bands there are.
  var count: Int { bands.count }

  /// The ends of a band and its rows.
  func band(_ place: Int) -> (low: Value, high: Value, rows: ArraySlice<UInt16>) {
    (bands[place].low, bands[place].high, order[places(place..<place + 1)])
  }

  /// No fewer than how many rows lie in a range.
  func countMax(_ range: ClosedRange<Value>) -> Int { places(place(range)).count }

  /// The rows whose number lies in a range.
  ///
  /// - Parameter value: the number of a row.
  func rows(_ range: ClosedRange<Value>, kernels: KernelSet, value: (Int) -> Value) -> RowBits {
    var rows = RowBits(capacity: numbers.count)
    let taken = place(range)
    let places = places(taken)
    guard let first = taken.first, let last = taken.last else { return rows }
    if places.count * 16 < numbers.count {
      for place in places { rows[Int(order[place])] = true }
    } else {
      rows.take(numbers, within: UInt8(first + 1)...UInt8(last + 1), kernels: kernels)
    }
    for band in first == last ? [first] : [first, last]
    where bands[band].low < range.lowerBound || bands[band].high > range.upperBound {
      for place in self.places(band..<band + 1) {
        let row = Int(order[place])
        if !range.contains(value(row)) { rows[row] = false }
      }
    }
    return rows
  }

  /// The rows whose number is one of some, ascending and without repeats.
  func rows(among values: [Value], value: (Int) -> Value) -> RowBits {
    var rows = RowBits(capacity: numbers.count)
    var next = 0
    for wanted in values {
      guard let band = place(wanted...wanted).first, band >= next else { continue }
      next = band + 1
      for place in places(band..<next) {
        let row = Int(order[place])
        if bands[band].low == bands[band].high || values.bisects(value(row)) { rows[row] = true }
      }
    }
    return rows
  }

  /// The bands that have numbers of a range or stand across one of its ends.
  private func place(_ range: ClosedRange<Value>) -> Range<Int> {
    let first = countBefore { $0.high < range.lowerBound }
    return first..<max(first, countBefore { $0.low <= range.upperBound })
  }

  private func countBefore(_ isBefore: (Band) -> Bool) -> Int {
    var (low, high) = (0, bands.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(bands[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Where the rows of some bands stand in the order.
  private func places(_ taken: Range<Int>) -> Range<Int> {
    guard let last = taken.last else { return 0..<0 }
    return (taken.lowerBound == 0 ? 0 : bands[taken.lowerBound - 1].end)..<bands[last].end
  }
}
