/// What a model's manifest says of its tower.
package struct TowerSettings: Hashable, Sendable {
  /// The kinds of towers that fold events in, with what belongs to each.
  package enum Kind: Hashable, Sendable {
    case als(ALSFold.Settings)
    case history(TowerShape)
    /// A table of neighbours beside how popular items are.
    case neighbours(NeighbourTable.Settings)
    /// Two vectors of each item in one embedding.
    case softmax(NeighbourTable.Settings)
  }

  package let kind: Kind
  /// What an event weighs in training, by the word of its kind; none: all weigh 1.
  package let weights: [String: Float]
  /// When the newest event happened that the model has learned from, in microseconds since 1970; `nil`: nothing says so.
  package let cut: Int64?

  package init(_ kind: Kind, weights: [String: Float] = [:], cut: Int64? = nil) {
    (self.kind, self.weights, self.cut) = (kind, weights, cut)
  }

  static let gramName = "als.gram"

  /// The tensors of the file of a tower whose vectors have `dimension` components: names, and shapes with rows first.
  package func tensors(dimension: Int) -> [(name: String, shape: [Int])] {
    switch kind {
    case .als: [(Self.gramName, [dimension, dimension])]
    case .history(let shape): shape.tensors.map { ($0.name, $0.shape) }
    // The table is of whole numbers too, and is read by itself.
    case .neighbours, .softmax: []
    }
  }

  /// L: how many of each shopper's latest events a model stores; 0: none, since the shopper's query vector says it all.
  package var storedLength: Int {
    switch kind {
    case .als(let settings): settings.length
    case .history(let shape): shape.encoder == .sum ? 0 : shape.length
    case .neighbours, .softmax: 0
    }
  }

  /// What an item of a session counts as, of which no kind is known: a click, if the model knows clicks, else the known kind
  /// that weighs least, the first by its word.
  package var sessionKind: (word: String?, weight: Float) {
    if let weight = weights["click"] { return ("click", weight) }
    let least = weights.min { ($0.value, $0.key) < ($1.value, $1.key) }
    return (least?.key, least?.value ?? 1)
  }
}
