import Vocabulary

/// A number as facets count it: an integer by itself, a float64 by the bucket of its upper bits.
protocol FacetKey {
  /// Ascends as the numbers do.
  var facetKey: Int64 { get }
}

extension Int64: FacetKey { var facetKey: Int64 { self } }
extension Double: FacetKey { var facetKey: Int64 { Int64(NumberBucket(self).rawValue) } }

/// How many rows of a full block have each key: what an unfiltered facet adds up.
struct KeyCounts: Sendable {
  /// The key of the first count.
  let low: Int64
  let counts: [UInt16]
  /// The place of each row's count: a quarter of what its number takes. `[capacity]`
  let places: [UInt16]

  /// - Parameter values: Ascending.
  /// - Returns: `nil` if keys lie so far apart that counts would take more room than rows, or there is no value.
  init?(_ values: [(value: some FacetKey, row: Int)], capacity: Int) {
    guard let low = values.first?.value.facetKey, let high = values.last?.value.facetKey,
      let width = DenseCounts.width(low, high), width <= capacity
    else { return nil }
    var counts = [UInt16](repeating: 0, count: width)
    var places = [UInt16](repeating: 0, count: capacity)
    for (value, row) in values {
      let place = Int(value.facetKey - low)
      counts[place] += 1
      places[row] = UInt16(place)
    }
    (self.low, self.counts, self.places) = (low, counts, places)
  }

  var byteCount: Int { (counts.count + places.count) * 2 }
}

/// Counts by key in the making, where all keys of a table lie close together.
struct DenseCounts: Sendable {
  /// Keys that are counted in an array at most.
  static let widthMax = 65_536

  /// The key of the first count.
  let low: Int64
  private(set) var counts: [UInt32]

  /// How many keys there are from one to another; `nil`: too many.
  static func width(_ low: Int64, _ high: Int64) -> Int? {
    let (distance, overflows) = high.subtractingReportingOverflow(low)
    return overflows || distance < 0 || distance >= widthMax ? nil : Int(distance) + 1
  }

  /// - Returns: `nil` if the keys lie too far apart.
  init?(_ low: Int64, _ high: Int64) {
    guard let width = Self.width(low, high) else { return nil }
    (self.low, counts) = (low, [UInt32](repeating: 0, count: width))
  }

  /// Adds all rows of a block.
  mutating func add(_ block: KeyCounts) {
    let start = Int(block.low - low)
    let added = block.counts.span
    var counted = counts.mutableSpan
    for place in added.indices { counted[start + place] &+= UInt32(added[place]) }
  }

  /// Adds some rows of a full block, all of which have a value.
  mutating func add(_ rows: RowBits, of block: KeyCounts) {
    let start = Int(block.low - low)
    let (places, words) = (block.places.span, rows.words.span)
    var counted = counts.mutableSpan
    for word in words.indices {
      var rest = words[word]
      while rest != 0 {
        counted[start + Int(places[word * 64 + rest.trailingZeroBitCount])] &+= 1
        rest &= rest - 1
      }
    }
  }

  /// Adds some rows of a block, all of which have a value.
  ///
  /// - Returns: The least and the greatest of their numbers.
  /// - Precondition: There is a row.
  mutating func add<Value: FacetKey & Comparable>(_ rows: RowBits, _ values: Span<Value>) -> (low: Value, high: Value) {
    var ends: (low: Value, high: Value)?
    let (low, words) = (low, rows.words.span)
    var counted = counts.mutableSpan
    for word in words.indices {
      var rest = words[word]
      while rest != 0 {
        let value = values[word * 64 + rest.trailingZeroBitCount]
        counted[Int(value.facetKey &- low)] &+= 1
        if let known = ends {
          if value < known.low { ends = (value, known.high) } else if value > known.high { ends = (known.low, value) }
        } else {
          ends = (value, value)
        }
        rest &= rest - 1
      }
    }
    guard let ends else { preconditionFailure("a row at least") }
    return ends
  }

  /// The keys that were met, ascending, with their counts.
  var met: [(key: Int64, count: Int)] {
    counts.indices.compactMap { counts[$0] == 0 ? nil : (low + Int64($0), Int(counts[$0])) }
  }
}
