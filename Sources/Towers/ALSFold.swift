package import Kernels

/// Fold-in by alternating least squares: one step from the vector that a model has of a shopper to the one that their newer
/// events ask for as well.
///
/// Training solves A q = b with A = α₀ VᵀV + Σ w v vᵀ + λ (Σ w + α₀ n) I and b = Σ w v over a shopper's events. A session adds
/// to both, so that what is missing to q is the solution of A' x = Σ w (1 − v·q) v − λ (Σ w) q, where A' is over all events
/// and both sums are over the session. For a stranger q is 0 and this is the training's equation. For a known shopper it is
/// that as well while all their events are stored; of one who did more, the latest count in A', and q carries the rest.
package struct ALSFold: Sendable {
  /// What the equations need besides vectors.
  package struct Settings: Hashable, Sendable {
    /// α₀, the weight of a pair that did not happen.
    package let alpha: Float
    /// λ.
    package let lambda: Float
    /// n: items that there were in training.
    package let itemCount: Int
    /// L: how many of a shopper's latest events a model stores.
    package let length: Int

    package init(alpha: Float, lambda: Float, itemCount: Int, length: Int) {
      (self.alpha, self.lambda, self.itemCount, self.length) = (alpha, lambda, itemCount, length)
    }
  }

  package let settings: Settings
  /// VᵀV, `[d, d]`.
  package let gram: FloatMatrix
  /// α₀ VᵀV.
  private let scaled: FloatMatrix
  private let kernels: KernelSet

  /// - Parameter gram: VᵀV of all items' vectors, `[d, d]`.
  package init(_ settings: Settings, gram: FloatMatrix, kernels: KernelSet = KernelSet()) {
    precondition(gram.rowCapacity == gram.columns, "a gram matrix is [d, d]")
    (self.settings, self.gram, self.kernels) = (settings, gram, kernels)
    scaled = FloatMatrix(rows: gram.rowCapacity, columns: gram.columns)
    for row in 0..<gram.rowCapacity { scaled.setRow(row, gram.row(row).map { $0 * settings.alpha }) }
  }

  /// The fold-in by the vectors of all items, `[n, d]`.
  package init(
    items: FloatMatrix, alpha: Float, lambda: Float, length: Int, kernels: KernelSet = KernelSet()
  ) {
    let gram = FloatMatrix(rows: items.columns, columns: items.columns)
    kernels.accumulateTransposed(items, items, rows: 0..<items.rowCapacity, into: gram)
    let settings = Settings(alpha: alpha, lambda: lambda, itemCount: items.rowCapacity, length: length)
    self.init(settings, gram: gram, kernels: kernels)
  }

  /// The query vector, `[d]`.
  ///
  /// - Parameters:
  ///   - known: What the model has of the shopper, `[d]`; `nil` for a stranger.
  ///   - stored: The shopper's events that are in `known`, as far as the model stores them.
  ///   - session: The events that are not.
  func query(from known: [Float]?, stored: [Tower.Event], session: [Tower.Event]) -> [Float] {
    let events = stored + session
    let count = events.count
    let vectors = FloatMatrix(rows: count, columns: gram.columns)
    for (row, event) in events.enumerated() { vectors.setRow(row, event.vector) }
    let weights = events.map(\.weight)
    var targets = [Float](repeating: 0, count: stored.count)
    for row in stored.count..<count {
      guard let known else {
        targets.append(weights[row])
        continue
      }
      let score = kernels.dot(PaddedVector(known), vectors, row: row)
      targets.append(weights[row] * (1 - score))
    }
    let room = SolveRoom(dimension: gram.columns, blockRows: max(1, min(count, 256)))
    room.load(
      vectors, (0..<UInt32(count))[...].map { $0 }[...], weights[...], targets: targets, gram: scaled, kernels: kernels)
    if let known { room.subtract(settings.lambda * weights[stored.count...].reduce(0, +), times: known) }
    let mass = weights.reduce(0, +) + settings.alpha * Float(settings.itemCount)
    let step = room.solution(penalty: settings.lambda * mass, kernels: kernels).row(0)
    return known.map { zip($0, step).map { $0 + $1 } } ?? step
  }
}
