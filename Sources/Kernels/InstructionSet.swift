internal import CKernels

/// An instruction set for which the kernels are built; all of them give the same bits.
package enum InstructionSet: String, Sendable, CaseIterable {
  case scalar, avx2, avx512, neon

  /// The instruction sets of this build and this CPU, slowest first; never empty.
  package static let available: [InstructionSet] = allCases.filter { wk_available($0.number) != 0 }

  /// The fastest that this build and this CPU have.
  package static let best: InstructionSet = available.last ?? .scalar

  var number: Int32 {
    switch self {
    case .scalar: Int32(WK_SCALAR)
    case .avx2: Int32(WK_AVX2)
    case .avx512: Int32(WK_AVX512)
    case .neon: Int32(WK_NEON)
    }
  }
}
