import DataSets
import Kernels

/// A line that makes logits of some order logits whose probabilities hold, and keeps the order (Platt 1999).
struct LogitScaling: Equatable {
  private static let rounds = 50

  private(set) var slope = 1.0
  private(set) var offset = 0.0

  /// Fits the line by the least log loss, by Newton's method.
  ///
  /// Stays at the logits as they are where they would have to be turned round, or say nothing.
  init(_ logits: [Float], labels: [Float]) {
    var (slope, offset) = (1.0, 0.0)
    for _ in 0..<Self.rounds {
      var (a, b, aa, ab, bb) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (logit, label) in zip(logits, labels) {
        let x = Double(logit)
        let p = 1 / (1 + Transcendental.exp(-(slope * x + offset)))
        let (error, curve) = (p - Double(label), p * (1 - p))
        (a, b) = (a + error * x, b + error)
        (aa, ab, bb) = (aa + curve * x * x, ab + curve * x, bb + curve)
      }
      let determinant = aa * bb - ab * ab
      guard determinant > 1e-12 * aa * bb else { return }
      let (slopeStep, offsetStep) = ((a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant)
      // No step is so long that the probabilities run to 0 or 1.
      let share = min(1, 1 / max(abs(slopeStep), abs(offsetStep), 1e-300))
      (slope, offset) = (slope - share * slopeStep, offset - share * offsetStep)
      if abs(slopeStep) + abs(offsetStep) < 1e-9 { break }
    }
    guard slope.isFinite, offset.isFinite, Float(slope) > 0 else { return }
    (self.slope, self.offset) = (slope, offset)
  }
}

extension RankingNetwork {
  /// The network with a line behind its last layer.
  func scaled(_ scaling: LogitScaling) -> RankingNetwork {
    let scaled = extended(userCount: users.rowCapacity, itemCount: items.rowCapacity)
    guard let last = scaled.weights.last else { return scaled }
    let bias = last.rowCapacity - 1
    for row in 0...bias { last[row, 0] = Float(Double(last[row, 0]) * scaling.slope) }
    last[bias, 0] = Float(Double(last[bias, 0]) + scaling.offset)
    scaled.refreshTransposed()
    return scaled
  }
}
