/// Query vectors of a model that has two vectors of each item in one embedding: what the item is searched by, and what it
/// says of the next one, `[target, bias, source]`.
enum PairVectors {
  /// The components of one vector; `nil` if embeddings of this width cannot hold two and a bias.
  static func dimension(embedding width: Int) -> Int? { width >= 3 && width % 2 == 1 ? width / 2 : nil }

  /// The mean of the sources of the latest events, the newest counting most, as a query `[mean, 1, 0]`.
  ///
  /// - Parameter events: Embeddings `[2 d + 1]`, the oldest first; those without a source are of items that the model does
  ///   not know.
  static func query(_ events: [Tower.Event], width: Int, _ settings: NeighbourTable.Settings) -> [Float] {
    let d = width / 2
    var sum = [Float](repeating: 0, count: d)
    var (share, mass): (Float, Float) = (1, 0)
    let known = events.suffix(NeighbourTable.eventsMax).map { $0.vector.suffix(d) }.filter {
      !$0.allSatisfy { $0 == 0 }
    }
    for source in known.suffix(settings.length).reversed() {
      for (component, value) in source.enumerated() { sum[component] += share * value }
      mass += share
      share *= settings.decay
    }
    return sum.map { mass > 0 ? $0 / mass : 0 } + [1] + [Float](repeating: 0, count: d)
  }
}
