import Bytes
import Vocabulary

/// Counts of numbers in the making: by value, between edges, or by the upper bits.
struct NumberCounts<Value: Comparable & Hashable & BitwiseCopyable & Sendable>: Sendable {
  private enum Form: Sendable {
    case values([Value: Int])
    case edges([Double], [Int])
    case buckets([UInt32: Int])
  }

  private var form: Form
  private let double: @Sendable (Value) -> Double
  private(set) var present = 0
  private(set) var isWhole = true
  private var least: Value?
  private var greatest: Value?

  init(_ kind: CountQuery.Facet.Kind, _ double: @escaping @Sendable (Value) -> Double) {
    self.double = double
    form =
      switch kind {
      case .values: .values([:])
      case .edges(let edges): .edges(edges, [Int](repeating: 0, count: edges.count - 1))
      case .buckets: .buckets([:])
      }
  }

  /// Whether all numbers between two count at the same place.
  func isOne(_ low: Value, _ high: Value) -> Bool {
    switch form {
    case .values: low == high
    case .edges(let edges, _): Self.range(double(low), edges) == Self.range(double(high), edges)
    case .buckets: NumberBucket(double(low)) == NumberBucket(double(high))
    }
  }

  /// Whether the bounds so far hold two numbers.
  func spans(_ low: Value, _ high: Value) -> Bool {
    least.map { $0 <= low } ?? false && greatest.map { $0 >= high } ?? false
  }

  /// Adds `count` items whose numbers lie between two that count at the same place.
  mutating func add(_ low: Value, _ high: Value, count: Int = 1) {
    guard count > 0 else { return }
    present += count
    if least.map({ low < $0 }) ?? true { least = low }
    if greatest.map({ high > $0 }) ?? true { greatest = high }
    switch form {
    case .values(var counts):
      form = .buckets([:])
      if counts.count < Limits.countedValuesMax || counts[low] != nil {
        counts[low, default: 0] += count
      } else {
        isWhole = false
      }
      form = .values(counts)
    case .edges(let edges, var counts):
      form = .buckets([:])
      if let range = Self.range(double(low), edges) { counts[range] += count }
      form = .edges(edges, counts)
    case .buckets(var counts):
      form = .edges([], [])
      let bucket = NumberBucket(double(low)).rawValue
      if counts.count < Limits.countedValuesMax || counts[bucket] != nil {
        counts[bucket, default: 0] += count
      } else {
        isWhole = false
      }
      form = .buckets(counts)
    }
  }

  /// What was counted; values as `text` writes them.
  func finish(_ text: (Value) -> String) -> FacetCount {
    let counts: FacetCount.Counts =
      switch form {
      case .values(let counts):
        .texts(counts.map { (text($0.key), $0.value) }.sorted { $0.0.exact < $1.0.exact })
      case .edges(_, let counts): .ranges(counts)
      case .buckets(let counts): .buckets(counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
      }
    let bounds = least.flatMap { least in greatest.map { double(least)...double($0) } }
    return FacetCount(counts: counts, present: present, bounds: bounds, isWhole: isWhole)
  }

  /// The range between neighbouring edges that has a number; the last one has its upper edge too.
  static func range(_ number: Double, _ edges: [Double]) -> Int? {
    guard let first = edges.first, let last = edges.last, number >= first, number <= last else { return nil }
    var (low, high) = (0, edges.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= number { low = middle } else { high = middle }
    }
    return low
  }
}

extension DenseCounts {
  /// What was counted, as one kind of facet.
  func finished(
    _ kind: CountQuery.Facet.Kind, _ type: AttributeType, _ bounds: (low: Double, high: Double)?
  ) -> FacetCount {
    var met = met
    let bounds = type == .int ? met.first.flatMap { a in met.last.map { (Double(a.key), Double($0.key)) } } : bounds
    let present = met.reduce(0) { $0 + $1.count }
    var isWhole = true
    let counts: FacetCount.Counts
    switch kind {
    case .values:
      if met.count > Limits.countedValuesMax {
        isWhole = false
        // The most frequent ones stay.
        met.sort { $0.count != $1.count ? $0.count > $1.count : $0.key < $1.key }
        met.removeLast(met.count - Limits.countedValuesMax)
      }
      let sorted = met.map { (order: DigitOrder($0.key), counted: $0) }.sorted { $0.order < $1.order }
      counts = .texts(sorted.map { (String($0.counted.key), $0.counted.count) })
    case .edges(let edges):
      var ranges = [Int](repeating: 0, count: edges.count - 1)
      for (key, count) in met {
        if let range = NumberCounts<Int64>.range(Double(key), edges) { ranges[range] += count }
      }
      counts = .ranges(ranges)
    case .buckets:
      var buckets: [(bucket: UInt32, count: Int)] = []
      for (key, count) in met {
        let bucket = type == .int ? NumberBucket(Double(key)).rawValue : UInt32(clamping: key)
        if buckets.last?.bucket == bucket {
          buckets[buckets.count - 1].count += count
        } else {
          buckets.append((bucket, count))
        }
      }
      if buckets.count > Limits.countedValuesMax {
        isWhole = false
        buckets.removeLast(buckets.count - Limits.countedValuesMax)
      }
      counts = .buckets(buckets)
    }
    return FacetCount(
      counts: counts, present: present, bounds: bounds.map { $0.low...$0.high }, isWhole: isWhole)
  }
}

extension Snapshot {
  /// Room for the counts of an attribute's numbers by key; `nil`: they lie too far apart.
  func facetKeys(_ attribute: Int) -> DenseCounts? {
    var ends: (low: Int64, high: Int64)?
    func widen(_ low: Int64, _ high: Int64) {
      ends = ends.map { (min($0.low, low), max($0.high, high)) } ?? (low, high)
    }
    for position in views.indices where views[position].aliveCount > 0 {
      let (block, rowCount) = (views[position].block, views[position].rowCount)
      guard block.columns.indices.contains(attribute) else { continue }
      switch views[position].lists?.columns[attribute] {
      case .ints(let bands)?: bands.bounds.map { widen($0.low.facetKey, $0.high.facetKey) }
      case .floats(let bands)?: bands.bounds.map { widen($0.low.facetKey, $0.high.facetKey) }
      default:
        switch block.columns[attribute] {
        case .int(let column):
          block.ends(of: column, attribute, rowCount).map { widen($0.low.facetKey, $0.high.facetKey) }
        case .float(let column):
          block.ends(of: column, attribute, rowCount).map { widen($0.low.facetKey, $0.high.facetKey) }
        default: break
        }
      }
    }
    let found = ends ?? (0, 0)
    return DenseCounts(found.low, found.high)
  }
}

extension Block {
  /// The least and the greatest number of an attribute in the first rows; `nil`: none has one.
  fileprivate func ends<Value: FacetKey & Comparable>(
    of column: SharedColumn<Value>, _ attribute: Int, _ rowCount: Int
  ) -> (low: Value, high: Value)? {
    presence.withSpan(0..<rowCount) { presence in
      column.withSpan(0..<rowCount) { values in
        guard let first = values.indices.first(where: { presence[$0] >> UInt64(attribute) & 1 == 1 }) else {
          return nil
        }
        var (low, high) = (values[first], values[first])
        for row in first..<values.count where presence[row] >> UInt64(attribute) & 1 == 1 {
          low = min(low, values[row])
          high = max(high, values[row])
        }
        return (low, high)
      }
    }
  }
}

/// Orders integers as their decimal texts are ordered, byte by byte, without the texts.
struct DigitOrder: Comparable {
  private let isNegative: Bool
  /// The digits with zeros behind them up to 19, the most that an Int64 has.
  private let digits: UInt64
  private let length: Int

  init(_ number: Int64) {
    isNegative = number < 0
    var digits = number.magnitude
    var length = 19
    if digits < 1_000_000_000_000_000_000 {
      length = 1
      var limit: UInt64 = 10
      while digits >= limit {
        length += 1
        limit *= 10
      }
      digits *= 10_000_000_000_000_000_000 / limit
    }
    (self.digits, self.length) = (digits, length)
  }

  static func < (a: DigitOrder, b: DigitOrder) -> Bool {
    // A minus sign stands before the digits in ASCII.
    if a.isNegative != b.isNegative { return a.isNegative }
    return a.digits == b.digits ? a.length < b.length : a.digits < b.digits
  }
}
