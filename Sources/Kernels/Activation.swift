internal import CKernels

/// The function that a layer applies to each of its outputs.
package enum Activation: String, Sendable, CaseIterable {
  case none, relu, sigmoid, tanh, gelu

  var number: Int32 {
    switch self {
    case .none: 0
    case .relu: Int32(WK_RELU)
    case .sigmoid: Int32(WK_SIGMOID)
    case .tanh: Int32(WK_TANH)
    case .gelu: Int32(WK_GELU)
    }
  }
}
