import DataSets
import Ranking

extension LogitScaling {
  private static let rounds = 50
  /// Logits that say nothing are not turned round, for their order is served: they become nearly one.
  private static let slopeMin = 1.0 / 64

  /// The line with the least log loss, by Newton's method (Platt 1999).
  init?(fitting logits: [Float], labels: [Float]) {
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
      var step = (slope: 0.0, offset: bb > 0 ? b / bb : 0)
      if determinant > 1e-12 * aa * bb {
        step = ((a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant)
        if slope - step.slope < Self.slopeMin { step = (slope - Self.slopeMin, b / bb) }
      }
      // No step is so long that the probabilities run to 0 or 1.
      let share = min(1, 1 / max(abs(step.slope), abs(step.offset), 1e-300))
      (slope, offset) = (slope - share * step.slope, offset - share * step.offset)
      if abs(step.slope) + abs(step.offset) < 1e-9 { break }
    }
    self.init(slope: Float(slope), offset: Float(offset))
  }
}
