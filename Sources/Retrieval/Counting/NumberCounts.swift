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
  private static func range(_ number: Double, _ edges: [Double]) -> Int? {
    guard let first = edges.first, let last = edges.last, number >= first, number <= last else { return nil }
    var (low, high) = (0, edges.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= number { low = middle } else { high = middle }
    }
    return low
  }
}
