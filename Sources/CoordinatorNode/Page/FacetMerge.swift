import Vocabulary
import Wire

/// Adds up what the shards have counted.
struct FacetMerge {
  /// Items that pass.
  private(set) var total: UInt64 = 0
  private(set) var facets: [PageReport.Facet] = []

  /// - Parameter counts: Of each shard that has answered.
  init(_ asked: [PageRequest.Facet], _ counts: [SearchCounts]) {
    total = counts.reduce(0) { $0 &+ $1.total }
    facets = asked.enumerated().map { place, facet in
      // A shard that sent other facets than it was asked for has counted nothing.
      let parts = counts.compactMap { $0.facets.indices.contains(place) ? $0.facets[place] : nil }
      var merged = PageReport.Facet()
      (merged.attribute, merged.kind) = (facet.attribute, facet.kind)
      merged.isExact = parts.count == counts.count && parts.allSatisfy(\.isWhole)
      merged.present = parts.reduce(0) { $0 &+ $1.present }
      switch facet.kind {
      case .values: Self.take(values: parts, most: Int(facet.most), &merged)
      case .edges:
        (merged.lows, merged.highs) = (Array(facet.edges.dropLast()), Array(facet.edges.dropFirst()))
        merged.counts = merged.lows.indices.map { range in
          parts.reduce(0) { $0 &+ ($1.counts.indices.contains(range) ? $1.counts[range] : 0) }
        }
      case .ranges: Self.take(buckets: parts, most: Int(facet.most), &merged)
      }
      merged.other = merged.present &- merged.counts.reduce(0, &+)
      return merged
    }
  }

  /// The most frequent values: the count descending, then the bytes of the value ascending.
  private static func take(values parts: [SearchCounts.Facet], most: Int, _ merged: inout PageReport.Facet) {
    var counts: [ExactText: UInt64] = [:]
    for part in parts {
      for (value, count) in zip(part.values, part.counts) { counts[value.exact, default: 0] &+= count }
    }
    let first = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.prefix(most)
    (merged.values, merged.counts) = (first.map(\.key.text), first.map(\.value))
  }

  /// At most `most` ranges of about as many items each; their ends are ends of buckets, the outermost the least and the
  /// greatest number.
  private static func take(buckets parts: [SearchCounts.Facet], most: Int, _ merged: inout PageReport.Facet) {
    var counts: [UInt32: UInt64] = [:]
    for part in parts { for (bucket, count) in zip(part.buckets, part.counts) { counts[bucket, default: 0] &+= count } }
    let filled = parts.filter { $0.present > 0 }
    let buckets = counts.sorted { $0.key < $1.key }
    guard let least = filled.map(\.least).min(), let greatest = filled.map(\.greatest).max() else { return }
    let present = buckets.reduce(0) { $0 &+ $1.value }
    var (low, inRange, passed): (Double, UInt64, UInt64) = (least, 0, 0)
    for (place, (bucket, count)) in buckets.enumerated() {
      inRange &+= count
      passed &+= count
      let isLast = place == buckets.count - 1
      // A range ends where its share of all items is reached.
      guard isLast || passed &* UInt64(most) >= present &* UInt64(merged.counts.count + 1) else { continue }
      let high = isLast ? greatest : NumberBucket(rawValue: bucket + 1).low
      merged.lows.append(low)
      merged.highs.append(high)
      merged.counts.append(inRange)
      (low, inRange) = (high, 0)
    }
  }
}
