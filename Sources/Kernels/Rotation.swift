internal import CKernels
import Vocabulary

/// A fixed orthogonal map under which inner products stay and no dimension stands out: random signs, Walsh–Hadamard,
/// and once more.
///
/// Vectors are padded with zeros to `width`. Only codes are made of rotated vectors; scores never are.
package struct Rotation: Sendable {
  package let dimension: Int
  /// The dimension rounded up to 16.
  package let width: Int
  /// ±1, `[2 * width]`: those of the first transform, then those of the second.
  let signs: PaddedVector

  /// The rotation of vectors of a dimension: the same on every machine.
  package init(dimension: Int) {
    precondition(dimension > 0, "a vector has a dimension")
    self.dimension = dimension
    let width = (dimension + 15) / 16 * 16
    self.width = width
    var random = SplitMix64(seed: 0x5769_6E6E_6F77_0001)
    signs = PaddedVector((0..<2 * width).map { _ in random.next() >> 63 == 0 ? 1 : -1 })
  }

  /// The rotated vector, `[dimension]` → `[width]`, each step rounded to float32.
  package func rotated(_ vector: [Float], kernels: KernelSet) -> [Float] {
    precondition(vector.count == dimension, "a vector of \(vector.count) for \(dimension)")
    let lanes = FloatMatrix(rows: width, columns: 16)
    for (j, value) in vector.enumerated() { lanes[j, 0] = value }
    // SAFETY: `lanes` is [width, 16] and aligned, `signs` has 2 * width values.
    unsafe wk_rotate(kernels.isa, width, signs.storage.base, lanes.base)
    return (0..<width).map { lanes[$0, 0] }
  }
}
